"""Something that changes, for those who wait: nothing is queued, only the latest state counts."""

from __future__ import annotations

import asyncio


class Changes:
    """Counts changes. Who waits misses steps when slow, and never the last one.

    A change is one of `above` too, where that is set.
    """

    def __init__(self) -> None:
        self.revision = 0
        self.above: Changes | None = None
        self._next = asyncio.Event()

    def note(self) -> None:
        """Count a change, wake whoever waits for one, and tell `above`."""
        self.revision += 1
        following, self._next = self._next, asyncio.Event()
        following.set()
        if self.above is not None:
            self.above.note()

    async def after(self, revision: int) -> None:
        """Wait until there is a later revision than the one that was seen."""
        while self.revision <= revision:
            await self._next.wait()
