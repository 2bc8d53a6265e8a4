"""The runs of schedules on the disk, for whoever takes the place of a process that has ended.

They are a convenience: where they cannot be written, serving goes on without.
"""

from __future__ import annotations

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
_DROP = "delete from runs where rowid <= last_insert_rowid() - ?"
_READ = "select * from runs order by rowid"


class RunLog:
    """The newest `most` runs, in a SQLite database; without a path, nowhere."""

    def __init__(self, path: Path | None, *, most: int) -> None:
        self._most = most
        self._writing = Lock()
        self._database: sqlite3.Connection | None = None
        if path is not None:
            self._open(path)

    def __iter__(self) -> Iterator[Noted]:
        """Give the runs that are there, oldest first."""
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
        """Write one down; from any thread."""
        with self._writing:
            if self._database is None:
                return
            told = (run.key, run.due, run.started, run.duration_s, run.outcome)
            failure = json.dumps(failed) if failed else None
            try:
                self._database.execute(_ADD, (*told, run.output, run.error, failure))
                self._database.execute(_DROP, (self._most,))
            except Exception as error:  # noqa: BLE001 - a full disk, a text that is no Unicode
                self._give_up(error)

    def _open(self, path: Path) -> None:
        try:
            # Each statement is a transaction. It outlives the process; it need not a power failure.
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
