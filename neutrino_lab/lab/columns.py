"""Columns in UTF-16 units, as browsers and editors count them; Python counts characters.

The protocol has UTF-16 units alone, and nothing behind it has them: one becomes the other here.
"""

from __future__ import annotations

_LAST_OF_ONE_UNIT = "\uffff"


def units(line: str, column: int) -> int:
    """Turn a column in characters into one in UTF-16 units."""
    if line.isascii():
        return column
    return column + sum(each > _LAST_OF_ONE_UNIT for each in line[:column])


def characters(line: str, column: int) -> int:
    """Turn a column in UTF-16 units into one in characters, that of the character it is in."""
    if line.isascii():
        return column
    passed = 0
    for index, each in enumerate(line):
        passed += 1 + (each > _LAST_OF_ONE_UNIT)
        if passed > column:
            return index
    return len(line) + column - passed


def line_of(source: str, number: int) -> str:
    """Give a line of a cell, counted from 1; nothing where there is none."""
    return "".join(source.split("\n")[number - 1 : number]) if number > 0 else ""
