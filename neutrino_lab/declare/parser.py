"""Reads the text of a declaration into a tree. Total: any text gives a tree, slips are noted in it.

What the words mean is judged by the rules; the parser asks the grammar only which form a key has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from neutrino_lab.declare.grammar import kind_of
from neutrino_lab.declare.kind import Kind
from neutrino_lab.declare.lines import (
    CLOSING,
    OPENING,
    Line,
    find_top_level,
    marks,
    without_comment,
)
from neutrino_lab.declare.tree import QUOTED, Entry, FieldTree, Problem, Slip, Token, Tree

_KIND = re.compile(r"\s*(@\S+)")
_KEY = re.compile(r"\s*([^\W\d][\w-]*)\s*:")
# What most fields are; the rest of the grammar takes three times as long to tell apart.
_PLAIN_FIELD = re.compile(
    r"(\w[\w.-]*)(?:\s*:\s*(\w[\w.]*(?:\[[\w., \[\]]*\])?))?(?:\s*=\s*(-?\w[\w.]*))?"
)
_LIST_ITEM = re.compile(r"\s*-(?=\s|$)")


def read(text: str) -> Tree | None:
    """Parse declaration text that stands alone, as `show` writes it."""
    parts = enumerate(text.split("\n"), start=1)
    return parse([Line(part, number, 0) for number, part in parts])


def parse(lines: Sequence[Line]) -> Tree | None:
    """Parse the lines of a declaration; None where they do not begin with a known `@KIND`."""
    rows = [row for row in map(without_comment, lines) if row.text]
    found = _KIND.match(rows[0].text) if rows else None
    kind = kind_of(found[1][1:]) if found else None
    if found is None or kind is None:
        return None
    return _Reader(kind, rows, found.span(1)).tree()


class _Reader:
    """One pass over the lines: the heading first, then key by key."""

    def __init__(self, kind: Kind[Any], rows: list[Line], word: tuple[int, int]) -> None:
        self._kind = kind
        self._word = rows[0].cut(*word).token()
        self._rows = [rows[0].cut(word[1]), *rows[1:]]
        self._problems: list[Problem] = []
        self._key = ""

    def tree(self) -> Tree:
        verb, path, rest = self._heading()
        entries = tuple(self._entry(key, group) for key, group in self._groups(rest))
        return Tree(self._word, verb, path, entries, tuple(self._problems))

    def _slip(self, slip: Slip, token: Token) -> None:
        self._problems.append(Problem(slip, token, self._key))

    def _heading(self) -> tuple[Token | None, Token | None, list[Line]]:
        """Take verb and path, which may stand on the line of the kind or below it."""
        verb = path = None
        rest = self._rows
        while rest:
            row = rest[0].strip()
            needs_verb = bool(self._kind.verbs) and verb is None and path is None
            needs_path = self._kind.has_path and path is None
            if rest is not self._rows and (not needs_path or self._is_value(row)):
                break
            rest = rest[1:]
            if not row.text:
                continue
            if not needs_path:
                self._slip("stray", row.token())
                continue
            word = row.text.split(maxsplit=1)[0]
            if needs_verb and "/" not in word and "{" not in word:
                verb = row.cut(0, len(word)).token()
                row = row.cut(len(word)).strip()
            if row.text:
                path = row.token()
        return verb, path, rest

    def _is_value(self, row: Line) -> bool:
        """Tell a line of the part with the keys from one of the heading."""
        key = _KEY.match(row.text)
        verbs = self._kind.verbs
        return bool(_LIST_ITEM.match(row.text) or (key and key[1].upper() not in verbs))

    def _groups(self, rows: Iterable[Line]) -> list[tuple[Token, list[Line]]]:
        """Sort the lines under their keys: what is indented below a key belongs to it."""
        groups: list[tuple[Token, list[Line]]] = []
        base = depth = 0
        takes_fields = True
        for row in rows:
            found = _KEY.match(row.text)
            key = self._kind.key(found[1].lower()) if found else None
            # Between the brackets of fields, only a line with a known key ends the value.
            is_key = key is not None or (found is not None and not takes_fields)
            if groups:
                deeper = row.indent > base
                is_item = bool(_LIST_ITEM.match(row.text))
                if deeper or is_item or (depth > 0 and not is_key):
                    groups[-1][1].append(row)
                    depth = max(0, depth + _flow_depth(row.text))
                    continue
            if found is None:
                self._slip("stray", row.strip().token())
                continue
            base = row.indent
            takes_fields = key is not None and key.form == "fields"
            value = row.cut(found.end())
            groups.append((row.cut(*found.span(1)).token(), [value]))
            depth = max(0, _flow_depth(value.text)) if value.text.lstrip()[:1] in ("[", "{") else 0
        return groups

    def _entry(self, token: Token, rows: list[Line]) -> Entry:
        self._key = token.text.lower()
        key = self._kind.key(self._key)
        rows = [row for row in (each.strip() for each in rows) if row.text]
        if key is not None and key.form == "fields":
            return Entry(self._key, token, fields=self._fields(rows))
        if not rows:
            return Entry(self._key, token)
        if key is not None:
            for row in rows[1:]:
                self._slip("stray", row.token())
        value = rows[0]
        if QUOTED.fullmatch(value.text):
            value = value.cut(1, -1).strip()
        return Entry(self._key, token, scalar=value.token() if value.text else None)

    def _fields(self, rows: list[Line]) -> tuple[FieldTree, ...]:
        """Read the lines under a key, each a list of fields, all perhaps in YAML's brackets."""
        fields: list[FieldTree] = []
        wrapper: Token | None = None
        end = 0
        for number, row in enumerate(rows):
            if number < end:
                continue
            item = _LIST_ITEM.match(row.text)
            line = row.cut(item.end()).strip() if item else row
            if wrapper is None and line.text[:1] in ("[", "{"):
                wrapper = line.cut(0, 1).token()
                line = line.cut(1)
            slips = len(self._problems)
            pieces, wrapper = self._split(line, wrapper)
            if wrapper is None and len(self._problems) > slips:
                end = _end_of_bracket(rows, number)
            for position, piece in enumerate(pieces):
                if piece.text:
                    fields.append(self._field(piece))
                elif position < len(pieces) - 1:
                    self._slip("empty-field", piece.token())
        if wrapper is not None:
            self._slip("unclosed", wrapper)
        return tuple(fields)

    def _split(self, line: Line, wrapper: Token | None) -> tuple[list[Line], Token | None]:
        """Split a line at its commas; what comes after the wrapper's end is noted as a slip."""
        pieces: list[Line] = []
        opened: list[Token] = []
        start = 0
        for at, mark in marks(line.text):
            if mark == ",":
                if not opened:
                    pieces.append(line.cut(start, at).strip())
                    start = at + 1
                continue
            if mark in ":=":
                continue
            token = line.cut(at, at + 1).token()
            if mark in OPENING:
                opened.append(token)
            elif mark in CLOSING:
                if opened and opened[-1].text == CLOSING[mark]:
                    opened.pop()
                elif not opened and wrapper is not None and OPENING[wrapper.text] == mark:
                    pieces.append(line.cut(start, at).strip())
                    rest = line.cut(at + 1).strip()
                    if rest.text.strip(","):
                        self._slip("stray", rest.token())
                    return pieces, None
                else:
                    self._slip("unopened", token)
            else:
                self._slip("unclosed", token)
        for token in opened:
            self._slip("unclosed", token)
        pieces.append(line.cut(start).strip())
        return pieces, wrapper

    def _field(self, piece: Line) -> FieldTree:
        if plain := _PLAIN_FIELD.fullmatch(piece.text):
            parts = [
                piece.cut(*plain.span(part)).token() if plain[part] else None for part in (1, 2, 3)
            ]
            assert parts[0] is not None
            return FieldTree(parts[0], None, parts[1], parts[2])
        equals = find_top_level(piece.text, "=")
        head = piece if equals < 0 else piece.cut(0, equals)
        colon = find_top_level(head.text, ":")
        name, mark = self._marked(head if colon < 0 else head.cut(0, colon), None)
        type_, default = None, None
        if colon >= 0:
            text, mark = self._marked(head.cut(colon + 1), mark)
            type_ = text.token() if text.text else None
            if type_ is None:
                self._slip("no-type", head.cut(colon, colon + 1).token())
        if equals >= 0:
            value = piece.cut(equals + 1).strip()
            default = value.token() if value.text else None
            if default is None:
                self._slip("no-default", piece.cut(equals, equals + 1).token())
        return FieldTree(name.token(), mark, type_, default)

    def _marked(self, part: Line, before: Token | None) -> tuple[Line, Token | None]:
        """Take a `?` off the end of a name or a type."""
        part = part.strip()
        found = before
        while part.text.endswith("?"):
            mark = part.cut(len(part.text) - 1).token()
            if found is not None:
                self._slip("two-marks", mark)
            found = found or mark
            part = part.cut(0, -1).strip()
        return part, found


def _end_of_bracket(rows: list[Line], number: int) -> int:
    """Find the line after the one that closes what this one leaves open; this one if none does."""
    depth = 0
    for end, row in enumerate(rows[number:], start=number + 1):
        depth += _flow_depth(row.text)
        if depth <= 0:
            return end
    return number


def _flow_depth(text: str) -> int:
    """Count the brackets that a line opens and does not close."""
    depth = 0
    for _, mark in marks(text):
        depth += (mark in OPENING) - (mark in CLOSING)
    return depth
