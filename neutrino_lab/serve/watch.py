"""Tells when the sources of a project were saved."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import anyio
from watchfiles import Change, awatch

Saved: TypeAlias = frozenset[Path]

# The watcher's thread takes the interpreter's lock at every step: at 2 ms it cost the requests that
# are being served one in twenty. So it is slow, and the notebooks themselves, a few at the most,
# are looked at from the event loop, which costs microseconds.
_STEP_MS = 50
_POLL_S = 0.008
_POLLED = 20


async def saves(
    root: Path, notebooks: Callable[[], Iterable[Path]], stop: anyio.Event
) -> AsyncIterator[Saved]:
    """Yield what changed of `notebooks`, and of the notebooks and Python files below `root`.

    The first set is empty and says that from now on none is missed. A save may be told twice.
    """
    found: asyncio.Queue[Saved | None] = asyncio.Queue()
    tasks = [
        asyncio.ensure_future(_watch(root, found, stop)),
        asyncio.ensure_future(_poll(notebooks, found)),
    ]
    # One turn of the loop starts the tasks, which begin to watch before they wait.
    await asyncio.sleep(0)
    try:
        yield frozenset()
        while (paths := await found.get()) is not None:
            yield paths
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(root: Path, found: asyncio.Queue[Saved | None], stop: anyio.Event) -> None:
    def wanted(_: Change, path: str) -> bool:
        name = Path(path)
        hidden = any(part.startswith(".") for part in name.relative_to(root).parts)
        return name.suffix in {".ipynb", ".py"} and not hidden

    changes = awatch(
        root,
        watch_filter=wanted,
        step=_STEP_MS,
        stop_event=stop,
        ignore_permission_denied=True,
    )
    try:
        async for each in changes:
            found.put_nowait(frozenset(Path(path) for _, path in each))
    finally:
        found.put_nowait(None)


async def _poll(
    notebooks: Callable[[], Iterable[Path]], found: asyncio.Queue[Saved | None]
) -> None:
    seen: dict[Path, tuple[int, ...]] = {}
    while True:
        stamps = {path: stamp for path in islice(notebooks(), _POLLED) if (stamp := _stamp(path))}
        changed = frozenset(p for p, stamp in stamps.items() if seen.get(p, stamp) != stamp)
        seen = stamps
        if changed:
            found.put_nowait(changed)
        await asyncio.sleep(_POLL_S)


def _stamp(path: Path) -> tuple[int, ...]:
    with suppress(OSError):
        status = os.stat(path)  # noqa: PTH116 - half the time of Path.stat
        return status.st_mtime_ns, status.st_size, status.st_ino
    return ()
