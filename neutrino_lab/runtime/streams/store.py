"""The states of streams in SQLite: what a flow goes on from after a restart or a crash."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .returned import StateError, dumps

FILE = "streams.sqlite"
BUSY_S = 5.0
KEPT_VERSIONS = 5

_TABLES = """
create table if not exists snapshot (
    stream text, flow text, version integer, seq integer, state text, at real,
    primary key (stream, flow)
);
create table if not exists version (
    stream text, version integer, digest text, at real,
    primary key (stream, version)
);
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`state` is that of a process; `seq` is the number of the last value it gave."""

    version: int
    seq: int
    state: Mapping[str, Any]


class Store:
    """One file in a folder, made when the first state is stored. Any thread may call.

    A snapshot, its positions in the sources with it, is written whole or not at all.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = threading.Lock()

    def save(self, stream: str, flow: str, snapshot: Snapshot) -> None:
        """Write the newest snapshot of a flow. Raises StateError; the one before then stays."""
        text = dumps(snapshot.state)
        row = (stream, flow, snapshot.version, snapshot.seq, text, time.time())
        with self._writing() as database:
            database.execute("insert or replace into snapshot values (?, ?, ?, ?, ?, ?)", row)

    def load(self, stream: str, flow: str) -> Snapshot | None:
        """Read the newest snapshot of a flow. Raises StateError."""
        found = self._ask(
            "select version, seq, state from snapshot where stream = ? and flow = ?", stream, flow
        )
        if not found:
            return None
        version, seq, text = found[0]
        try:
            return Snapshot(version, seq, json.loads(text))
        except ValueError as error:
            raise StateError(f"{self._path} holds a state that cannot be read: {error}") from error

    def rename(self, old: str, new: str) -> None:
        """Take over the states of a stream that has another name now. Raises StateError."""
        if not self._path.exists():
            return
        with self._writing() as database:
            # Where the new name has states already, they count.
            database.execute(
                "update or ignore snapshot set stream = ? where stream = ?", (new, old)
            )
            database.execute("update or ignore version set stream = ? where stream = ?", (new, old))

    def forget(self, stream: str, flow: str) -> None:
        """Delete the state of a flow. Raises StateError."""
        if self._path.exists():
            with self._writing() as database:
                row = (stream, flow)
                database.execute("delete from snapshot where stream = ? and flow = ?", row)

    def version(self, stream: str, digest: str) -> int:
        """Number a version of a stream: the same as before where it is the newest that was seen.

        Raises StateError.
        """
        newest = self._ask(
            "select version, digest from version where stream = ? order by version desc limit 1",
            stream,
        )
        if newest and newest[0][1] == digest:
            return int(newest[0][0])
        number = newest[0][0] + 1 if newest else 1
        with self._writing() as database:
            row = (stream, number, digest, time.time())
            database.execute("insert or replace into version values (?, ?, ?, ?)", row)
            old = (stream, number - KEPT_VERSIONS)
            database.execute("delete from version where stream = ? and version <= ?", old)
        return int(number)

    def _ask(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        if not self._path.exists():
            return []
        try:
            with self._lock, closing(self._connect()) as database:
                return database.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise StateError(f"{self._path} cannot be read: {error}") from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            if not self._path.exists():
                self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock, closing(self._connect()) as database, database:
                yield database
        except (sqlite3.Error, OSError) as error:
            raise StateError(f"the state cannot be stored in {self._path}: {error}") from error

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=BUSY_S)
        try:
            # What is acknowledged at a source is on the disk first.
            database.execute("pragma journal_mode = wal")
            database.execute("pragma synchronous = full")
            database.executescript(_TABLES)
        except sqlite3.Error:
            database.close()
            raise
        return database
