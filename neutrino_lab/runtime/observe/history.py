"""Runs of schedules, calls and errors, kept when a process ends: on the shared bus, or beside the
project."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, astuple, fields
from pathlib import Path

from .. import problems
from ..bus.contract import Bus
from . import kept_calls
from .journal import Call, Journals, Recipient, Run
from .kept_calls import CRASHED, KeptCall, RecentCalls
from .log_table import LogTable
from .run_log import RunLog

FILE = "runs.sqlite"
_NAMES = tuple(each.name for each in fields(Run))


class History(Journals):
    """A journal that keeps the newest `most` runs, and as many calls; nothing is written before the
    first one. `flush` it before the process ends.

    Calls are kept on the disk only beside a notebook. An exported app, which may be asked millions
    of times and has a log, keeps them nowhere but on a shared bus.
    """

    def __init__(
        self, bus: Bus, folder: Path, most: int, *, is_beside_notebook: bool = False
    ) -> None:
        super().__init__()
        self._bus = bus
        self._keeps_calls = is_beside_notebook or bus.keeps_history
        # The folder that the process begins in, wherever a cell goes.
        self._folder = folder.absolute()
        self._most = most
        self._log: RunLog | None = None
        self._calls = RecentCalls(self._keep_calls)
        self._call_table: LogTable | None = None

    def call(self, call: Call, error: BaseException | None = None) -> None:
        if not self._keeps_calls:
            return
        if error is None:
            self._calls.add(call)
        else:
            self._calls.add_failed(call, problems.trace(error))

    def crashed(self, client: Recipient, error: BaseException) -> None:
        if not self._keeps_calls:
            return
        ended = Call(client.key, CRASHED, time.time(), 0.0)
        self._calls.add_failed(ended, problems.trace(error))

    def flush(self) -> None:
        """Write the calls that have not been written yet."""
        self._calls.flush()
        if self._call_table is not None:
            self._call_table.flush()

    def run(self, run: Run, error: BaseException | None = None) -> None:
        del error  # its traceback is in the run
        if self._bus.keeps_history:
            self._bus.keep("runs", [json.dumps(asdict(run))], self._most)
            return
        if self._log is None:
            self._log = RunLog(_made(self._folder) / FILE, most=self._most)
        self._log.add(run, None)

    def _keep_calls(self, calls: Sequence[KeptCall]) -> None:
        if self._bus.keeps_history:
            self._bus.keep("calls", [kept_calls.line(each) for each in calls], self._most)
            return
        if self._call_table is None:
            self._call_table = kept_calls.table(_made(self._folder), self._most)
        for each in calls:
            self._call_table.add(astuple(each))


def on_disk(folder: Path) -> list[Run]:
    """Read the runs that a folder keeps, oldest first."""
    path = folder / FILE
    return [run for run, _ in RunLog(path, most=0)] if path.is_file() else []


def read(lines: Iterable[str | bytes]) -> list[Run]:
    """Read what a bus has kept, without what is no run."""
    found = []
    for line in lines:
        try:
            row = json.loads(line)
            found.append(Run(**{name: row[name] for name in _NAMES}))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _made(folder: Path) -> Path:
    with suppress(OSError):  # told by who opens the file
        folder.mkdir(mode=0o700, parents=True)
        (folder / ".gitignore").write_text("*\n")
    return folder
