"""Takes one cell apart: its declarations, and the function that each of them declares."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from neutrino_lab.declare import route, typetext
from neutrino_lab.declare.declared import Declared, View
from neutrino_lab.declare.find_declarations import Text, find
from neutrino_lab.declare.parser import parse
from neutrino_lab.declare.tree import Token, Tree
from neutrino_lab.declare.typetext import SIMPLE, TypeText
from neutrino_lab.notebook.facts import Facts, Function
from neutrino_lab.notebook.model import Cell

_ANNOTATED = re.compile(
    r"^(?:type\s+)?(\w+)\s*(?::[^=\n]*)?=\s*(?:\w+\.)*Annotated\[", re.MULTILINE
)
_LAST_LINE = 1 << 60
MOST_DECLARATIONS = 200
MOST_VALUES = 500


def of(cell: Cell, facts: Facts) -> View:
    """Find what a cell declares. It must begin with a declaration; others may follow in it."""
    texts = find(cell, facts)
    lines = tuple(cell.code.split("\n"))
    source_lines = tuple(cell.source.split("\n"))
    known = [text for text in texts if text.form != "format" and text.kind]
    if not known or not known[0].leads:
        return View(cell, facts, texts, (), lines, source_lines)
    # A mistyped declaration is none, but what follows it is not for the one above.
    is_known = {id(text) for text in known}
    starts = sorted(t.span.line for t in texts if id(t) in is_known or t.form == "string")
    functions = _Functions(facts)
    bodies = _bodies(cell, facts)
    declared = []
    for text in known[: MOST_DECLARATIONS + 1]:
        at = bisect_right(starts, text.span.line)
        end = starts[at] if at < len(starts) else _LAST_LINE
        function = functions.between(text.span.end_line, end)
        has_body = len(bodies) > (text.span.line in bodies)
        is_alone = len(known) == 1
        found = _declared(facts, text, lines, function, is_alone=is_alone, has_body=has_body)
        declared += [found] if found else []
    return View(cell, facts, texts, tuple(declared), lines, source_lines)


def annotated_names(code: str) -> frozenset[str]:
    """List the names that a cell gives to `Annotated[...]` at its top level."""
    return frozenset(_ANNOTATED.findall(code)) if "Annotated[" in code else frozenset()


def _declared(  # noqa: PLR0913 - what a declaration is read from
    facts: Facts,
    text: Text,
    lines: tuple[str, ...],
    function: Function | None,
    *,
    is_alone: bool,
    has_body: bool,
) -> Declared | None:
    tree = parse(text.lines)
    kind = text.kind
    if tree is None or kind is None:
        return None
    path_parameters = route.parameters(tree.path)
    size = len(path_parameters) + len(tree.problems)
    size += sum(1 + len(entry.fields) for entry in tree.entries)
    is_excessive = size > MOST_VALUES
    return Declared(
        kind=kind,
        tree=tree,
        lines=lines,
        path_parameters=path_parameters,
        types=() if is_excessive else tuple(_types(tree)),
        function=function,
        is_broken=facts.error is not None,
        is_alone=is_alone,
        has_body=has_body,
        accepted=_accepted(function),
        reads=(facts.lazy or {}).get(function.name, frozenset()) if function else facts.eager,
        is_excessive=is_excessive,
        addresses=tuple((verb, path, route.shape(path)) for verb, path in kind.addresses(tree)),
    )


def _accepted(function: Function | None) -> frozenset[str] | None:
    parameters = function.parameters if function else ()
    if any(each.kind == "var-keyword" for each in parameters):
        return None
    return frozenset(each.name for each in parameters if each.kind != "var-positional")


def _types(tree: Tree) -> Iterator[tuple[Token, TypeText]]:
    for entry in tree.entries:
        for field in entry.fields:
            if field.type is not None and field.type.text not in SIMPLE:
                yield field.type, typetext.read(field.type.text)


class _Functions:
    """The public functions of a cell, in their order."""

    def __init__(self, facts: Facts) -> None:
        self._listed = [each for each in facts.functions if not each.name.startswith("_")]
        self._lines = [each.first_line for each in self._listed]

    def between(self, start: int, end: int) -> Function | None:
        at = bisect_left(self._lines, end) - 1
        return self._listed[at] if at >= 0 and self._lines[at] >= start else None


def function_between(facts: Facts, start: int, end: int = _LAST_LINE) -> Function | None:
    """Pick the last public function between two lines."""
    return _Functions(facts).between(start, end)


def _bodies(cell: Cell, facts: Facts) -> set[int]:
    """The lines where statements begin that a service runs."""
    return {first for first, _ in facts.statements} - {magic.line for magic in cell.magics}
