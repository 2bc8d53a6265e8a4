"""Processes that others have started: what they use, and their end. Reads Linux's /proc."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def children(pid: int) -> list[int]:
    """Give the direct children of a process, of all its threads."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def tree(pid: int) -> list[int]:
    """Give a process and all that descend from it."""
    found = [pid]
    for each in found:
        found += [child for child in children(each) if child not in found]
    return found


def of_user(user: int) -> list[int]:
    """List the ids of all processes of a user id; empty where there is no /proc."""
    found = []
    with suppress(OSError):
        for entry in os.scandir("/proc"):
            with suppress(OSError):
                if entry.name.isdigit() and entry.stat().st_uid == user:
                    found.append(int(entry.name))
    return found


def memory_mb(pids: list[int]) -> float:
    """Add up the resident memory of processes; what they share counts for each."""
    pages = 0
    for pid in pids:
        with suppress(OSError, IndexError, ValueError):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def with_variable(name: str, value: str) -> list[int]:
    """Give the processes that were started with a variable in their environment."""
    wanted = f"{name}={value}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def kill_group(pid: int) -> None:
    """End the process group that a process leads; on Windows that process alone."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            os.kill(pid, signal.SIGTERM)
        else:
            os.killpg(pid, signal.SIGKILL)


def kill(pids: list[int]) -> None:
    """End processes; what is gone or another user's is left."""
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def kill_all(members: Callable[[], list[int]]) -> None:
    """End all that belong together, also those that are being forked meanwhile."""
    for _ in range(100):
        found = members()
        if not found:
            return
        # Stopped first: what is stopped forks no more.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in found:
                with suppress(OSError):
                    os.kill(pid, number)
