"""Simulated prices as a source, without a network."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from ..contract import Entry, Overflow, Source
from ..prices import Walk
from .location import Location, number, seconds


class RandomWalk(Source):
    """Prices of each of `symbols`, all at once `every` so often, the same for the same `seed`; it
    ends after `count` of them, if set."""

    overflow: Overflow = "conflate"

    def __init__(self, location: Location, _name: str) -> None:
        options = location.options
        self._every_s = seconds(options.get("every", "500ms"))
        seed = int(number(options["seed"])) if options.get("seed") else None
        symbols = options.get("symbols", "AAAA").split(",")
        self._walks = {symbol: Walk(symbol, seed) for symbol in symbols if symbol}
        self._count = int(number(options.get("count", "0")))

    async def values(self, _position: Any) -> AsyncIterator[Sequence[Entry]]:
        left = self._count or math.inf
        while left > 0:
            now = time.time()
            prices = [{"symbol": s, **walk.next(now)} for s, walk in self._walks.items()]
            yield [(each, now, None) for each in prices[: min(len(prices), int(min(left, 1e9)))]]
            left -= len(prices)
            await asyncio.sleep(self._every_s)


make = RandomWalk
