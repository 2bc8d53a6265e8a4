"""Positions in a cell's text: Python counts UTF-8 bytes, everybody else counts characters."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from itertools import accumulate
from typing import TypeAlias

from neutrino_lab.notebook.model import Span

Positioned: TypeAlias = (
    ast.stmt | ast.expr | ast.arg | ast.alias | ast.excepthandler | ast.keyword | ast.pattern
)

_WORD = re.compile(r"\w+")


class Lines:
    """The lines of a text as Python counts them."""

    def __init__(self, text: str) -> None:
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._lines = text.split("\n")
        self._ascii = text.isascii()
        # Where the characters of a line begin, for those lines that were asked about.
        self._starts: dict[int, list[int]] = {}

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    def span(self, node: Positioned) -> Span:
        """Give the place of a node, from its first character to behind its last."""
        end_line = node.end_lineno or node.lineno
        end = node.col_offset if node.end_col_offset is None else node.end_col_offset
        return Span(
            node.lineno,
            self.column(node.lineno, node.col_offset),
            end_line,
            self.column(end_line, end),
        )

    def word(self, node: Positioned) -> Span:
        """Give the place of the word that a node begins with; of length 0 where it does not."""
        line, column = node.lineno, self.column(node.lineno, node.col_offset)
        match = _WORD.match(self._lines[line - 1], column)
        return Span(line, column, line, match.end() if match else column)

    def name(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Span:
        """Give the place of a function's name, which the tree does not tell."""
        line, column = node.lineno, self.column(node.lineno, node.col_offset)
        passed = False
        while line <= len(self._lines):
            for match in _WORD.finditer(self._lines[line - 1], column):
                if passed:
                    return Span(line, match.start(), line, match.end())
                passed = match[0] == "def"
            line, column = line + 1, 0  # `def \` may go on in the next line
        return self.word(node)

    def text(self, node: Positioned) -> str:
        """Give what the user wrote for a node."""
        span = self.span(node)
        lines = self._lines[span.line - 1 : span.end_line]
        lines[-1] = lines[-1][: span.end_column]
        lines[0] = lines[0][span.column :]
        return "\n".join(lines)

    def column(self, line: int, offset: int) -> int:
        """Turn an offset in UTF-8 bytes into a column in characters, both from 0; `line` is from
        1."""
        if self._ascii:
            return offset
        if line not in self._starts:
            sizes = (len(each.encode("utf-8", "surrogatepass")) for each in self._lines[line - 1])
            self._starts[line] = [0, *accumulate(sizes)]
        # Within a character, the one that it is in.
        return bisect_right(self._starts[line], offset) - 1

    def clamped(self, line: int, column: int, end_line: int, end_column: int) -> Span:
        """Give the nearest place that lies inside the text."""
        line = min(max(line, 1), len(self._lines))
        column = min(max(column, 0), len(self._lines[line - 1]))
        end_line = min(max(end_line, line), len(self._lines))
        end_column = min(max(end_column, 0), len(self._lines[end_line - 1]))
        if end_line == line:
            end_column = max(end_column, column)
        return Span(line, column, end_line, end_column)
