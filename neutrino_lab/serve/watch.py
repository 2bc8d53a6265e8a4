"""Tells when the sources of a project were saved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
from watchfiles import Change, awatch

# A save is a handful of events within a millisecond or two: wait for the last of them, no longer.
_STEP_MS = 2
_DEBOUNCE_MS = 20


async def saves(root: Path, stop: anyio.Event) -> AsyncIterator[frozenset[Path]]:
    """Yield the notebooks and Python files below `root` that changed, a set for each save."""

    def wanted(_: Change, path: str) -> bool:
        name = Path(path)
        hidden = any(part.startswith(".") for part in name.relative_to(root).parts)
        return name.suffix in {".ipynb", ".py"} and not hidden

    async for changes in awatch(
        root,
        watch_filter=wanted,
        step=_STEP_MS,
        debounce=_DEBOUNCE_MS,
        stop_event=stop,
        ignore_permission_denied=True,
    ):
        yield frozenset(Path(path) for _, path in changes)
