"""Awaitables taken by hand: the first step where they are made, the rest if they turn out to wait.

A step that needs no waiting costs no task and no turn of the event loop.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from types import CoroutineType
from typing import Any


def first(awaitable: Awaitable[Any]) -> tuple[Any, Any]:
    """Take the first step; give what is left to step through and what it waits for.

    Raises StopIteration, which holds the result, where that is all.
    """
    if type(awaitable) is CoroutineType:
        return awaitable, awaitable.send(None)
    steps = awaitable.__await__()
    return steps, next(steps)


class Rest:
    """The rest of an awaitable whose first step has been taken."""

    __slots__ = ("_steps", "_waits_for")

    def __init__(self, steps: Any, waits_for: Any) -> None:
        self._steps = steps
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, Any]:
        steps, waits_for = self._steps, self._waits_for
        is_plain = not hasattr(steps, "throw")
        try:
            while True:
                try:
                    yield waits_for
                except BaseException as error:
                    # As `await` does: an iterator that takes no exceptions is left alone.
                    if is_plain:
                        raise
                    waits_for = steps.throw(error)
                else:
                    waits_for = next(steps) if is_plain else steps.send(None)
        except StopIteration as done:
            return done.value
