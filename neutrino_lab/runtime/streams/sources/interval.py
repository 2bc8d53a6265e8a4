"""A clock as a source: the function makes the value."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from ..contract import Entry, Overflow, Source
from .location import Location, seconds


class Interval(Source):
    """Gives the time, in seconds since the epoch, at the multiples of `every:DURATION`."""

    overflow: Overflow = "conflate"

    def __init__(self, location: Location, _name: str) -> None:
        self._every_s = seconds(location.about)

    async def values(self, _position: Any) -> AsyncIterator[Sequence[Entry]]:
        due = math.floor(time.time() / self._every_s)
        while True:
            # After a pause of the machine one value comes, and not all that were missed.
            due = max(due + 1, math.floor(time.time() / self._every_s))
            at = round(due * self._every_s, 3)
            await asyncio.sleep(max(at - time.time(), 0))
            yield [(at, at, None)]


make = Interval
