"""How much each user may ask for."""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from neutrino_lab.kernels.errors import LimitReachedError

_SOON_S = 2


class Rates:
    """Counts the executions of each user within a minute."""

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute) if per_minute else None
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def count(self, user: str) -> None:
        """Count one more. Raises LimitReachedError where it is one too many."""
        if self._item is None or self._windows.hit(self._item, user):
            return
        ends = self._windows.get_window_stats(self._item, user).reset_time
        wait_s = max(1, math.ceil(ends - time.time()))
        raise LimitReachedError(
            f"{self._item.amount} executions a minute are allowed; try again in {wait_s} s.", wait_s
        )


def at_most(count: int, most: int, what: str) -> None:
    """Raise LimitReachedError where a user has as many of something as he may."""
    if most and count >= most:
        raise LimitReachedError(
            f"{most} {what} at once are allowed for each user; end one, or wait.", _SOON_S
        )
