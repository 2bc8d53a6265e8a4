"""Reads a piece of a declaration as a Python expression; nothing is ever evaluated."""

from __future__ import annotations

import ast
import re
import warnings

# So that what walks the tree never runs out of stack.
_MOST_CHARACTERS = 1500
# Python warns of a bad escape and of a word that touches a number; to silence it takes time.
_MAY_WARN = re.compile(r"\\|\d[^\W\d]")


def parse(text: str) -> ast.expr | None:
    """Parse an expression quietly; None where it is none, or is too long to be one of ours."""
    if len(text) > _MOST_CHARACTERS:
        return None
    try:
        if not _MAY_WARN.search(text):
            return ast.parse(text.strip(), mode="eval").body
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
