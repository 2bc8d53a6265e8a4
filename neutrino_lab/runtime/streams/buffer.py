"""What has come from the sources of a flow and was not taken yet: bounded, from any thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from .contract import Overflow, Received
from .selection import Select
from .values import Chunk

CHUNK = 1024
"""So many values of one source are kept, and taken, together at most."""


class Buffer:
    """`overflow` says what happens beyond `capacity`: of each key the newest value is kept
    (conflate), or the newest of all (drop-oldest); what is lost is counted in `dropped`. With block
    and close everything is kept: the caller checks `is_full` before it puts."""

    def __init__(self, capacity: int, overflow: Overflow, key: Select | None = None) -> None:
        self.capacity = capacity
        self.overflow = overflow
        self.key = key
        self.dropped = 0
        self._chunks: deque[Chunk] = deque()
        self._count = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._count

    @property
    def is_full(self) -> bool:
        """Whether no more should be put in."""
        return self._count >= self.capacity

    @property
    def oldest_at(self) -> float:
        """When the oldest value that waits came in; 0 where none waits."""
        with self._lock:
            return self._chunks[0].entries[0][1] if self._chunks else 0.0

    def put(self, origin: int, entries: Sequence[Received]) -> None:
        """Add what the source with this number gave; what is then too much is dropped, the way that
        `overflow` says."""
        with self._lock:
            self._add(origin, entries)
            excess = self._count - self.capacity
            if excess > 0 and self.overflow in ("conflate", "drop-oldest"):
                self._drop(excess)

    def take(self, most: int) -> list[Chunk]:
        """Take at most `most` entries out, oldest first; empty where none waits."""
        taken: list[Chunk] = []
        with self._lock:
            while self._chunks and most > 0:
                chunk = self._chunks[0]
                if len(chunk.entries) <= most:
                    self._chunks.popleft()
                else:
                    chunk = Chunk(chunk.origin, chunk.entries[:most])
                    del self._chunks[0].entries[:most]
                taken.append(chunk)
                most -= len(chunk.entries)
                self._count -= len(chunk.entries)
        return taken

    def clear(self) -> None:
        """Drop all entries, and count none of them as dropped."""
        with self._lock:
            self._chunks.clear()
            self._count = 0

    def _add(self, origin: int, entries: Sequence[Received]) -> None:
        self._count += len(entries)
        last = self._chunks[-1] if self._chunks else None
        if last and last.origin == origin and len(last.entries) + len(entries) <= CHUNK:
            last.entries += entries
            return
        for start in range(0, len(entries), CHUNK):
            self._chunks.append(Chunk(origin, list(entries[start : start + CHUNK])))

    def _drop(self, excess: int) -> None:
        if self.overflow == "conflate":
            # Half at a time: to look through all of them for each value would take too long.
            superfluous = max(excess, self.capacity // 2)
            seen, kept = set(), list[tuple[int, Received]]()
            # From the end, so that what is left of each key is its newest value.
            for chunk in reversed(self._chunks):
                for entry in reversed(chunk.entries):
                    key = (chunk.origin, None if self.key is None else repr(self.key(entry[0])))
                    if key in seen and superfluous > 0:
                        superfluous -= 1
                        self.dropped += 1
                        continue
                    seen.add(key)
                    kept.append((chunk.origin, entry))
            self._chunks.clear()
            self._count = 0
            for origin, entry in reversed(kept):
                self._add(origin, (entry,))
        while (excess := self._count - self.capacity) > 0:
            oldest = self._chunks[0].entries
            dropped = min(excess, len(oldest))
            del oldest[:dropped]
            if not oldest:
                self._chunks.popleft()
            self._count -= dropped
            self.dropped += dropped
