"""What can be written at a place of a declaration: from the grammar, the function, the notebook."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, TypeAlias

from neutrino_lab.declare import draft, named, route, signature, typetext
from neutrino_lab.declare.draft import Draft
from neutrino_lab.declare.find_declarations import Text
from neutrino_lab.declare.grammar import FORMS, KINDS
from neutrino_lab.declare.kind import Form, Key, Kind
from neutrino_lab.declare.tree import Entry, FieldTree, Token, Tree
from neutrino_lab.declare.values import MEDIA
from neutrino_lab.notebook.facts import Facts, Parameter
from neutrino_lab.notebook.model import Cell, Span
from neutrino_lab.runtime.streams.operators import BUILTINS
from neutrino_lab.runtime.streams.sources import table

CompletionKind: TypeAlias = Literal["kind", "verb", "key", "type", "parameter", "value", "snippet"]

# Letters of one word, of which one is put where the cursor is: the parser then tells what that is.
_MARKS = "ꙮꙭꙬ"
_ALONE = re.compile(r"\s*(@\w*)\s*")
_LEFT = {"word": re.compile(r"(?<!\w)\w*$"), "type": re.compile(r"(?<![\w.])[\w.]*$")}
_RIGHT = re.compile(r"\w*")


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on: `insert` takes the place of `span`."""

    label: str
    kind: CompletionKind
    span: Span
    insert: str
    detail: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The part of a declaration that the cursor is in: its text before and after the cursor."""

    draft: Draft
    tree: Tree
    left: str
    right: str

    @property
    def kind(self) -> Kind[Any]:
        found = self.draft.text.kind
        assert found is not None
        return found

    @property
    def span(self) -> Span:
        line, column = self.draft.line.line, self.draft.line.column + self.draft.column
        return Span(line, column - len(self.left), line, column + len(self.right))

    def within(self, of: str) -> _Cursor:
        """Narrow it to the word that the cursor is in."""
        left, right = _LEFT[of].search(self.left), _RIGHT.match(self.right)
        return replace(self, left=left[0] if left else "", right=right[0] if right else "")

    def completion(self, label: str, kind: CompletionKind, insert: str, **more: str) -> Completion:
        return Completion(label, kind, self.span, insert, **more)

    @property
    def rest(self) -> str:
        """What follows on the line."""
        return self.draft.line.text[self.draft.column + len(self.right) :]


def at(
    cell: Cell, facts: Facts, line: int, column: int, names: Callable[[], list[str]]
) -> list[Completion]:
    """List what may be written here. `names` gives those that the notebook defines, if asked."""
    found = draft.find(cell, facts, line, column)
    if found is None:
        return _in_bare_cell(cell, line, column)
    word = found.text.word
    if word.span.line == line and word.span.column < column <= word.span.end_column:
        return [*_kinds(cell, found), *_cells(cell, found)]
    mark = next((each for each in _MARKS if each not in found.line.text), "")
    tree = found.tree(mark) if mark else None
    return list(_at_mark(found, tree, mark, names)) if tree else []


def _in_bare_cell(cell: Cell, line: int, column: int) -> list[Completion]:
    """In a cell that holds nothing but `@`, offer whole cells."""
    alone = _ALONE.fullmatch(cell.code)
    before = cell.code.split("\n")[line - 1 : line]
    if alone is None or not before or "@" not in before[0][:column]:
        return []
    start = before[0].index("@")
    span = Span(line, start, line, start + len(alone[1]))
    return [_cell_completion(kind, kind.sample.source, span) for kind in KINDS]


def _kinds(cell: Cell, found: Draft) -> Iterator[Completion]:
    text = found.text
    body = "".join(line.text for line in text.lines).strip()
    follows = body != text.word.text
    next_line = {"#": "\n# ", "": ""}.get(_opening(cell, text), "\n")
    for kind in KINDS:
        end = " " if kind.has_path and not kind.verbs else next_line
        word = f"@{kind.word}"
        insert = word if follows else word + end
        yield Completion(word, "kind", text.word.span, insert, about=shown_kind(kind))


def _opening(cell: Cell, text: Text) -> str:
    """Tell what the text begins with: `#`, three quotes, or nothing that lets it have lines."""
    line = cell.code.split("\n")[text.span.line - 1].lstrip("rRuU")
    return "#" if line[:1] == "#" else line[:3] if line[:3] in ('"""', "'''") else ""


