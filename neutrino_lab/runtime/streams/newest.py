"""The last of many, kept in the parts that they came in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Generic, TypeVar

T = TypeVar("T")

FEW = 16
"""So few are kept one by one: a part for each would take more memory."""


class Newest(Generic[T]):
    """The last `most`. One thread adds, any may read: RuntimeError where it is read meanwhile."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: deque[Sequence[T]] = deque()
        self._open: list[T] = []
        self._count = 0

    def __iter__(self) -> Iterator[T]:
        kept = [*chain.from_iterable(self._parts)]
        return iter(kept[max(len(kept) - self._most, 0) :])

    def __getitem__(self, index: int) -> T:
        found: T = [*self][index]
        return found

    def add(self, part: Sequence[T]) -> None:
        """Add what comes after all before, and does not change any more; the oldest go."""
        if len(part) > self._most * 2:
            part = part[len(part) - self._most :]
        if len(part) > FEW:
            self._parts.append(part)
        elif part:
            if not self._parts or self._parts[-1] is not self._open or len(self._open) > FEW:
                self._open = []
                self._parts.append(self._open)
            self._open.extend(part)
        self._count += len(part)
        while self._parts and self._count - len(self._parts[0]) >= self._most:
            self._count -= len(self._parts.popleft())
