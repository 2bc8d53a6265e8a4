"""Tells when the sources of a project were saved."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import anyio
from watchfiles import Change, awatch

from neutrino_lab.serve.written import Written

Saved: TypeAlias = frozenset[Path]
Files: TypeAlias = Callable[[], Sequence[Path]]
_Stamp: TypeAlias = tuple[int, ...]

LOGGER = logging.getLogger(__name__)

# The watcher's thread takes the interpreter's lock at every step: at 2 ms it cost the requests that
# are being served one in twenty. So it is slow, and the notebooks themselves, a few at the most,
# are looked at from the event loop, which costs microseconds: at once where the system says that
# something beside them was written, and again and again where it does not.
_STEP_MS = 50
_POLL_S = 0.008
# While the system has told of every save. To look a hundred times a second takes a process that has
# nothing to do one to two hundredths of a core.
_TOLD_POLL_S = 0.1
_POLLED = 20
# Modules elsewhere than below the root.
_SLOW_POLL_S = 0.25
_SLOWLY_POLLED = 500
# How often to look whether the root is still the folder that is watched.
_ALIVE_MS = 1_000
_AGAIN_S = 1.0


async def saves(
    root: Path, notebooks: Files, stop: anyio.Event, *, modules: Files = tuple
) -> AsyncIterator[Saved]:
    """Yield what changed of `notebooks`, of `modules`, and of the notebooks and Python files below
    `root`, until `stop` is set.

    The first set is empty and says that from now on none is missed. A save may be told twice.
    """
    found: asyncio.Queue[Saved | None] = asyncio.Queue()
    polls = [
        _Poll(notebooks, found, _POLL_S, _POLLED, is_prompt=True),
        _Poll(modules, found, _SLOW_POLL_S, _SLOWLY_POLLED),
    ]
    watching = asyncio.ensure_future(_watch(root, found, stop))
    # One turn of the loop starts the task, which begins to watch before it waits.
    await asyncio.sleep(0)
    try:
        for each in polls:
            each.look()
        yield frozenset()
        while (paths := await found.get()) is not None:
            yield paths
    finally:
        for each in polls:
            each.stop()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(root: Path, found: asyncio.Queue[Saved | None], stop: anyio.Event) -> None:
    """Watch the root for as long as it takes: a folder that is replaced is watched again, and
    where the system cannot watch (it has run out of watches), files are looked at in turn."""
    is_polling = False
    try:
        while not stop.is_set():
            try:
                await _watch_folder(root, found, stop, is_polling=is_polling)
            except Exception as error:  # noqa: BLE001 - the Rust side raises what it likes
                if not is_polling and _identity(root) is not None:
                    is_polling = True
                    LOGGER.warning("%s cannot be watched (%s); its files are polled", root, error)
                await asyncio.sleep(_AGAIN_S)
            if not stop.is_set():
                found.put_nowait(frozenset({root}))  # whatever has changed meanwhile
    finally:
        found.put_nowait(None)


async def _watch_folder(
    root: Path, found: asyncio.Queue[Saved | None], stop: anyio.Event, *, is_polling: bool
) -> None:
    """Watch until told to stop, or until there is another folder in the root's place."""

    def wanted(_: Change, path: str) -> bool:
        name = Path(path)
        hidden = any(part.startswith(".") for part in name.relative_to(root).parts)
        return name.suffix in {".ipynb", ".py"} and not hidden

    folder = _identity(root)
    changes = awatch(
        root,
        watch_filter=wanted,
        step=_STEP_MS,
        stop_event=stop,
        ignore_permission_denied=True,
        rust_timeout=_ALIVE_MS,
        yield_on_timeout=True,
        force_polling=is_polling or None,
    )
    async for each in changes:
        if each:
            found.put_nowait(frozenset(Path(path) for _, path in each))
        elif _identity(root) != folder:
            return


def _identity(folder: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        status = os.stat(folder)  # noqa: PTH116 - as below
        return status.st_dev, status.st_ino
    return None


class _Poll:
    """Looks at files again and again; a prompt one also when something beside them was written.
    Not a task that sleeps: waking one costs as much as the look, and there are a hundred in a
    second."""

    def __init__(
        self,
        files: Files,
        found: asyncio.Queue[Saved | None],
        pause_s: float,
        most: int,
        *,
        is_prompt: bool = False,
    ) -> None:
        self._files = files
        self._found = found
        self._pause_s = pause_s
        self._most = most
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._paths: Sequence[Path] = ()
        self._stamps: list[_Stamp] = []
        self._written = Written(self._look_told) if is_prompt else None
        self._is_missing = False  # whether a save was found that the system has not told of

    @property
    def pause_s(self) -> float:
        """How long it is until the next look."""
        is_told = self._written is not None and self._written.is_watching and not self._is_missing
        return _TOLD_POLL_S if is_told else self._pause_s

    def look(self) -> None:
        """Tell what has changed since the last look, and look again after a pause."""
        if self._look_now() and self._written is not None and not self._written.is_told():
            self._is_missing = True
        self._timer = self._loop.call_later(self.pause_s, self.look)

    def stop(self) -> None:
        """Look no more."""
        if self._written is not None:
            self._written.close()
        if self._timer is not None:
            self._timer.cancel()

    def _look_told(self) -> None:
        if self._look_now():
            self._is_missing = False

    def _look_now(self) -> bool:
        """Whether anything has changed; it is told of."""
        paths = self._files()
        stamps = [_stamp(path) for path in islice(paths, self._most)]
        if stamps == self._stamps and paths is self._paths:
            return False
        if paths is not self._paths and self._written is not None:
            self._written.watch({path.parent for path in islice(paths, self._most)})
        before = dict(zip(self._paths, self._stamps, strict=False))
        now = zip(paths, stamps, strict=False)
        changed = frozenset(p for p, stamp in now if stamp and before.get(p, stamp) != stamp)
        self._paths, self._stamps = paths, stamps
        if changed:
            self._found.put_nowait(changed)
        return bool(changed)


def _stamp(path: Path) -> _Stamp:
    try:  # a hundred times a second: `suppress` costs as much as the system's answer
        status = os.stat(path)  # noqa: PTH116 - half the time of Path.stat
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino
