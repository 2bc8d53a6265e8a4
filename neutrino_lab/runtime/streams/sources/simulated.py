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
    """Prices of each symbol, all at once every so often; it ends after `count` of them, if set."""

    overflow: Overflow = "conflate"

    def __init__(
        self, symbols: Sequence[str], every_s: float, seed: int | None, count: int
    ) -> None:
        self._walks = {symbol: Walk(symbol, seed) for symbol in symbols}
        self._every_s = every_s
        self._count = count

    async def values(self, _position: Any) -> AsyncIterator[Sequence[Entry]]:
        left = self._count or math.inf
        while left > 0:
            now = time.time()
            prices = [{"symbol": s, **walk.next(now)} for s, walk in self._walks.items()]
            yield [(each, now, None) for each in prices[: min(len(prices), int(min(left, 1e9)))]]
            left -= len(prices)
            await asyncio.sleep(self._every_s)


def make(location: Location, _name: str) -> RandomWalk:
    """Make a walk of prices from the options `symbols`, `every`, `seed` and `count` (0 is endless).
    Raises ValueError."""
    options = location.options
    symbols = [each for each in options.get("symbols", "AAAA").split(",") if each]
    seed = options.get("seed")
    return RandomWalk(
        symbols,
        every_s=seconds(options.get("every", "500ms")),
        seed=int(number(seed)) if seed else None,
        count=int(number(options.get("count", "0"))),
    )
