"""What a flow has given: numbered from its first on, in columns until somebody asks for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import Any, TypeAlias, overload

from .contract import Received
from .values import Column, Json, Key, Result, rows, thawed

Emitted: TypeAlias = tuple[int, float, Key, Any, int]
"""The number, the time, the key, the value, the version of the operator."""


class Emission(Sequence[Emitted]):
    """Results of one turn; `keys` is None where no value has a key. At least one."""

    __slots__ = ("_ats", "_first", "_values", "_version", "keys")

    def __init__(self, first: int, version: int, results: Sequence[Result | Column]) -> None:
        self._first = first
        self._version = version
        self.keys: Sequence[Key] | None = None
        self._values: Sequence[Any]
        self._ats: Sequence[float]
        columns = [each for each in results if isinstance(each, Column)]
        if len(columns) < len(results):
            self.keys, self._values, self._ats = zip(*rows(results), strict=True)
        elif len(columns) == 1:
            self._values, self._ats = columns[0].values, columns[0].ats
        else:
            self._values = [*chain.from_iterable(each.values for each in columns)]
            self._ats = [*chain.from_iterable(each.ats for each in columns)]

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Emitted]:
        return self._rows(slice(None))

    @overload
    def __getitem__(self, index: int) -> Emitted: ...
    @overload
    def __getitem__(self, index: slice) -> list[Emitted]: ...
    def __getitem__(self, index: int | slice) -> Emitted | list[Emitted]:
        if isinstance(index, slice):
            return [*self._rows(index)]
        place = range(len(self._values))[index]
        key = None if self.keys is None else self.keys[place]
        return (self._first + place, self._ats[place], key, self._values[place], self._version)

    def copies(self) -> list[Received]:
        """Give each value as one that the next stream takes, which owns it."""
        values: Sequence[Any] = self._values
        if Json in set(map(type, values)):
            values = [thawed(value) for value in values]
        return [*zip(values, self._ats, repeat(None), strict=False)]

    def newest(self) -> dict[Key, Emitted]:
        """Give the last of each key, the keys in the order that they first came in."""
        if self.keys is None:
            return {None: self[-1]}
        places = dict(zip(self.keys, range(len(self)), strict=True))
        return {key: self[place] for key, place in places.items()}

    def _rows(self, index: slice) -> Iterator[Emitted]:
        numbers = range(self._first, self._first + len(self._values))[index]
        keys = repeat(None) if self.keys is None else self.keys[index]
        values, ats = self._values[index], self._ats[index]
        return zip(numbers, ats, keys, values, repeat(self._version), strict=False)
