"""Odd values made of ordinary ones, and many values made of few."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

from neutrino_lab.generate.task import Sample

_MOST_FIELDS = 20
_NUMBERS = (("not a number", math.nan), ("huge", 1e300), ("negative", -1.5), ("zero", 0.0))


def of(samples: Sequence[Sample]) -> Iterator[tuple[str, Sample]]:
    """Give values that streams do bring: nulls, missing fields, extremes, one that comes late."""
    if not samples:
        return
    newest = samples[-1]
    value = newest.value
    if isinstance(value, dict):
        for name in list(value)[:_MOST_FIELDS]:
            yield f"`{name}` is null", Sample({**value, name: None}, newest.at)
            without = {key: each for key, each in value.items() if key != name}
            yield f"`{name}` is missing", Sample(without, newest.at)
            if _is_number(value[name]):
                for about, number in _NUMBERS:
                    yield f"`{name}` is {about}", Sample({**value, name: number}, newest.at)
    elif _is_number(value):
        for about, number in _NUMBERS:
            yield about, Sample(number, newest.at)
    if value is not None:
        yield "null", Sample(None, newest.at)
    yield "out of order", Sample(samples[0].value, samples[0].at)


def many(samples: Sequence[Sample], count: int) -> Iterator[Sample]:
    """Give so many values, in the order of time, none like one before it."""
    step_s = 1.0
    if len(samples) > 1 and samples[-1].at > samples[0].at:
        step_s = (samples[-1].at - samples[0].at) / (len(samples) - 1)
    for number, each in zip(range(count), itertools.cycle(samples)):
        yield Sample(_changed(each.value, number), samples[0].at + number * step_s)


def made(types: Sequence[str]) -> tuple[Sample, ...]:
    """Make values for a source that has given none, of the types that are selected."""
    numbers = (26.01, 1.52, 85.87, 91.88, 96.04, 94.47, 99.41)
    by_type: dict[str, Sequence[Any]] = {
        "float": numbers,
        "int": [round(each) for each in numbers],
        "str": ["a", "b", "a", "", "c"],
        "bool": [True, False, True],
    }
    if len(types) != 1 or types[0] not in by_type:
        return ()
    return tuple(Sample(value, float(n)) for n, value in enumerate(by_type[types[0]]))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _changed(value: Any, number: int) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        return value * (1 + number * 1e-9) if value else number * 1e-9
    if isinstance(value, int):
        return value + number
    if isinstance(value, dict):
        return {name: _changed(each, number) for name, each in value.items()}
    return copy.deepcopy(value)
