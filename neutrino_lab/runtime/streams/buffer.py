"""What has come from the sources of a flow and was not taken yet: bounded, from any thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from .contract import Overflow
from .selection import Select
from .values import Taken


class Buffer:
    """`overflow` says what happens beyond `capacity`: of each key the newest value is kept
    (conflate), or the newest of all (drop-oldest); what is lost is counted in `dropped`. With block
    and close everything is kept: the caller checks `is_full` before it puts."""

    def __init__(self, capacity: int, overflow: Overflow, key: Select | None = None) -> None:
        self.capacity = capacity
        self.overflow = overflow
        self.key = key
        self.dropped = 0
        self._entries: deque[Taken] = deque()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def is_full(self) -> bool:
        """Whether no more should be put in."""
        return len(self._entries) >= self.capacity

    @property
    def oldest_at(self) -> float:
        """When the oldest value that waits came in; 0 where none waits."""
        with self._lock:
            return self._entries[0][1] if self._entries else 0.0

    def put(self, entries: Iterable[Taken]) -> None:
        """Add entries; what is then too much is dropped, the way that `overflow` says."""
        with self._lock:
            self._entries.extend(entries)
            excess = len(self._entries) - self.capacity
            if excess > 0 and self.overflow in ("conflate", "drop-oldest"):
                self._drop(excess)

    def take(self, most: int) -> list[Taken]:
        """Take at most `most` entries out, oldest first; empty where none waits."""
        with self._lock:
            entries = self._entries
            if len(entries) <= most:
                taken = list(entries)
                entries.clear()
                return taken
            return [entries.popleft() for _ in range(most)]

    def clear(self) -> None:
        """Drop all entries, and count none of them as dropped."""
        with self._lock:
            self._entries.clear()

    def _drop(self, excess: int) -> None:
        entries = self._entries
        if self.overflow == "conflate":
            # Half at a time: to look through all of them for each value would take too long.
            superfluous = max(excess, self.capacity // 2)
            seen, kept = set(), deque[Taken]()
            # From the end, so that what is left of each key is its newest value.
            for entry in reversed(entries):
                key = (entry[3], None if self.key is None else repr(self.key(entry[0])))
                if key in seen and superfluous > 0:
                    superfluous -= 1
                    self.dropped += 1
                    continue
                seen.add(key)
                kept.appendleft(entry)
            self._entries = entries = kept
        while len(entries) > self.capacity:
            entries.popleft()
            self.dropped += 1
