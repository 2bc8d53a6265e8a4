"""Work in tasks: held until it has ended, called off, or kept from being broken off."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from jupyter_core.utils import ensure_async


class Tasks:
    """Work that goes on by itself; each task is held for as long as it runs."""

    def __init__(self) -> None:
        self._held: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let work run in a task."""
        task = asyncio.create_task(work)
        self._held.add(task)
        task.add_done_callback(self._held.discard)
        return task

    async def close(self) -> None:
        """Call off all that runs, and wait until it has ended."""
        await call_off(*self._held)


async def call_off(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks, and wait until they have ended, in whatever way."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def to_its_end(work: Any) -> None:
    """Wait for what a manager does. Broken off in the middle it would leave a process behind, and
    sockets: who is cancelled waits on, and is cancelled then."""
    doing: asyncio.Future[Any] = asyncio.ensure_future(ensure_async(work))
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        with suppress(Exception):
            await doing
        raise
