"""Simulated prices: a random walk for each symbol, the same for the same seed."""

from __future__ import annotations

import random
from typing import Any


class Walk:
    """The prices of one symbol, in the fields of the demo feed of SwimOS."""

    def __init__(self, symbol: str, seed: int | None = None) -> None:
        self._random = random.Random(f"{symbol} {seed}" if seed is not None else None)  # noqa: S311
        self._price = self._random.uniform(5, 100)

    def next(self, at: float) -> dict[str, Any]:
        """Move on; `at` is the time in seconds since the epoch."""
        vary = self._random.gauss
        before = self._price
        self._price = round(min(max(before + vary(0, max(before, 5) / 50), 0.01), 10_000), 2)
        spread = round(self._price * self._random.uniform(0.0005, 0.003), 2)
        return {
            "timestamp": int(at * 1000),
            "price": self._price,
            "volume": round(self._random.lognormvariate(16, 1), 2),
            "bid": round(self._price - spread, 2),
            "ask": round(self._price + spread, 2),
            "movement": round(self._price - before, 2),
        }
