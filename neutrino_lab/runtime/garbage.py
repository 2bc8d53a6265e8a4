"""What a version has loaded stays while it is served, so the garbage collector passes over it.

A full round over a notebook of 1,000 cells stops the event loop for a tenth of a second, and many
calls at once bring one about every few seconds.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Right after the start, before there is much to do; but not while somebody edits.
STARTED_S = 1.0
EDITED_S = 30.0
# So many notes of edits, three for each save, put a round off. A save of a small notebook leaves
# some 130 KB behind, and whatever writes one every few seconds must not fill the memory.
MOST_EDITS = 600


class FrozenHeap:
    """Leaves what is there out of the collector's rounds, once nothing has changed for a while.

    For a server that has its process to itself. While somebody edits, what a frozen version has
    left stays: the round that would find it would stop the requests between two saves. One comes
    all the same after many edits.
    """

    def __init__(self, *, started_s: float = STARTED_S, edited_s: float = EDITED_S) -> None:
        self._started_s = started_s
        self._edited_s = edited_s
        self._timer: asyncio.TimerHandle | None = None
        self._is_frozen = False
        self._edits = 0

    def start(self) -> None:
        """Begin on the running loop: collect and freeze once, `started_s` seconds from now."""
        self._wait(self._started_s)

    def edited(self) -> None:
        """Do it again `edited_s` seconds from now, with what the versions before have left."""
        if not self._is_frozen:
            return
        self._edits += 1
        if self._edits <= MOST_EDITS:
            self._wait(self._edited_s)

    @contextmanager
    def added(self) -> Iterator[None]:
        """Freeze what the block makes, too, and collect nothing meanwhile: nearly all of it is kept
        by the next version. Not for blocks that run the code of cells."""
        if not (self._is_frozen and gc.isenabled()):
            yield
            return
        gc.disable()
        try:
            yield
        finally:
            gc.freeze()  # first, or the next allocation would bring a round over all of it
            gc.enable()

    def stop(self) -> None:
        """Let the collector see everything again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._is_frozen = None, False
            gc.unfreeze()

    def _wait(self, pause_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(pause_s, self._freeze)

    def _freeze(self) -> None:
        if not gc.isenabled():  # a cell has its reasons, or a save is under way
            self._wait(self._edited_s)
            return
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._is_frozen = True
        self._edits = 0
