"""The runs of schedules on the disk, for whoever takes the place of a process that has ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias, get_args

from .journal import Outcome, Run
from .log_table import LogTable

Noted: TypeAlias = tuple[Run, "dict[str, Any] | None"]
"""A run, and what it has raised in the protocol's shape."""

_COLUMNS = (
    *("key text", "due real", "started real", "duration_s real", "outcome text"),
    *("output text", "error text", "failure text"),
)


class RunLog:
    """The newest `most` runs, in a SQLite database; without a path, nowhere."""

    def __init__(self, path: Path | None, *, most: int) -> None:
        self._table = LogTable(path, "runs", _COLUMNS, most=most, what="runs of schedules")

    def __iter__(self) -> Iterator[Noted]:
        """Give the runs that are there, oldest first."""
        return iter(self._table.rows(_noted))

    def add(self, run: Run, failed: dict[str, Any] | None) -> None:
        """Write one down, from any thread."""
        row = (run.key, run.due, run.started, run.duration_s, run.outcome)
        failure = json.dumps(failed) if failed else None
        self._table.add((*row, run.output, run.error, failure))


def _noted(row: tuple[Any, ...]) -> Noted:
    key, due, started, duration_s, outcome, output, error, failed = row
    if outcome not in get_args(Outcome):
        raise ValueError(f"{outcome!r} is no outcome of a run")
    times = float(due), float(started), float(duration_s)
    run = Run(str(key), *times, outcome, str(output), str(error))
    return run, json.loads(failed) if failed else None
