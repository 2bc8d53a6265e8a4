"""What is remembered of texts and of cells, so that a cell that stays as it is costs nothing when
it is asked about again, and how much of it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

# A text that is longer is data: it would be kept for long, and is seldom met again.
MOST_CHARACTERS = 20_000
_MOST_TEXTS = 16_384

Subject = TypeVar("Subject")
Rest = ParamSpec("Rest")
Result = TypeVar("Result")


def remembered(
    function: Callable[Concatenate[str, Rest], Result],
) -> Callable[Concatenate[str, Rest], Result]:
    """Remember what a function of a text gives, for the texts that were asked about last.

    The result must be immutable, and depend on the text and the other arguments alone.
    """
    known = lru_cache(maxsize=_MOST_TEXTS)(function)

    @wraps(function)
    def of_text(text: str, /, *rest: Rest.args, **named: Rest.kwargs) -> Result:
        asked = known if len(text) <= MOST_CHARACTERS else function
        return asked(text, *rest, **named)  # type: ignore[arg-type] # hashable, as it is said above

    return of_text


def remembered_of_same(
    function: Callable[Concatenate[Subject, Rest], Result],
) -> Callable[Concatenate[Subject, Rest], Result]:
    """Remember what a function gives for the same object, and not for an equal one: to compare two
    cells or endpoints takes as long as most of what is asked about them.

    The object must be immutable, and the result depend on it and the other arguments alone, the
    last of which are remembered with it.
    """
    # What is kept keeps its object, too, so that no other one can get its id.
    known: dict[int, tuple[Subject, tuple[object, ...], dict[str, object], Result]] = {}

    @wraps(function)
    def of_same(subject: Subject, /, *rest: Rest.args, **named: Rest.kwargs) -> Result:
        found = known.get(id(subject))
        if found is not None and found[1] == rest and found[2] == named:
            return found[3]
        result = function(subject, *rest, **named)
        if len(known) >= _MOST_TEXTS:
            known.clear()
        known[id(subject)] = subject, rest, named, result
        return result

    return of_same


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold the garbage collector back where nothing is cyclic and nearly everything is kept.

    It was measured to take a seventh of compiling 10,000 cells, four fifths of doing it again, and
    half of building them again.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
