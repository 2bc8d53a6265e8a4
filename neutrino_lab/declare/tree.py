"""A declaration as written: tokens with their places, nothing judged and nothing converted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from neutrino_lab.notebook.model import Span

# A quote opens a string only where a value may begin, so that an apostrophe stays a letter.
QUOTED = re.compile(r"""(?<![\w'"])(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")

Slip: TypeAlias = Literal[
    "unclosed", "unopened", "empty-field", "no-type", "no-default", "two-marks", "stray"
]


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the declaration; its text is what the source holds at `span`."""

    text: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """Text that fits no form. `key` is the key it stands under, empty in the heading."""

    slip: Slip
    token: Token
    key: str


@dataclass(frozen=True, slots=True)
class FieldTree:
    """`name ['?'] [':' type] ['=' literal]`, or with the `?` after the type."""

    name: Token
    mark: Token | None
    type: Token | None
    default: Token | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value: fields, or one scalar, which is never empty. `name` is the key in lower
    case."""

    name: str
    key: Token = field(compare=False)
    fields: tuple[FieldTree, ...] = ()
    scalar: Token | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """One declaration; `problems` are the texts in it that fit no form."""

    kind: Token
    verb: Token | None
    path: Token | None
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]

    @property
    def word(self) -> str:
        """The kind without its `@`, as it is written."""
        return self.kind.text[1:]

    def entry(self, name: str) -> Entry | None:
        """Find the first entry of a key, None where it is absent."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        return None

    def fields(self, name: str) -> tuple[FieldTree, ...]:
        """Give the fields under a key, none where it is absent."""
        entry = self.entry(name)
        return entry.fields if entry else ()

    def scalar(self, name: str) -> str:
        """Give the text of a key's scalar, empty where it is absent."""
        entry = self.entry(name)
        return entry.scalar.text if entry and entry.scalar else ""


def broken_lines(tree: Tree) -> frozenset[int]:
    """List the lines with a bracket or quote that has no partner, which spoils all beside it."""
    return frozenset(
        problem.token.span.line
        for problem in tree.problems
        if problem.slip in ("unclosed", "unopened")
    )


def tokens(tree: Tree) -> Iterator[Token]:
    """Walk all tokens in the order of the text: kind, verb, path, then each key and its value."""
    yield tree.kind
    for heading in (tree.verb, tree.path):
        if heading:
            yield heading
    for entry in tree.entries:
        yield entry.key
        for each in entry.fields:
            parts = (each.name, each.mark, each.type, each.default)
            yield from sorted((p for p in parts if p), key=lambda part: part.span)
        if entry.scalar:
            yield entry.scalar
