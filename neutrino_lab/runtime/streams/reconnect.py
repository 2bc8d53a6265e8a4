"""How long to wait before a source that has gone away is tried again."""

from __future__ import annotations

import random
from collections.abc import Callable

FIRST_S = 0.25
LONGEST_S = 30.0


class Backoff:
    """Doubles the wait with each failure, and varies it so that clients do not come all at once."""

    def __init__(self, vary: Callable[[], float] = random.random) -> None:
        self._vary = vary
        self._failures = 0

    def next_s(self, lived_s: float = 0.0) -> float:
        """Give the next wait; a connection that lived for longer than the last one begins again."""
        if lived_s > min(LONGEST_S, FIRST_S * 2.0**self._failures):
            self._failures = 0
        longest_s = min(LONGEST_S, FIRST_S * 2.0**self._failures)
        # Beyond this the wait no longer grows, and the power must not.
        self._failures = min(self._failures + 1, 16)
        return longest_s * (0.5 + self._vary() / 2)
