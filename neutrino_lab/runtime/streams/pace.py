"""How many values a flow takes at once: as many as go through in a moment."""

from __future__ import annotations

MOST = 1024
LONGEST_S = 0.02
"""What a turn should take at most: a result, a pause, a new version wait for its end."""


class Pace:
    """Begins with one value. Of a fast operator's it takes twice as many each time, up to `MOST`;
    of a slow one's as few as end in time, at least one."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 1

    def passed(self, count: int, took_s: float) -> None:
        """Note how long so many values have taken."""
        if took_s > LONGEST_S:
            self.count = max(int(count * LONGEST_S / took_s), 1)
        elif count >= self.count:
            self.count = min(self.count * 2, MOST)
