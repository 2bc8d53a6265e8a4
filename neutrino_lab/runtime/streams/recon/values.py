"""The values of Recon, the notation of SwimOS, and what it is made of.

Numbers, text, booleans, bytes and None stand for themselves. Everything else is a `Record`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, Union

Value: TypeAlias = Union[bool, int, float, str, bytes, "Record", None]
Item: TypeAlias = Union["Slot", Value]

START = (
    r"A-Za-z_\u00b7\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u037d"
    r"\u037f-\u1fff\u200c-\u200d\u203f-\u2040\u2070-\u218f\u2c00-\u2fef"
    r"\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
IDENT = rf"[{START}][{START}0-9-]*"
# Python converts no longer numbers in one step.
DIGITS = 4_000
SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

WORDS: Mapping[str, Value] = {
    "true": True,
    "false": False,
    "NaN": math.nan,
    "Infinity": math.inf,
}


class ReconError(ValueError):
    """Text that is no Recon; `at` is where, counted in characters from 0."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(f"{reason} at character {at}")
        self.at = at


@dataclass(frozen=True, slots=True)
class Attr:
    """`@name(value)`, in front of a record."""

    name: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Slot:
    """`key: value` in a record. A key may be any value, and is mostly text."""

    key: Value
    value: Value = None


@dataclass(frozen=True, slots=True)
class Record:
    """Attributes, then slots and values in their order."""

    attrs: tuple[Attr, ...] = ()
    items: tuple[Item, ...] = ()
