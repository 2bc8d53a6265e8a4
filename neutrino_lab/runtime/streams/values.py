"""Values on their way through a flow: as they come in, and as an operator gives them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, repeat
from typing import Any, TypeAlias, overload

from ..encoding import encode
from .contract import Received

SHOWN = 2_000
"""So many characters of a text are told."""

Taken: TypeAlias = tuple[Any, float, Any, int]
"""A value that came in: itself, its time, its position, the number of its source."""

Key: TypeAlias = str | int | float | bool | None


class Chunk(Sequence[Taken]):
    """Values in a row from one source, as it gave them: `Taken` is made of those that are asked
    for."""

    __slots__ = ("entries", "origin")

    def __init__(self, origin: int, entries: list[Received]) -> None:
        self.origin = origin
        self.entries = entries

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Taken]:
        return ((value, at, position, self.origin) for value, at, position in self.entries)

    @overload
    def __getitem__(self, index: int) -> Taken: ...
    @overload
    def __getitem__(self, index: slice) -> Chunk: ...
    def __getitem__(self, index: int | slice) -> Taken | Chunk:
        if isinstance(index, slice):
            return Chunk(self.origin, self.entries[index])
        return (*self.entries[index], self.origin)


def chunks(batch: Iterable[Taken]) -> Iterator[Chunk]:
    """Divide values where their source changes."""
    for origin, several in groupby(batch, lambda taken: taken[3]):
        yield Chunk(origin, [taken[:3] for taken in several])


class Json:
    """A value as the JSON it is sent as: what an operator changes later does not reach it."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


Result: TypeAlias = tuple[Key, Any, float]
"""What an operator gave: the key, a plain scalar or Json, the time of the value it came from."""

SCALARS = frozenset({int, str, bool, float})


class Column:
    """Results in a row of the key None: their values, and their times. Never empty.

    A tuple for each of them would take as long as a small operator.
    """

    __slots__ = ("ats", "values")

    def __init__(self, values: list[Any], ats: list[float]) -> None:
        self.values = values
        self.ats = ats


Results: TypeAlias = list[Result | Column]


def rows(results: Sequence[Result | Column]) -> Iterator[Result]:
    """Give results one by one."""
    for each in results:
        if isinstance(each, Column):
            yield from zip(repeat(None), each.values, each.ats, strict=False)
        else:
            yield each


@dataclass(frozen=True, slots=True)
class Failure:
    """One value that was lost, or something else that went wrong; `version` is the operator's."""

    at: float
    kind: str
    message: str
    version: int
    value: str = ""
    traceback: str = ""


class Slot:
    """What an operator keeps for one key: its own state, and that of its window."""

    __slots__ = ("acc", "window")

    def __init__(self, acc: dict[str, Any]) -> None:
        self.acc = acc
        self.window: dict[str, Any] = {}


Item: TypeAlias = tuple[Key, Slot, Any, float]
"""What an operator is given at once: a value, or those of a window, for the state of one key."""


class Plain(Sequence[Item]):
    """Items that are values as they came in, all for one state of the key None."""

    __slots__ = ("entries", "slot")

    def __init__(self, slot: Slot, entries: list[Received]) -> None:
        self.slot = slot
        self.entries = entries

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Plain: ...
    def __getitem__(self, index: int | slice) -> Item | Plain:
        if isinstance(index, slice):
            return Plain(self.slot, self.entries[index])
        value, at, _ = self.entries[index]
        return (None, self.slot, value, at)


class InterruptedOperatorError(BaseException):
    """Raised into an operator that does not end. No `except Exception` of its own holds it."""


class SandboxedError(Exception):
    """What an operator raised in its sandbox, of which there is text alone."""

    def __init__(self, kind: str, message: str, traceback: str = "") -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.traceback = traceback


def frozen(value: Any) -> Any:
    """Make what is emitted safe from later changes. Raises EncodeError for what is no JSON."""
    if type(value) in SCALARS:
        return value
    return Json(encode.dumps(value).decode())


def thawed(value: Any) -> Any:
    """Give the next stream a value of its own."""
    return json.loads(value.text) if isinstance(value, Json) else value


def shown(value: Any) -> str:
    """Write a value for people, however large it is."""
    return cut(value.text if isinstance(value, Json) else repr(value))


def cut(text: str) -> str:
    """Shorten a text to the `SHOWN` characters that are shown of a value."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
