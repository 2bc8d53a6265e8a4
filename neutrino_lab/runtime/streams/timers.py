"""Timers of one flow, by name: each is armed once at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Timers:
    """Calls by name that come after a while, one for each name. To be used on the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._armed: dict[str, asyncio.TimerHandle] = {}
        self._is_closed = False

    def arm(self, name: str, wait_s: float, call: Callable[[], None]) -> None:
        """Call after a while, in place of what was armed under that name."""
        self.cancel(name)
        if not self._is_closed:
            self._armed[name] = self._loop.call_later(max(wait_s, 0), call)

    def cancel(self, name: str) -> None:
        """Call off what is armed under a name, if anything is."""
        if (timer := self._armed.pop(name, None)) is not None:
            timer.cancel()

    def close(self) -> None:
        """Call off everything, and arm nothing more."""
        self._is_closed = True
        for name in tuple(self._armed):
            self.cancel(name)
