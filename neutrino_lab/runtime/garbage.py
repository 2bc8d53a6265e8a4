"""What a version has loaded stays while it is served, so the garbage collector passes over it.

A full round over a notebook of 1,000 cells stops the event loop for a tenth of a second, and many
calls at once bring one about every few seconds.
"""

from __future__ import annotations

import asyncio
import gc

# Right after the start, before there is much to do; but not while somebody edits.
STARTED_S = 1.0
EDITED_S = 30.0


class FrozenHeap:
    """Leaves what is there out of the collector's rounds, once nothing has changed for a while.

    For a server that has its process to itself.
    """

    def __init__(self, *, started_s: float = STARTED_S, edited_s: float = EDITED_S) -> None:
        self._started_s = started_s
        self._edited_s = edited_s
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin on the running loop: collect and freeze once, `started_s` seconds from now."""
        self._wait(self._started_s)

    def edited(self) -> None:
        """Let the collector have what the version before has left, if it has begun."""
        if self._timer is not None:
            gc.unfreeze()
            self._wait(self._edited_s)

    def stop(self) -> None:
        """Let the collector see everything again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            gc.unfreeze()

    def _wait(self, pause_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(pause_s, _freeze)


def _freeze() -> None:
    if gc.isenabled():  # or a cell has its reasons
        gc.collect()
        gc.freeze()
