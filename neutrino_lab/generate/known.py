"""Words that mean a built-in operator and nothing else: these need no model and no network."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import Any

from neutrino_lab.generate.task import Shape
from neutrino_lab.runtime.streams import operators

MAPS = ("multiply",)
FILTERS = ("above", "below")
ACCUMULATES = tuple(
    name for name in operators.BUILTINS if name not in (*MAPS, *FILTERS, "merge", "latest")
)
BY_SHAPE: Mapping[Shape, tuple[str, ...]] = {
    "map": MAPS,
    "filter": FILTERS,
    "accumulate": ACCUMULATES,
}

# What may stand beside the name of a built-in without changing what is meant.
_FILLERS = frozenset(
    """a accumulate alert an and any apply are as at by calculate compute each flag for from give
    goes if in is it its keep last me of on only price prices show size stock stream that the
    their them then to using value values when where which window with""".split()  # noqa: SIM905
)
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")


def match(
    words: str, params: Mapping[str, Any], among: Collection[str]
) -> tuple[str, dict[str, Any]] | None:
    """Find the one built-in that words mean, with its params; None where they say more than that.

    Raises ValueError where what it goes by is missing, or is no such number.
    """
    op = operators.named(words)
    if op not in among:
        meant = [each for each in among if _says_no_more(words, each)]
        op = meant[0] if len(meant) == 1 else ""
    if not op:
        return None
    expected = operators.BUILTINS[op].params
    numbers = _NUMBER.findall(words)
    if len(params) > len(expected) or (not params and len(numbers) > len(expected)):
        return None
    if len(expected) == 1:
        # Whatever people call the only one: `exchange_rate`, `limit`.
        [name] = expected
        if given := [*params.values(), *numbers]:
            return op, {name: _as(expected[name], given[0])}
        if op not in ACCUMULATES:
            raise ValueError(f"`{name}` is missing: what {words!r} goes by")
    return op, {}


def shape_of(op: str) -> Shape:
    """Tell which kind of function a built-in stands for."""
    if op in MAPS:
        return "map"
    return "filter" if op in FILTERS else "accumulate"


def _as(default: float, given: Any) -> float:
    """Read a param as a number of the kind that its default is. Raises ValueError."""
    try:
        value = float(given)
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"`{given}` is no number")
    if isinstance(default, int) and not value.is_integer():
        raise ValueError(f"`{given}` is no whole number")
    return type(default)(value)


def _says_no_more(words: str, op: str) -> bool:
    """Whether words name an operator, and nothing is left of them but numbers and fillers."""
    text = f" {' '.join(re.sub(r'[^a-z0-9.-]+', ' ', words.lower()).split())} "
    left = text
    for name in sorted((op, *operators.BUILTINS[op].words), key=len, reverse=True):
        left = left.replace(f" {name} ", " ")
    rest = (each.strip(".") for each in left.split())
    return left != text and all(each in _FILLERS or _NUMBER.fullmatch(each) for each in rest)
