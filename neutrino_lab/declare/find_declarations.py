"""Finds the declarations in a cell: lone strings and comment blocks whose first word is `@WORD`."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

from neutrino_lab.declare.grammar import kind_of
from neutrino_lab.declare.kind import Kind
from neutrino_lab.declare.lines import Line
from neutrino_lab.declare.tree import Token
from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.model import Cell, Span

Form: TypeAlias = Literal["string", "comment", "format"]

_QUOTES = "'''|\"\"\"|'|\""
_MAYBE = re.compile(rf"^(?:#[ \t]*|[A-Za-z]{{0,2}}(?:{_QUOTES})(?:\s|\\\n|\\n)*)@\w", re.MULTILINE)
_LEXEME = re.compile(rf"(?P<comment>#[^\n]*)|(?P<prefix>\b[A-Za-z]{{1,2}})?(?P<quote>{_QUOTES})")
_ENDS = {
    quote: re.compile(rf"\\.|{quote}" + ("" if len(quote) == 3 else "|\n"), re.DOTALL)
    for quote in ("'''", '"""', "'", '"')
}
_WORD = re.compile(r"(?:\s|\\\n|\\n)*(@[^\s\\]+)")
_RAW_WORD = re.compile(r"\s*(@\S+)")
_COMMENT_LINE = re.compile(r"^#[ \t]*(@\S+)", re.MULTILINE)
_PART_WORD = re.compile(r"(?:\s|\\\n|\\n)*(@[^\s\\]*)")
_PART_COMMENT = re.compile(r"#[ \t]*(@\S*)")
_BREAK = re.compile(r"\n")
_ESCAPED_BREAK = re.compile(r"\n|\\n")


@dataclass(frozen=True, slots=True)
class Text:
    """Text that may be a declaration. `leads`: no statement of the cell stands before it."""

    form: Form
    word: Token
    lines: tuple[Line, ...]
    span: Span
    leads: bool

    @property
    def kind(self) -> Kind[Any] | None:
        """The kind that its word names, None where there is no such kind."""
        return kind_of(self.word.text[1:])


def find(cell: Cell, facts: Facts) -> tuple[Text, ...]:
    """Find what begins with `@WORD` at the top level of a cell, in broken Python as well."""
    if "@" not in cell.code or not _MAYBE.search(cell.code):
        return ()
    return tuple(_Finder(cell, facts).texts())


def at(cell: Cell, facts: Facts, line: int, column: int) -> Text | None:
    """Find the text around a place that declares something, or is about to.

    It may still lack its end, as one that is being written does, and its word may be only `@`.
    """
    return _Finder(cell, facts).around(line, column) if "@" in cell.code else None


