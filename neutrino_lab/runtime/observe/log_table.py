"""A table of the newest entries on the disk, for whoever comes after a process that has ended.

It is a convenience: where it cannot be written, serving goes on without.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import weakref
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

LOGGER = logging.getLogger(__name__)
_BUSY_S = 0.2
# Rows that one statement writes: one by one they take half as long again. Up to 49 columns, that is
# no more than the 999 values that an old SQLite takes.
_TOGETHER = 20

T = TypeVar("T")


class LogTable:
    """The newest `most` rows of a SQLite database; without a path, nowhere. `columns` are as in
    `create table`, and `what` names the rows in the log where they cannot be kept; empty, that is
    no warning."""

    def __init__(
        self, path: Path | None, name: str, columns: tuple[str, ...], *, most: int, what: str
    ) -> None:
        self._most = most
        self._what = what or name
        self._level = logging.WARNING if what else logging.INFO
        self._create = f"create table if not exists {name} ({', '.join(columns)})"
        self._add = f"insert into {name} values "  # noqa: S608
        self._row = f"({', '.join('?' * len(columns))})"
        self._drop = f"delete from {name} where rowid <= (select max(rowid) from {name}) - ?"  # noqa: S608
        self._read = f"select * from {name} order by rowid"  # noqa: S608
        self._writing = Lock()
        self._waiting: list[tuple[Any, ...]] = []
        self._database: sqlite3.Connection | None = None
        self._closing: weakref.finalize[..., LogTable] | None = None
        if path is not None:
            self._open(path)

    def rows(self, made: Callable[[tuple[Any, ...]], T]) -> list[T]:
        """Give what is made of the rows that are there, oldest first; nothing where that fails."""
        self.flush()
        if self._database is None:
            return []
        try:
            return [made(row) for row in self._database.execute(self._read).fetchall()]
        except Exception as error:  # noqa: BLE001 - whatever stands in the file
            self._give_up(error)
            return []

    def add(self, row: tuple[Any, ...]) -> None:
        """Write a row down, from any thread. On an event loop it is done at the end of its turn: a
        thousand runs that end together are one transaction, which costs a tenth of a thousand."""
        with self._writing:
            if self._database is None:
                return
            self._waiting.append(row)
            if len(self._waiting) > 1:
                return
        try:
            asyncio.get_running_loop().call_soon(self.flush)
        except RuntimeError:
            self.flush()

    def flush(self) -> None:
        """Write what waits, now. Never raises: after a failure the table is given up."""
        with self._writing:
            waiting, self._waiting = self._waiting, []
            if self._database is None or not waiting:
                return
            try:
                self._database.execute("begin")
                for start in range(0, len(waiting), _TOGETHER):
                    rows = waiting[start : start + _TOGETHER]
                    statement = self._add + ", ".join([self._row] * len(rows))
                    self._database.execute(statement, [*chain.from_iterable(rows)])
                self._database.execute(self._drop, (self._most,))
                self._database.execute("commit")
            except Exception as error:  # noqa: BLE001 - a full disk, a text that is no Unicode
                self._give_up(error)

    def _open(self, path: Path) -> None:
        try:
            # What is written outlives the process; it need not a power failure.
            database = sqlite3.connect(
                path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            self._closing = weakref.finalize(self, database.close)
            self._closing.atexit = False  # a process that was forked off must not do it
            for statement in (
                "pragma synchronous = off",  # first, or the next waits for the disk
                "pragma journal_mode = wal",
                self._create,
            ):
                database.execute(statement)
            self._database = database
        except sqlite3.Error as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        LOGGER.log(self._level, "%s are not kept on the disk: %s", self._what, error)
        self._database = None
        if self._closing is not None:
            self._closing()