def _cells(cell: Cell, found: Draft) -> list[Completion]:
    """Offer whole cells where nothing else stands yet, and no quotes that would be left over."""
    text = found.text
    before, after = cell.code.split("\n")[: text.span.line - 1], text.lines[-1]
    is_open = after.column + len(after.text) == text.span.end_column
    is_all = text.span.end_line == cell.code.rstrip().count("\n") + 1
    body = "".join(line.text for line in text.lines).strip()
    if (
        body != text.word.text
        or any(each.strip() and each[0] != "#" for each in before)
        or not is_open
        or not is_all
    ):
        return []
    opening = _opening(cell, text)
    if opening == "#":
        parts = [kind.sample.declaration.replace("\n", "\n# ") for kind in KINDS]
    elif opening:
        parts = [f"{kind.sample.declaration}\n{opening}" for kind in KINDS]
    else:
        return []
    return [
        _cell_completion(kind, f"{part}\n{kind.sample.function}", text.word.span)
        for kind, part in zip(KINDS, parts, strict=True)
    ]


def _cell_completion(kind: Kind[Any], insert: str, span: Span) -> Completion:
    sample = kind.sample
    about = f"{sample.description}\n\n```python\n{sample.source}\n```"
    return Completion(
        f"@{kind.word} {sample.title}", "snippet", span, insert, "a whole cell", about
    )


def _at_mark(
    found: Draft, tree: Tree, mark: str, names: Callable[[], list[str]]
) -> Iterator[Completion]:
    def cursor(token: Token) -> _Cursor:
        left, _, right = token.text.partition(mark)
        return _Cursor(found, tree, left, right)

    if tree.verb and mark in tree.verb.text:
        yield from _verbs(cursor(tree.verb))
    elif tree.path and mark in tree.path.text:
        yield from _paths(cursor(tree.path))
    for entry in tree.entries:
        key = cursor(tree.kind).kind.key(entry.name)
        if mark in entry.key.text:
            yield from _keys(cursor(entry.key))
        elif key and entry.scalar and mark in entry.scalar.text:
            yield from _values(cursor(entry.scalar), key)
        for field in entry.fields:
            if mark in field.name.text:
                yield from _field_names(cursor(field.name), entry)
            elif field.type and mark in field.type.text:
                yield from _types(cursor(field.type), field, names)
            elif field.default and mark in field.default.text:
                yield from _defaults(cursor(field.default), field)
    for problem in tree.problems:
        token = problem.token
        is_below = any(line.text.strip() for line in found.text.lines[: found.row])
        if problem.slip == "stray" and not problem.key and is_below and mark in token.text:
            yield from _keys(cursor(token))


def _verbs(cursor: _Cursor) -> Iterator[Completion]:
    if not cursor.left.isalpha() and cursor.left:
        return
    end = "" if cursor.rest[:1].isspace() else " "
    for verb, about in cursor.kind.verbs.items():
        yield cursor.completion(verb, "verb", verb + end, about=about)


def _paths(cursor: _Cursor) -> Iterator[Completion]:
    function = cursor.draft.function
    opening = cursor.left.rfind("{")
    if opening > cursor.left.rfind("}"):
        inside = cursor.left[opening + 1 :]
        cursor = cursor.within("word")
        closing = "" if cursor.rest.startswith(("}", ":")) else "}"
        if ":" in inside:
            for converter in route.CONVERTERS:
                yield cursor.completion(converter, "type", converter + closing, detail="converter")
        else:
            for name, detail in _path_names(cursor):
                yield cursor.completion(name, "parameter", name + closing, detail=detail)
        return
    if function and not cursor.left and not cursor.right:
        path = f"{cursor.kind.root}{signature.kebab(function.name)}"
        yield cursor.completion(path, "value", path, detail=f"for `{function.name}`")
    if cursor.left.endswith("/"):
        cursor = cursor.within("word")
        for name, detail in _path_names(cursor):
            yield cursor.completion(f"{{{name}}}", "parameter", f"{{{name}}}", detail=detail)


def _path_names(cursor: _Cursor) -> Iterator[tuple[str, str]]:
    """The parameters of the function that the path may still take, and what they are."""
    claimed = {each.name.text for each in route.parameters(cursor.tree.path)}
    for each in _unclaimed(cursor):
        if each.name not in claimed:
            yield each.name, each.annotation
    taken = {each.name for each in _parameters(cursor)}
    for name, about in cursor.kind.routing.items():
        if name not in claimed and name not in taken:
            yield name, about


def _keys(cursor: _Cursor) -> Iterator[Completion]:
    given = {each.name for each in cursor.tree.entries}
    end = "" if cursor.rest.lstrip().startswith(":") else ": "
    for key in cursor.kind.keys:
        if key.name not in given and key.instead_of not in given:
            insert = key.name + end
            yield cursor.completion(key.name, "key", insert, detail=key.sample, about=shown(key))


