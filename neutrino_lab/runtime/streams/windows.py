"""Windows: which values an operator gets together.

The state of a window is JSON: `values` are those that may still be needed, each with its time, so
that another kind of window can go on with what the one before has kept.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .sources.location import seconds

Kind: TypeAlias = Literal["count", "time", "session"]
State: TypeAlias = dict[str, Any]

MOST_VALUES = 100_000
"""So many values a window may hold; of more, the oldest are dropped and counted."""

MOST_STEPS = 10_000
"""In so many windows of sliding time one value may be."""

_COUNT = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Window:
    """`size` and `step` are counts, or seconds; a session ends when nothing came for `size`."""

    kind: Kind
    size: float
    step: float

    def add(self, state: State, value: Any, at: float) -> list[list[Any]]:
        """Take in a value, and give the windows that are complete now, oldest first.

        Times that run backwards count as the newest time before.
        """
        at = max(at, state.get("at", -math.inf))
        closed = self.pass_time(state, at)
        values: list[list[Any]] = state.setdefault("values", [])
        if self.kind == "time" and not values:
            state["end"] = self._first_end(at)
        state["at"] = at
        values.append([at, value])
        if len(values) > MOST_VALUES:
            del values[0]
            state["dropped"] = state.get("dropped", 0) + 1
        return self._count(state) if self.kind == "count" else closed

    def pass_time(self, state: State, at: float) -> list[list[Any]]:
        """Give the windows that are complete because time has gone on."""
        values = state.get("values")
        if not values or self.kind == "count":
            return []
        if self.kind == "time":
            return self._pass(state, at)
        if at - values[-1][0] < self.size:
            return []
        session = [value for _, value in values]
        values.clear()
        return [session]

    def due(self, state: State) -> float | None:
        """When time alone completes a window, in the seconds of `add`'s `at`; None where it never
        does."""
        values = state.get("values")
        if not values or self.kind == "count":
            return None
        if self.kind == "session":
            return float(values[-1][0] + self.size)
        return float(state.get("end", self._first_end(values[0][0])))

    def _count(self, state: State) -> list[list[Any]]:
        values = state["values"]
        size, step = int(self.size), int(self.step)
        until = min(state.get("until", max(size - len(values) + 1, 1)), max(size, step)) - 1
        del values[: max(len(values) - size, 0)]
        if until > 0:
            state["until"] = until
            return []
        state["until"] = step
        closed = [[value for _, value in values]]
        if step >= size:
            values.clear()
        return closed

    def _pass(self, state: State, at: float) -> list[list[Any]]:
        values = state["values"]
        end = state.get("end", self._first_end(values[0][0]))
        closed = []
        while values and end <= at:
            inside = [value for time, value in values if end - self.size <= time < end]
            if inside:
                closed.append(inside)
            end = round((round(end / self.step) + 1) * self.step, 6)
            values[:] = [each for each in values if each[0] >= end - self.size]
            if values:
                # Where nothing came for long, there are no windows in between.
                end = max(end, self._first_end(values[0][0]))
        state["end"] = end
        return closed

    def _first_end(self, at: float) -> float:
        """The end of the first window that may hold a time: a multiple of the step."""
        return round((math.floor(at / self.step + 1e-9) + 1) * self.step, 6)


def parse(text: str) -> Window:
    """Read `5`, `5 every 1`, `10s`, `10s every 2s` or `session 30s`. Raises ValueError."""
    words = text.split()
    if len(words) == 2 and words[0] == "session":
        gap_s = seconds(words[1])
        return Window("session", gap_s, gap_s)
    if len(words) not in (1, 3) or (len(words) == 3 and words[1] != "every"):
        raise ValueError(
            f"`{text}` is no window; write such as `5`, `10s`, `10s every 2s`, `session 30s`"
        )
    kinds = {bool(_COUNT.fullmatch(word)) for word in words[::2]}
    if len(kinds) == 2:
        raise ValueError(f"`{text}` mixes a count and a duration")
    if kinds == {True}:
        size, step = float(words[0]), float(words[-1])
        if not 1 <= size <= MOST_VALUES or not 1 <= step <= MOST_VALUES:
            raise ValueError(f"`{text}` is not from 1 to {MOST_VALUES} values")
        return Window("count", size, step)
    size_s, step_s = seconds(words[0]), seconds(words[-1])
    if size_s / step_s > MOST_STEPS:
        raise ValueError(f"`{text}` is more than {MOST_STEPS} windows at once")
    return Window("time", size_s, step_s)
