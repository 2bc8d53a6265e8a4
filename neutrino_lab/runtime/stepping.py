"""Awaitables taken by hand: the first step where one is, the rest once it turns out to wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterator
from typing import Any


class Rest:
    """The rest of an awaitable whose first step has been taken, and what that step waits for."""

    __slots__ = ("_steps", "_waits_for")

    def __init__(self, steps: Iterator[Any], waits_for: Any) -> None:
        self._steps = steps
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, Any]:
        steps, waits_for = self._steps, self._waits_for
        try:
            while True:
                try:
                    yield waits_for
                except BaseException as error:
                    # As `await` does: an awaitable that takes no exceptions is left alone.
                    throw = getattr(steps, "throw", None)
                    if throw is None:
                        raise
                    waits_for = throw(error)
                else:
                    waits_for = next(steps)
        except StopIteration as done:
            return done.value


class Attended:
    """An awaitable that calls `on_wait` if it does not come to its end at once."""

    __slots__ = ("_awaitable", "_on_wait")

    def __init__(self, awaitable: Awaitable[Any], on_wait: Callable[[], None]) -> None:
        self._awaitable = awaitable
        self._on_wait = on_wait

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._awaitable.__await__()
        try:
            waits_for = next(steps)
        except StopIteration as done:
            return done.value
        self._on_wait()
        return (yield from Rest(steps, waits_for).__await__())
