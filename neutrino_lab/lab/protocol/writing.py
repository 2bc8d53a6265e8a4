"""Help while a declaration is written. Lines count from 1, columns from 0 in UTF-16 units."""

from __future__ import annotations

from typing import Literal

from neutrino_lab.lab.protocol.base import Message, SourceCell, Span


class PositionRequest(Message):
    """The open document as it is now, and a place in one of its cells."""

    path: str
    cells: list[SourceCell]
    cell_id: str
    line: int
    column: int


class Completion(Message):
    """One way to go on: `insert` takes the place of `span`, which is the same for all of them."""

    label: str
    kind: Literal["kind", "verb", "key", "type", "parameter", "value", "snippet"]
    detail: str
    documentation: str
    insert: str
    span: Span


class Completions(Message):
    """What can be written at a place; `is_declaration` also where that is nothing."""

    items: list[Completion]
    is_declaration: bool


class Hover(Message):
    """What stands at a place, in Markdown; both are empty where nothing is to be said."""

    markdown: str
    span: Span | None


class DeclareRequest(Message):
    """Write the declaration of a plain function from its signature."""

    path: str
    cells: list[SourceCell]
    cell_id: str
    function: str


class Snippet(Message):
    """A cell that works as it stands."""

    kind: str
    title: str
    description: str
    source: str


class Snippets(Message):
    """One for each kind of declaration."""

    items: list[Snippet]
