"""Takes one cell apart: its declarations, and the function that each of them declares."""

from __future__ import annotations

import re
from collections.abc import Iterator

from neutrino_lab.declare import route, typetext
from neutrino_lab.declare.declared import Declared, View
from neutrino_lab.declare.find_declarations import Text, find
from neutrino_lab.declare.grammar import kind_of
from neutrino_lab.declare.parser import parse
from neutrino_lab.declare.tree import Token, Tree
from neutrino_lab.declare.typetext import SIMPLE, TypeText
from neutrino_lab.notebook.facts import Facts, Function
from neutrino_lab.notebook.model import Cell

_ANNOTATED = re.compile(
    r"^(?:type\s+)?(\w+)\s*(?::[^=\n]*)?=\s*(?:\w+\.)*Annotated\[", re.MULTILINE
)
_LAST_LINE = 1 << 60


def of(cell: Cell, facts: Facts) -> View:
    """Find what a cell declares. It must begin with a declaration; others may follow in it."""
    texts = find(cell, facts)
    known = [text for text in texts if text.form != "format" and kind_of(text.word.text[1:])]
    if not known or not known[0].leads:
        return View(cell, facts, texts, ())
    # A mistyped declaration is none, but what follows it is not for the one above.
    starts = [text.span.line for text in texts if text in known or text.form == "string"]
    declared = [
        _declared(
            cell,
            facts,
            text,
            min((start for start in starts if start > text.span.line), default=_LAST_LINE),
            is_alone=len(known) == 1,
        )
        for text in known
    ]
    return View(cell, facts, texts, tuple(each for each in declared if each))


def annotated_names(code: str) -> frozenset[str]:
    """List the names that a cell gives to `Annotated[...]` at its top level."""
    return frozenset(_ANNOTATED.findall(code)) if "Annotated[" in code else frozenset()


def _declared(cell: Cell, facts: Facts, text: Text, end: int, *, is_alone: bool) -> Declared | None:
    tree = parse(text.lines)
    kind = kind_of(text.word.text[1:])
    if tree is None or kind is None:
        return None
    return Declared(
        kind=kind,
        tree=tree,
        code=cell.code,
        path_parameters=route.parameters(tree.path),
        types=tuple(_types(tree)),
        function=function_between(facts, text.span.end_line, end),
        is_broken=facts.error is not None,
        is_alone=is_alone,
        has_body=_has_body(cell, facts, text),
    )


def _types(tree: Tree) -> Iterator[tuple[Token, TypeText]]:
    for entry in tree.entries:
        for field in entry.fields:
            if field.type is not None and field.type.text not in SIMPLE:
                yield field.type, typetext.read(field.type.text)


def function_between(facts: Facts, start: int, end: int = _LAST_LINE) -> Function | None:
    """Pick the last public function between two lines."""
    found = None
    for function in facts.functions:
        if start <= function.first_line < end and not function.name.startswith("_"):
            found = function
    return found


def _has_body(cell: Cell, facts: Facts, text: Text) -> bool:
    idle = {magic.line for magic in cell.magics} | {text.span.line}
    return any(first not in idle for first, _ in facts.statements)
