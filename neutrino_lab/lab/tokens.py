"""The declarations of a cell as coloured pieces, from the parser's own tree."""

from __future__ import annotations

from collections.abc import Iterator

from neutrino_lab.declare import tree as parsed
from neutrino_lab.declare import view
from neutrino_lab.lab import serialize
from neutrino_lab.lab.protocol.analysis import Token
from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.model import Cell, Span


def of(cell: Cell, facts: Facts) -> list[Token]:
    """Colour what a cell declares; nothing where it declares nothing."""
    found = [token for each in view.of(cell, facts).declared for token in _tokens(each.tree)]
    return [
        Token(kind=kind, span=serialize.span(span, cell.source))  # type: ignore[arg-type]
        for kind, span in found
    ]


def _tokens(tree: parsed.Tree) -> Iterator[tuple[str, Span]]:
    yield "kind", tree.kind.span
    if tree.verb:
        yield "verb", tree.verb.span
    if tree.path:
        yield from _path(tree.path)
    for entry in tree.entries:
        yield "key", entry.key.span
        for each in entry.fields:
            parts = (("name", each.name), ("type", each.type), ("value", each.default))
            yield from ((kind, token.span) for kind, token in parts if token and token.text)
        if entry.scalar and entry.scalar.text:
            yield "value", entry.scalar.span


def _path(token: parsed.Token) -> Iterator[tuple[str, Span]]:
    """Tell the parameters of a path from what stands between them."""
    text, at = token.text, 0
    while at < len(text):
        opening = text.find("{", at)
        closing = text.find("}", opening) + 1 if opening >= 0 else 0
        if not closing:
            opening = closing = len(text)
        if opening > at:
            yield "path", _cut(token.span, at, opening)
        if closing > opening:
            yield "parameter", _cut(token.span, opening, closing)
        at = closing


def _cut(span: Span, start: int, end: int) -> Span:
    return Span(span.line, span.column + start, span.line, span.column + end)
