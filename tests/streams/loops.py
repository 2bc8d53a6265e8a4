"""Waiting for what a loop brings about, without sleeping for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

WAIT_S = 30.0


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end, with a guard against hanging."""

    async def guarded() -> Any:
        return await asyncio.wait_for(work, WAIT_S * 2)

    return asyncio.run(guarded())


async def until(holds: Callable[[], Any]) -> None:
    async def wait() -> None:
        while not holds():  # noqa: ASYNC110 - what it waits for has no event
            await asyncio.sleep(0.002)

    await asyncio.wait_for(wait(), WAIT_S)
