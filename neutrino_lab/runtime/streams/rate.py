"""How many values a second: counted over the last second or two, whenever somebody asks."""

from __future__ import annotations

import time
from collections.abc import Callable

SPAN_S = 1.0


class Rate:
    """The rate a second of a count that only grows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._count = 0
        self._rate = 0.0

    def of(self, count: int) -> float:
        """Give the rate, of a count as it is now; 0 until a second has passed."""
        now = self._clock()
        passed_s = now - self._since
        if passed_s >= SPAN_S:
            self._rate = round(max(count - self._count, 0) / passed_s, 1)
            self._since, self._count = now, count
        return self._rate
