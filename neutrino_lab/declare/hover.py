"""What a piece of a declaration means, in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from neutrino_lab.declare import completions, draft, route
from neutrino_lab.declare.draft import Draft
from neutrino_lab.declare.kind import Key, Kind
from neutrino_lab.declare.tree import FieldTree, Token, Tree
from neutrino_lab.declare.typetext import ABOUT
from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.model import Cell, Span
from neutrino_lab.runtime.arguments import parameter_name

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What stands at `span`, and what it means."""

    span: Span
    text: str


def at(cell: Cell, facts: Facts, line: int, column: int) -> Meaning | None:
    """Explain what stands at a place, None where it is nothing of a declaration."""
    found = draft.find(cell, facts, line, column)
    tree = found.tree() if found else None
    kind = found.text.kind if found else None
    if found is None or tree is None or kind is None:
        return None
    for each in _meanings(found, tree, kind):
        if each.span.line == line and each.span.column <= column < each.span.end_column:
            return each
    return None


def _meanings(found: Draft, tree: Tree, kind: Kind[Any]) -> Iterator[Meaning]:
    yield Meaning(tree.kind.span, completions.shown_kind(kind))
    if tree.verb and tree.verb.text in kind.verbs:
        verb = tree.verb.text
        yield Meaning(tree.verb.span, f"**{verb}** {kind.verbs[verb]}")
    for parameter in route.parameters(tree.path):
        name = parameter.name.text
        converter = route.MEANINGS.get(parameter.converter, "")
        text = f"**{{{name}}}** A value from the path{converter}.{_argument(found, name)}"
        yield Meaning(parameter.name.span, text)
    if tree.path:
        text = f"**{tree.path.text}** The path that is served, as it is written here."
        yield Meaning(tree.path.span, text)
    for entry in tree.entries:
        key = kind.key(entry.name)
        if key is None:
            continue
        about = f"**{key.name}** {completions.shown(key)}"
        yield Meaning(entry.key.span, about)
        if entry.scalar:
            yield Meaning(entry.scalar.span, about)
        for field in entry.fields:
            yield from _field(found, key, field)


def _field(found: Draft, key: Key, field: FieldTree) -> Iterator[Meaning]:
    name = field.name.text
    type_ = f" `{field.type.text}`" if field.type else ""
    if field.default:
        need = f" `{field.default.text}` where it is left out."
    else:
        need = " May be left out." if field.mark else " Required."
    text = f"**{name}**{type_} {key.each}{need}"
    target = parameter_name(key.place, name) if key.place else name
    yield Meaning(field.name.span, text + _argument(found, target))
    if field.type:
        yield from _type(field.type)


def _type(token: Token) -> Iterator[Meaning]:
    for word in _WORD.finditer(token.text):
        about = ABOUT.get(word[0], "A type of this notebook.")
        yield Meaning(token.span.part(*word.span()), f"**{word[0]}** {about}")


def _argument(found: Draft, name: str) -> str:
    """Say which argument of the function gets it."""
    function = found.function
    for each in function.parameters if function else ():
        if function and each.name == name:
            annotation = f": {each.annotation}" if each.annotation else ""
            default = f" = {each.default}" if each.default else ""
            return f"\n\nThe argument `{name}{annotation}{default}` of `{function.name}`."
    return ""
