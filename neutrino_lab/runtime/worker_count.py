"""How many processes a server was told to start, of which this one may be one."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

VARIABLES = ("WORKERS", "WEB_CONCURRENCY")
_SERVERS = frozenset({"uvicorn", "gunicorn", "hypercorn"})
_FLAGS = ("--workers", "-w")


def asked_for(environment: Mapping[str, str], command: Sequence[str]) -> int:
    """How many workers the command line says, or else the environment; 1 where neither does."""
    said = [environment.get(each, "").strip() for each in VARIABLES]
    program = Path(command[0]) if command else Path()
    if _SERVERS & {program.stem, program.parent.name}:
        for word, following in zip(command, [*command[1:], ""], strict=True):
            flag, _, value = word.partition("=")
            if flag in _FLAGS:
                said.insert(0, value or following)
    return next((int(each) for each in said if each.isascii() and each.isdecimal()), 1)


def end_supervisor() -> None:
    """End the uvicorn that has started this process as one of several: it would start another one
    in its place, again and again."""
    if multiprocessing.parent_process() is not None:
        with suppress(OSError):
            os.kill(os.getppid(), signal.SIGTERM)
