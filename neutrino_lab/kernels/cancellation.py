"""Work that must not be broken off in the middle."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from jupyter_core.utils import ensure_async


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
