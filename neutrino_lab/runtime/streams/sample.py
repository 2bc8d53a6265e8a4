"""Values of the last moments, to be drawn: all while they are few, and every so many-th of many."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

from .newest import Newest

MOST = 400
SPAN_S = 2.0
_QUIET_S = 0.1


class Sample:
    """Numbered values, thinned so that those of `SPAN_S` fit in; and the `newest` as they are.

    One thread adds, any may read.
    """

    def __init__(self, *, newest: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self.newest = Newest[Any](newest)
        self._clock = clock
        self._kept: deque[tuple[int, Any, float]] = deque()
        self._every = 1
        self._last_s = clock()

    def add(self, values: Sequence[Any], first: int) -> None:
        """Add values of which the first has this number."""
        self.newest.add(values)
        now = self._clock()
        if now - self._last_s > _QUIET_S:
            self._every = 1  # they come slowly again, and each is of interest
        self._last_s = now
        every = self._every
        start = -first % every
        numbers = range(first + start, first + len(values), every)
        self._kept.extend(zip(numbers, values[start::every], repeat(now), strict=False))
        while len(self._kept) > MOST:
            self._thin(now - SPAN_S)

    def points(self) -> list[tuple[int, Any]]:
        """Give what was kept, the oldest first, with their numbers."""
        return [(number, value) for number, value, _ in self._kept.copy()]

    def _thin(self, since: float) -> None:
        young = [each for each in self._kept if each[2] >= since]
        if len(young) > MOST // 2:
            self._every *= 2
            young = [each for each in young if each[0] % self._every == 0]
        self._kept = deque(young)
