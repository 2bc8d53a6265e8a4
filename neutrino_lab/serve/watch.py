"""Tells when the sources of a project were saved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
from watchfiles import Change, awatch

# A save is a handful of events within a millisecond or two: wait for the last of them, no longer.
_STEP_MS = 2
_DEBOUNCE_MS = 20


async def saves(root: Path, stop: anyio.Event) -> AsyncIterator[frozenset[Path]]:
    """Yield the notebooks and Python files below `root` that changed, a set for each save.

    The first set is empty and says that from now on none is missed.
    """

    def wanted(_: Change, path: str) -> bool:
        name = Path(path)
        hidden = any(part.startswith(".") for part in name.relative_to(root).parts)
        return name.suffix in {".ipynb", ".py"} and not hidden

    changes = awatch(
        root,
        watch_filter=wanted,
        step=_STEP_MS,
        debounce=_DEBOUNCE_MS,
        stop_event=stop,
        ignore_permission_denied=True,
    )

    async def following() -> frozenset[Path] | None:
        found = await anext(changes, None)
        return None if found is None else frozenset(Path(path) for _, path in found)

    upcoming = asyncio.ensure_future(following())
    # One turn of the loop starts the task, which sets up the watch before it waits.
    await asyncio.sleep(0)
    yield frozenset()
    while (paths := await upcoming) is not None:
        yield paths
        upcoming = asyncio.ensure_future(following())
