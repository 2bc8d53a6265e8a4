"""Values of the last moments, to be drawn: all while they are few, and every so many-th of many."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

MOST = 400
SPAN_S = 2.0
_QUIET_S = 0.1


class Sample:
    """Numbered values, each with its time at index 1, thinned so that those of `SPAN_S` fit in.

    The `newest` are kept as they are besides. One thread adds, any may read.
    """

    def __init__(self, *, newest: int = 0) -> None:
        self.newest: deque[Any] = deque(maxlen=newest)
        self._kept: deque[tuple[int, Any]] = deque()
        self._every = 1

    def add(self, values: Sequence[Any], first: int) -> None:
        """Add values of which the first has this number."""
        self.newest.extend(values)
        kept = self._kept
        if self._every > 1 and values[-1][1] - kept[-1][1][1] > _QUIET_S:
            self._every = 1  # they come slowly again, and each is of interest
        every = self._every
        start = -first % every
        numbers = range(first + start, first + len(values), every)
        kept.extend(zip(numbers, values[start::every], strict=True))
        while len(self._kept) > MOST:
            self._thin()

    def points(self) -> list[tuple[int, Any]]:
        """Give what was kept, the oldest first, with their numbers."""
        return [*self._kept.copy()]

    def _thin(self) -> None:
        since = self._kept[-1][1][1] - SPAN_S
        young = [each for each in self._kept if each[1][1] >= since]
        if len(young) > MOST // 2:
            self._every *= 2
            young = [each for each in young if each[0] % self._every == 0]
        self._kept = deque(young)