class _Finder:
    def __init__(self, cell: Cell, facts: Facts) -> None:
        self._code = cell.code
        self._facts = facts
        self._starts = [0, *(found.end() for found in _BREAK.finditer(cell.code))]
        self._magics = {magic.line for magic in cell.magics}
        self._statements = [each for each in facts.statements if each[0] not in self._magics]

    def texts(self) -> Iterator[Text]:
        return self._parsed() if self._facts.error is None else self._scanned()

    def around(self, line: int, column: int) -> Text | None:
        """Find the text around a place."""
        if not 1 <= line <= len(self._starts):
            return None
        place = min(self._starts[line - 1] + column, self._line_end(line - 1))
        for found, row, end, is_closed in self._lexemes():
            if found.start() >= place:
                return None
            is_top = found.start() == self._starts[row]
            if found["comment"]:
                if place <= end:
                    return self._comment_around(row) if is_top else None
                continue
            if place < found.end():
                return None
            inner_end = end - len(found["quote"]) if is_closed else end
            if place <= inner_end:
                ends = not is_closed or self._ends_line(end, row)
                is_text = is_top and ends and not _is_format(found)
                return self._string(found, row, inner_end, end, _PART_WORD) if is_text else None
        return None

    def _lexemes(self) -> Iterator[tuple[re.Match[str], int, int, bool]]:
        """Walk the comments and strings: how each begins, in which line (from 0), where it ends,
        and whether anything closes it. What nothing closes ends with its line or with the cell."""
        row = at = 0
        while found := _LEXEME.search(self._code, at):
            row = self._line_of(found.start(), row)
            quote = found["quote"]
            end = self._end_of(quote, found.end()) if quote else found.end()
            at = end or (len(self._code) if len(quote) == 3 else self._line_end(row))
            yield found, row, at, end is not None

    def _comment_around(self, line: int) -> Text | None:
        """Find the comment that declares, which a line is part of."""
        for first in range(line, -1, -1):
            start = self._starts[first]
            if _PART_COMMENT.match(self._code, start):
                return self._comment(first)
            if self._code[start : start + 1] != "#":
                break
        return None

    def _parsed(self) -> Iterator[Text]:
        """Take the strings that Python knows, and the comments between its statements."""
        found: list[tuple[int, re.Match[str]]] = []
        texts = {span.line for span in self._facts.texts if span.column == 0}
        for line in texts | {first for first, _ in self._statements[:1]}:
            opening = _LEXEME.match(self._code, self._starts[line - 1])
            if opening and (line in texts or _is_format(opening)):
                found.append((line, opening))
        for comment in _COMMENT_LINE.finditer(self._code) if "#" in self._code else ():
            line = self._line_of(comment.start(), 0) + 1
            if not self._is_within(line):
                found.append((line, comment))
        for line, each in sorted(found, key=lambda pair: pair[0]):
            if each[0][0] == "#":
                yield self._comment(line - 1)
                continue
            end = self._end_of(each["quote"], each.end())
            inner_end = end - len(each["quote"]) if end else 0
            text = self._string(each, line - 1, inner_end, end) if end else None
            if text:
                yield text

    def _scanned(self) -> Iterator[Text]:
        """Look for strings and comments that begin a line of code that is no Python."""
        for found, row, end, is_closed in self._lexemes():
            if found.start() != self._starts[row]:
                continue
            if found["comment"]:
                if _COMMENT_LINE.match(self._code, found.start()):
                    yield self._comment(row)
            elif is_closed and self._ends_line(end, row):
                text = self._string(found, row, end - len(found["quote"]), end)
                if text:
                    yield text

    def _line_of(self, offset: int, line: int) -> int:
        """Find the line that holds a place and is not before `line`."""
        return max(line, bisect_right(self._starts, offset, line) - 1)

    def _is_within(self, line: int) -> bool:
        """Tell a line that a statement, begun above it, goes on in."""
        statements = self._facts.statements
        at = bisect_left(statements, (line, 0)) - 1
        return at >= 0 and line <= statements[at][1]

    def _line_end(self, line: int) -> int:
        return self._starts[line + 1] - 1 if line + 1 < len(self._starts) else len(self._code)

    def _end_of(self, quote: str, at: int) -> int | None:
        """Find where a literal ends, its quotes included; None where it does not."""
        for found in _ENDS[quote].finditer(self._code, at):
            if found[0] == quote:
                return found.end()
            if found[0] == "\n":
                return None
        return None

    def _string(
        self,
        found: re.Match[str],
        line: int,
        inner_end: int,
        end: int,
        pattern: re.Pattern[str] | None = None,
    ) -> Text | None:
        start = found.end()
        prefix = (found["prefix"] or "").lower()
        pattern = pattern or (_RAW_WORD if prefix == "r" else _WORD)
        word = pattern.match(self._code, start, inner_end)
        if not word:
            return None
        escaped = len(found["quote"]) == 1 and prefix != "r"
        lines = tuple(self._lines(start, inner_end, line, escaped=escaped, raw=prefix == "r"))
        form: Form = "format" if _is_format(found) else "string"
        last = self._line_of(end, line)
        span = Span(line + 1, 0, last + 1, end - self._starts[last])
        return Text(form, self._token(*word.span(1)), lines, span, self._leads(line + 1))

    def _ends_line(self, end: int, line: int) -> bool:
        """Tell a string that is a statement of its own from one that code follows."""
        return not self._code[end : self._line_end(self._line_of(end, line))].strip(" \t;")

    def _lines(
        self, start: int, end: int, line: int, *, escaped: bool, raw: bool
    ) -> Iterator[Line]:
        """Split the inside of a literal; `\\n` breaks a line where it cannot be broken else."""
        pattern = _ESCAPED_BREAK if escaped else _BREAK
        for found in (*pattern.finditer(self._code, start, end), None):
            text = self._code[start : found.start() if found else end]
            if not raw and text.endswith("\\"):
                text = text[:-1]
            line = self._line_of(start, line)
            yield Line(text, line + 1, start - self._starts[line])
            start = found.end() if found else end

    def _comment(self, line: int) -> Text:
        first = line
        rows = []
        while line < len(self._starts):
            text = self._code[self._starts[line] : self._line_end(line)]
            if text[:1] != "#" or (line > first and _COMMENT_LINE.match(text)):
                break
            rows.append(Line(text[1:], line + 1, 1))
            line += 1
        word = _PART_COMMENT.match(self._code, self._starts[first])
        assert word is not None
        last = rows[-1]
        span = Span(first + 1, 0, last.line, 1 + len(last.text))
        return Text(
            "comment", self._token(*word.span(1)), tuple(rows), span, self._leads(first + 1)
        )

    def _token(self, start: int, end: int) -> Token:
        line = self._line_of(start, 0)
        column = start - self._starts[line]
        span = Span(line + 1, column, line + 1, column + end - start)
        return Token(self._code[start:end], span)

    def _leads(self, line: int) -> bool:
        if self._facts.error is None:
            return not self._statements or line <= self._statements[0][0]
        return line <= self._first_said

    @cached_property
    def _first_said(self) -> int:
        """The first line that is neither empty, a comment nor a magic."""
        for number, text in enumerate(self._code.split("\n"), start=1):
            if text.strip() and text.lstrip()[0] != "#" and number not in self._magics:
                return number
        return len(self._starts) + 1


def _is_format(found: re.Match[str]) -> bool:
    """Tell f-strings and bytes from plain strings."""
    return (found["prefix"] or "").lower() not in ("", "r", "u")