def _values(cursor: _Cursor, key: Key) -> Iterator[Completion]:
    for value, detail in _VALUES.get(key.form, _sample)(key, cursor.left):
        yield cursor.completion(value, "value", value, detail=detail)


def _zones(_: Key, typed: str) -> Iterator[tuple[str, str]]:
    wanted = typed.replace(" ", "_").casefold()
    for name in _all_zones():
        if wanted in name.casefold():
            yield name, ""


@cache
def _all_zones() -> tuple[str, ...]:
    """All zones; `UTC` and those of cities first, as the others are mostly old names."""
    known = zoneinfo.available_timezones()
    return tuple(sorted(known, key=lambda name: (name != "UTC", "/" not in name, name)))


def _sample(key: Key, _: str) -> Iterator[tuple[str, str]]:
    yield key.sample, ""


def _choices(key: Key, _: str) -> Iterator[tuple[str, str]]:
    return ((each, "") for each in key.choices)


def _nothing(_key: Key, _typed: str) -> Iterator[tuple[str, str]]:
    return iter(())


def _operators(key: Key, _: str) -> Iterator[tuple[str, str]]:
    for name in key.choices:
        yield name, BUILTINS[name].about if name in BUILTINS else ""


# Of the other forms, the example.
_VALUES: Mapping[Form, Callable[[Key, str], Iterator[tuple[str, str]]]] = {
    "fields": _nothing,
    "choice": _choices,
    "bool": lambda _key, _typed: iter((("true", ""), ("false", ""))),
    "media": lambda _key, _typed: iter(MEDIA.items()),
    "timezone": _zones,
    "source": lambda _key, _typed: ((row.example, row.about) for row in table.ROWS),
    "operator": _operators,
    "words": _choices,
    "name": _nothing,
    "path": _nothing,
    "prose": _nothing,
}


def _field_names(cursor: _Cursor, entry: Entry) -> Iterator[Completion]:
    """The arguments that nothing supplies yet, as fields with their types."""
    key = cursor.kind.key(entry.name)
    if key is None or key.place not in ("query", "body"):
        return
    for each in _unclaimed(cursor):
        is_typed = cursor.rest.lstrip().startswith((":", "=", "?"))
        insert = each.name if is_typed else signature.field_text(each)
        yield cursor.completion(each.name, "parameter", insert, detail=each.annotation)


def _parameters(cursor: _Cursor) -> tuple[Parameter, ...]:
    return cursor.draft.function.parameters if cursor.draft.function else ()


def _unclaimed(cursor: _Cursor) -> list[Parameter]:
    """The parameters that the rest of the declaration says nothing of."""
    found = named.of(cursor.kind, cursor.tree, "path", "query", "body")
    claimed = {each.parameter for each in found}
    wanted = [each for each in _parameters(cursor) if signature.is_from_caller(each)]
    claimed |= cursor.kind.spec.supplies
    return [each for each in wanted if each.name not in claimed]


def _types(
    cursor: _Cursor, field: FieldTree, names: Callable[[], list[str]]
) -> Iterator[Completion]:
    is_whole = not _LEFT["type"].sub("", cursor.left) and not cursor.rest.strip()
    annotated = next((p for p in _parameters(cursor) if p.name == field.name.text), None)
    cursor = cursor.within("type")
    given = ""
    if is_whole and annotated and annotated.annotation and "\n" not in annotated.annotation:
        function = cursor.draft.function
        about = f"as in `{function.name}`" if function else ""
        yield cursor.completion(annotated.annotation, "type", annotated.annotation, detail=about)
        given = annotated.annotation
    for name, about in typetext.ABOUT.items():
        if name != given:
            yield cursor.completion(name, "type", name, about=about)
    for name in names():
        yield cursor.completion(name, "type", name, detail="of this notebook")


def _defaults(cursor: _Cursor, field: FieldTree) -> Iterator[Completion]:
    words = ["True", "False"] if field.type and field.type.text.startswith("bool") else []
    if field.type is None or "None" in field.type.text or "Optional" in field.type.text:
        words.append("None")
    for word in words:
        yield cursor.completion(word, "value", word)


def shown(key: Key) -> str:
    """Say in Markdown what a key means and how it is written, with an example."""
    return f"{key.about}\n\nWritten as {FORMS[key.form]}.\n\n```\n{key.example}\n```"


def shown_kind(kind: Kind[Any]) -> str:
    """Say in Markdown what a kind is for, with its example."""
    return f"**@{kind.word}** {kind.about}\n\n```\n{kind.example}\n```"
