"""Calls that come after a while, by what they are for: each is armed once at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Timers(Generic[K]):
    """One call for each key. To be used on the event loop."""

    def __init__(self) -> None:
        self._armed: dict[K, asyncio.TimerHandle] = {}
        self._is_closed = False

    def arm(self, key: K, wait_s: float, call: Callable[[], None]) -> None:
        """Call after a while, in place of what was armed for that key."""

        def fire() -> None:
            del self._armed[key]
            call()

        self.cancel(key)
        if not self._is_closed:
            loop = asyncio.get_running_loop()
            self._armed[key] = loop.call_later(max(wait_s, 0), fire)

    def cancel(self, key: K) -> None:
        """Call off what is armed for a key, if anything is."""
        if (timer := self._armed.pop(key, None)) is not None:
            timer.cancel()

    def close(self) -> None:
        """Call off everything, and arm nothing more."""
        self._is_closed = True
        for key in tuple(self._armed):
            self.cancel(key)
