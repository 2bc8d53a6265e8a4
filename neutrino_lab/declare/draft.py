"""A declaration while it is being written: found also where its cell is no Python yet."""

from __future__ import annotations

import re
from dataclasses import dataclass

from neutrino_lab.declare import find_declarations, view
from neutrino_lab.declare.find_declarations import Text
from neutrino_lab.declare.lines import Line
from neutrino_lab.declare.parser import parse
from neutrino_lab.declare.tree import Tree
from neutrino_lab.notebook.facts import Facts, Function, extract
from neutrino_lab.notebook.model import Cell

_HEADER = re.compile(
    r"^(?:async\s+)?def\s+[^\W_]\w*(?!\w).{0,5000}?:[ \t]*(?:#[^\n]*)?$", re.M | re.S
)
_NEXT_TEXT = re.compile(r"""^(?:#[ \t]*|[rRuU]?['"]+\s*)@\w""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Draft:
    """The text around a place, the function below it, and the place in the text: the line of that
    number (from 0), so many characters into it."""

    text: Text
    function: Function | None
    row: int
    column: int

    @property
    def line(self) -> Line:
        """The line of the declaration that the cursor is in."""
        return self.text.lines[self.row]

    def tree(self, mark: str = "") -> Tree | None:
        """Read the text, with a mark put at the place."""
        lines = list(self.text.lines)
        here = self.line
        marked = here.text[: self.column] + mark + here.text[self.column :]
        lines[self.row] = here._replace(text=marked)
        return parse(lines)


def find(cell: Cell, facts: Facts, line: int, column: int) -> Draft | None:
    """Find the declaration around a place of a cell, None where there is none."""
    text = find_declarations.at(cell, facts, line, column)
    if text is None or not (text.leads or _follows_one(cell, facts, text)):
        return None
    for row, each in enumerate(text.lines):
        at = column - each.column
        if each.line == line and 0 <= at <= len(each.text):
            return Draft(text, _function(cell, facts, text, line), row, at)
    return None


def _follows_one(cell: Cell, facts: Facts, text: Text) -> bool:
    """Tell whether another declaration of the cell stands before it."""
    return any(
        each.leads and each.form != "format" and each.kind is not None
        for each in find_declarations.find(cell, facts)
        if each.span.line < text.span.line
    )


def _function(cell: Cell, facts: Facts, text: Text, line: int) -> Function | None:
    """Find the function that is declared; where the cell does not parse, by its header alone."""
    if facts.error is None:
        after = [
            each.span.line
            for each in find_declarations.find(cell, facts)
            if each.span.line > text.span.line and each.form == "string"
        ]
        return view.function_between(facts, text.span.end_line, *after[:1])
    rest = "\n".join(cell.code.split("\n")[line:])
    following = _NEXT_TEXT.search(rest)
    headers = _HEADER.findall(rest[: following.start()] if following else rest)
    for header in reversed(headers):
        found = extract(f"{header.rstrip()}\n    ...").functions
        if found:
            return found[-1]
    return None
