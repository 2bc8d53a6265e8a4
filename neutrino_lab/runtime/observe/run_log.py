"""The runs of schedules on the disk, for whoever takes the place of a process that has ended.

They are a convenience: where they cannot be written, serving goes on without.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

from .journal import Run

Noted: TypeAlias = tuple[Run, "dict[str, Any] | None"]
"""A run, and what it has raised in the protocol's shape."""

LOGGER = logging.getLogger(__name__)
_TABLE = """create table if not exists runs (
    key text, due real, started real, duration_s real, outcome text, output text, error text,
    failure text
)"""
_BUSY_S = 0.2
_ADD = "insert into runs values (?, ?, ?, ?, ?, ?, ?, ?)"
_DROP = "delete from runs where rowid <= (select max(rowid) from runs) - ?"
_READ = "select * from runs order by rowid"


class RunLog:
    """The newest `most` runs, in a SQLite database; without a path, nowhere."""

    def __init__(self, path: Path | None, *, most: int) -> None:
        self._most = most
        self._writing = Lock()
        self._waiting: list[tuple[Any, ...]] = []
        self._database: sqlite3.Connection | None = None
        if path is not None:
            self._open(path)

    def __iter__(self) -> Iterator[Noted]:
        """Give the runs that are there, oldest first."""
        self._write()
        if self._database is None:
            return
        try:
            rows = self._database.execute(_READ).fetchall()
            noted = [(Run(*row), failed and json.loads(failed)) for *row, failed in rows]
        except Exception as error:  # noqa: BLE001 - whatever stands in the file
            self._give_up(error)
        else:
            yield from noted

    def add(self, run: Run, failed: dict[str, Any] | None) -> None:
        """Write one down, from any thread. On an event loop it is done at the end of its turn: a
        thousand runs that end together are one transaction, which costs a tenth of a thousand."""
        told = (run.key, run.due, run.started, run.duration_s, run.outcome)
        failure = json.dumps(failed) if failed else None
        with self._writing:
            if self._database is None:
                return
            self._waiting.append((*told, run.output, run.error, failure))
            if len(self._waiting) > 1:
                return
        try:
            asyncio.get_running_loop().call_soon(self._write)
        except RuntimeError:
            self._write()

    def _write(self) -> None:
        with self._writing:
            waiting, self._waiting = self._waiting, []
            if self._database is None or not waiting:
                return
            try:
                self._database.execute("begin")
                self._database.executemany(_ADD, waiting)
                self._database.execute(_DROP, (self._most,))
                self._database.execute("commit")
            except Exception as error:  # noqa: BLE001 - a full disk, a text that is no Unicode
                self._give_up(error)

    def _open(self, path: Path) -> None:
        try:
            # What is written outlives the process; it need not a power failure.
            database = sqlite3.connect(
                path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            for statement in ("pragma journal_mode = wal", "pragma synchronous = off", _TABLE):
                database.execute(statement)
            self._database = database
        except sqlite3.Error as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        LOGGER.warning("runs of schedules are not kept on the disk: %s", error)
        self._database = None
