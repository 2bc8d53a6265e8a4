"""Linux's word that something in a folder was written: there is no call of Python's for it."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

# inotify(7): a file that was open for writing is closed, or one is moved into the folder.
_CLOSE_WRITE = 0x008
_MOVED_TO = 0x080
_BUFFER_BYTES = 65_536


class Written:
    """Calls `tell` on the event loop when files of some folders may have been written.

    It is a hint that comes early, and may not come at all: elsewhere than on Linux, of a network's
    folders, or where the system has no watches left. What it is about is for `tell` to find out.
    """

    def __init__(self, tell: Callable[[], object]) -> None:
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._handle = -1
        self.is_watching = False  # whether the system has promised to tell of each of the folders
        if sys.platform != "linux":
            return
        with suppress(OSError, AttributeError, NotImplementedError):
            self._library = ctypes.CDLL(None)
            self._handle = self._library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
            if self._handle >= 0:
                self._loop.add_reader(self._handle, self._take)

    def watch(self, folders: Iterable[Path]) -> None:
        """Tell of these folders, too; one that is watched already is told of once."""
        if self._handle >= 0:
            mask = _CLOSE_WRITE | _MOVED_TO
            paths = [os.fsencode(each) for each in folders]
            added = [self._library.inotify_add_watch(self._handle, each, mask) for each in paths]
            self.is_watching = all(each >= 0 for each in added)

    def close(self) -> None:
        """Tell no more."""
        if self._handle >= 0:
            self._loop.remove_reader(self._handle)
            os.close(self._handle)
            self._handle = -1

    def is_told(self) -> bool:
        """Whether the system has told of something since this, or `tell`, was called last."""
        with suppress(BlockingIOError):
            return self._handle >= 0 and bool(os.read(self._handle, _BUFFER_BYTES))
        return False

    def _take(self) -> None:
        self.is_told()
        self._tell()
