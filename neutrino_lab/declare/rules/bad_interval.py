'''An interval is not a number and a unit.

Why: how long to wait cannot be told.

Example:
    """
    @SCHEDULE
    interval: 10x
    """
    def tick():
        print("tick")

Fix: write a whole number and `s`, `m`, `h` or `d`, as in `10s`, `5m`, `2h`, `1d`.
'''

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.tree import Token
from neutrino_lab.declare.values import read_interval
from neutrino_lab.notebook.wording import say

CODE: Final = "NL504"
SEVERITY: Final = "error"
KINDS: Final = ("SCHEDULE",)

_SPELT = re.compile(
    r"(?:every\s+)?(\d+)\s*(s|m|h|d)(?:ec|econd|in|inute|r|our|ay)s?", re.I | re.ASCII
)
_NUMBER = re.compile(r"\d+", re.ASCII)
_FORM = re.compile(r"\d+\s*[smhd]", re.I | re.ASCII)
_ZERO = re.compile(r"0+(\.0*)?\s*[a-z]*", re.I)


def check(declared: Declared) -> Iterator[Finding]:
    for key, scalar in declared.scalars():
        if key.form == "interval" and read_interval(scalar.text) is None:
            yield _finding(scalar)


def _finding(scalar: Token) -> Finding:
    text = scalar.text
    if _ZERO.fullmatch(text):
        return Finding(
            say("an interval of `{text}` is no interval", text=text),
            say("the shortest is `1s`"),
            scalar.span,
        )
    if _FORM.fullmatch(text):
        return Finding(
            say("`{text}` is longer than a schedule can wait", text=text),
            say("shorten it"),
            scalar.span,
        )
    spelt = _SPELT.fullmatch(text)
    meant = f"{spelt[1]}{spelt[2].lower()}" if spelt else ""
    if meant:
        hint = say("did you mean `{meant}`?", meant=meant)
    elif _NUMBER.fullmatch(text):
        hint = say("add the unit, as in `{text}s`", text=text)
    else:
        hint = say("write a whole number and `s`, `m`, `h` or `d`, as in `10s`")
    return Finding(
        say("`{text}` is not an interval", text=text),
        hint,
        scalar.span,
        edits.replace(scalar.span, meant),
    )
