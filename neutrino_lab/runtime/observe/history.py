"""The runs of schedules, kept when a process ends: on the shared bus, or beside the project."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

from ..bus.contract import Bus
from .journal import Journals, Run
from .run_log import RunLog

FILE = "runs.sqlite"
_NAMES = tuple(each.name for each in fields(Run))


class History(Journals):
    """A journal that keeps the newest `most` runs; nothing is written before the first one."""

    def __init__(self, bus: Bus, folder: Path, most: int) -> None:
        super().__init__()
        self._bus = bus
        # The folder that the process begins in, wherever a cell goes.
        self._folder = folder.absolute()
        self._most = most
        self._log: RunLog | None = None

    def run(self, run: Run, error: BaseException | None = None) -> None:
        del error  # its traceback is in the run
        if self._bus.keeps_history:
            line = json.dumps({name: getattr(run, name) for name in _NAMES})
            self._bus.keep(line, self._most)
            return
        if self._log is None:
            self._log = RunLog(_made(self._folder), most=self._most)
        self._log.add(run, None)


def on_disk(folder: Path) -> list[Run]:
    """Read the runs that a folder keeps, oldest first."""
    path = folder / FILE
    return [run for run, _ in RunLog(path, most=0)] if path.is_file() else []


def read(lines: Iterable[str | bytes]) -> list[Run]:
    """Read what a bus has kept, without what is no run."""
    found = []
    for line in lines:
        try:
            told = json.loads(line)
            found.append(Run(**{name: told[name] for name in _NAMES}))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _made(folder: Path) -> Path:
    with suppress(OSError):  # told by who opens the file
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / FILE
