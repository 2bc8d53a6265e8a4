"""Control groups, where the server may make them: limits for a kernel and its children together."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_MOUNTS = Path("/sys/fs/cgroup")
_GONE_S = 2.0
# The file that holds each limit, in version 2 and in version 1.
_FILES = {
    "memory": ("memory.max", "memory.limit_in_bytes"),
    "pids": ("pids.max", "pids.max"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """The folders that are one group: one in version 2, one for each controller in version 1."""

    folders: Mapping[str, Path]

    @property
    def files(self) -> list[str]:
        """Give the files that a process joins by writing its id."""
        return [str(folder / "cgroup.procs") for folder in {*self.folders.values()}]

    def pids(self) -> list[int]:
        """The processes in the group; none where it cannot be read."""
        with suppress(OSError):
            for folder in self.folders.values():
                return [int(each) for each in (folder / "cgroup.procs").read_text().split()]
        return []

    def out_of_memory_kills(self) -> int:
        """Count the processes that were killed because the group's memory was used up."""
        for name in ("memory.events", "memory.oom_control"):
            with suppress(OSError, KeyError):
                for line in (self.folders["memory"] / name).read_text().splitlines():
                    key, _, count = line.partition(" ")
                    if key == "oom_kill":
                        return int(count)
        return 0

    def tasks(self) -> int:
        """Count its threads; 0 where they are not counted."""
        with suppress(OSError, KeyError, ValueError):
            return int((self.folders["pids"] / "pids.current").read_text())
        return 0

    def remove(self) -> None:
        """Take the group away; its processes have been killed."""
        for folder in {*self.folders.values()}:
            until = time.monotonic() + _GONE_S
            while folder.exists():
                try:
                    folder.rmdir()
                except OSError:
                    if time.monotonic() > until:
                        break
                    time.sleep(0.02)


def make(name: str, limits: Mapping[str, int]) -> Group | None:
    """Make a group with limits, `memory` in bytes and `pids`; None where none can be made.

    A controller that is missing is left out: what the group holds is what is limited.
    """
    made: dict[str, Path] = {}
    for controller, value in limits.items():
        parent = parents().get(controller)
        if parent is None or not value:
            continue
        folder = parent / name
        try:
            folder.mkdir(exist_ok=True)
            _limit(folder, controller, value)
        except OSError:
            continue
        made[controller] = folder
    return Group(made) if made else None


@cache
def parents() -> dict[str, Path]:
    """Find, for each controller, the folder in which groups can be made."""
    found: dict[str, Path] = {}
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return found
    for line in lines:
        _, names, path = line.split(":", 2)
        if names:
            for name in {*names.split(",")} & {*_FILES}:
                _try(_MOUNTS / name / path.lstrip("/"), [name], found)
        else:
            folder = _MOUNTS / path.lstrip("/")
            _try(folder, _given(folder), found)
    return found


def _given(folder: Path) -> list[str]:
    """Give the controllers that groups in a folder of version 2 have, taking them if we may."""
    with suppress(OSError):
        for name in _FILES:
            with suppress(OSError):
                (folder / "cgroup.subtree_control").write_text(f"+{name}")
        return [*({*(folder / "cgroup.subtree_control").read_text().split()} & {*_FILES})]
    return []


def _try(parent: Path, names: list[str], found: dict[str, Path]) -> None:
    trial = parent / f"neutrino-trial-{os.getpid()}"
    with suppress(OSError):
        trial.mkdir()
        for name in names:
            with suppress(OSError):
                _limit(trial, name, 2**20)
                found.setdefault(name, parent)
        trial.rmdir()


def _limit(folder: Path, controller: str, value: int) -> None:
    modern, old = _FILES[controller]
    file = folder / modern
    (file if file.exists() else folder / old).write_text(str(value))
