"""How far an execution is, told to those who wait: every second, after the first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from neutrino_lab.kernels.executions import Execution, Phase

_EVERY_S = 1.0
_WORDS = {
    "starting": "waiting for a kernel that is starting",
    "queued": "waiting for what runs in the session",
    "running": "running",
}


@asynccontextmanager
async def reporting(execution: Execution) -> AsyncGenerator[None, None]:
    """Tell how far it is until the end of the block."""
    task = asyncio.create_task(_report(execution))
    try:
        yield
    finally:
        task.cancel()


def words(phase: Phase) -> str:
    """Say a phase in the words that users and models read."""
    return _WORDS[phase]


async def _report(execution: Execution) -> None:
    while True:
        await asyncio.sleep(_EVERY_S)
        execution.tell("progress", now(execution))


def now(execution: Execution) -> dict[str, Any]:
    """What it does, for how long, and for how long it may; that is None where nothing limits it."""
    limit_s = execution.limit_s
    return {
        "phase": execution.phase,
        "elapsed_ms": round(1000 * (time.monotonic() - execution.since)),
        "limit_ms": None if limit_s is None else round(1000 * limit_s),
    }
