"""What the tests of facts read off a cell."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())
