"""Stretches of one source line, and how to look into them: quotes, brackets, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from neutrino_lab.declare.tree import QUOTED, Token
from neutrino_lab.notebook.model import Span

OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = {closing: opening for opening, closing in OPENING.items()}

_QUOTES = ("'", '"')
_NESTED = re.compile(r"""["'()\[\]{}]""")
_MARK = re.compile(rf"""{QUOTED.pattern}|[()\[\]{{}},:=]|(?<![\w'"])["']""")
_COMMENT = re.compile(r"(?:^|(?<=\s))#")


class Line(NamedTuple):
    """Text and where its first character stands in the cell."""

    text: str
    line: int
    column: int

    def cut(self, start: int, end: int | None = None) -> Line:
        """Give the part from `start` to before `end`, offsets in this text, with its place in the
        line."""
        return Line(self.text[start:end], self.line, self.column + start)

    def strip(self) -> Line:
        """Leave out the white space around it."""
        text = self.text.strip()
        if len(text) == len(self.text):
            return self
        return Line(text, self.line, self.column + len(self.text) - len(self.text.lstrip()))

    def token(self) -> Token:
        """Give the whole text as one token with its place."""
        end = self.column + len(self.text)
        return Token(self.text, Span(self.line, self.column, self.line, end))

    @property
    def indent(self) -> int:
        """The columns of white space before it, a tab up to the next multiple of 8."""
        expanded = self.text.expandtabs(8)
        return len(expanded) - len(expanded.lstrip())


def without_comment(line: Line) -> Line:
    """Cut off `# …` that follows white space outside quotes, and the space before it."""
    text = line.text
    if "#" in text:
        quoted = [match.span() for match in QUOTED.finditer(text)]
        for match in _COMMENT.finditer(text):
            at = match.start()
            if not any(start < at < end for start, end in quoted):
                text = text[:at]
                break
    return Line(text.rstrip(), line.line, line.column)


def marks(text: str) -> Iterator[tuple[int, str]]:
    """Walk the characters outside quotes that structure fields: brackets and `, : =`.

    A quote that never closes is given as well, and ends the walk.
    """
    for found in _MARK.finditer(text):
        mark = found[0]
        if len(mark) > 1:
            continue
        yield found.start(), mark
        if mark in _QUOTES:
            return


def find_top_level(text: str, wanted: str) -> int:
    """Find the first of the characters outside quotes and brackets, -1 where there is none."""
    if not _NESTED.search(text):
        return min((at for at in map(text.find, wanted) if at >= 0), default=-1)
    depth = 0
    for at, mark in marks(text):
        if mark in OPENING:
            depth += 1
        elif mark in CLOSING:
            depth -= 1
        elif depth == 0 and mark in wanted:
            return at
    return -1
