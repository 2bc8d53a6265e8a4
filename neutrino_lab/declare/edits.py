"""The edits that fix a mistake where the fix is certain; none where the text is too unusual."""

from __future__ import annotations

import re
from collections.abc import Iterator

from neutrino_lab.declare.declared import Declared
from neutrino_lab.declare.diagnostics import Fix
from neutrino_lab.declare.tree import Entry, FieldTree, tokens
from neutrino_lab.notebook.model import Span
from neutrino_lab.notebook.wording import NOTHING, Worded, say

_OPENING = re.compile(r"""(?P<quote>\"{3}|'{3}|"|')(?:\s|\\\n|\\n)*$""")
_LEAD = re.compile(r"#?[ \t]*")
# Other types may need an import that the cell has not.
_PLAIN = frozenset(("str", "int", "float", "bool", "list", "dict"))


def replace(span: Span, text: str) -> tuple[Fix, ...]:
    """Offer a correction, or nothing where there is no text."""
    return (Fix(say("change it to `{text}`", text=text), span, text),) if text else ()


def add_parameter(declared: Declared, name: str, type_: str = "") -> tuple[Fix, ...]:
    """Offer to put a parameter first into the function's signature."""
    function = declared.function
    if function is None or not name.isidentifier():
        return ()
    line, column = function.span.end_line, function.span.end_column
    text = declared.lines[line - 1]
    if text[column : column + 1] != "(":
        return ()
    parameter = f"{name}: {type_}" if type_ in _PLAIN else name
    at = Span(line, column + 1, line, column + 1)
    joined = parameter + (", " if function.parameters else "")
    return (
        Fix(
            say("add `{parameter}` to `{function}`", parameter=parameter, function=function.name),
            at,
            joined,
        ),
    )


def add_line(declared: Declared, text: str) -> tuple[Fix, ...]:
    """Offer to put a line at the end of the declaration."""
    lines = declared.lines
    kind = declared.tree.kind.span
    last = max(tokens(declared.tree), key=lambda each: each.span).span
    if lines[kind.line - 1][:1] == "#":
        start = "\n# "
    else:
        before = "\n".join([*lines[: kind.line - 1], lines[kind.line - 1][: kind.column]])
        opening = _OPENING.search(before)
        if opening is None or opening["quote"] in text or "\\" in text:
            return ()
        keys = [entry.key.span for entry in declared.tree.entries]
        indent = " " * min((span.column for span in keys if span.line != kind.line), default=0)
        start = "\n" + indent if len(opening["quote"]) == 3 else "\\n"
    return (Fix(say("add `{text}`", text=text), last.end, start + text),)


def add_field(declared: Declared, key: str, text: str) -> tuple[Fix, ...]:
    """Offer to declare a field: after the others of the key, or in a line of its own."""
    entry = declared.tree.entry(key)
    if entry is None:
        return add_line(declared, f"{key}: {text}")
    if not entry.fields or _is_listed(declared, entry.fields[-1]):
        return ()
    at = _end(entry.fields[-1]).end
    return (Fix(say("add `{text}` to `{key}`", text=text, key=key), at, f", {text}"),)


def remove_entry(declared: Declared, entry: Entry, title: Worded = NOTHING) -> tuple[Fix, ...]:
    """Offer to take the lines of a key out."""
    parts = [entry.key, *([entry.scalar] if entry.scalar else [])]
    end = max([*(each.span for each in parts), *(map(_end, entry.fields))])
    title = title or say("take `{key}` out", key=entry.key.text)
    return tuple(_remove_lines(declared, title, entry.key.span, end))


def remove_field(declared: Declared, entry: Entry, field: FieldTree) -> tuple[Fix, ...]:
    """Offer to take a field out, and its key with the last one."""
    if len(entry.fields) == 1:
        return remove_entry(declared, entry)
    title = say("take `{field}` out of `{key}`", field=field.name.text, key=entry.key.text)
    start, end = field.name.span, _end(field)
    if _is_listed(declared, field):
        return tuple(_remove_lines(declared, title, start, end))
    at = next(index for index, each in enumerate(entry.fields) if each is field)
    if at > 0:
        before = _end(entry.fields[at - 1])
        span = Span(before.end_line, before.end_column, end.end_line, end.end_column)
        return (Fix(title, span, ""),) if before.end_line == end.line else ()
    after = entry.fields[1].name.span
    span = Span(start.line, start.column, after.line, after.column)
    return (Fix(title, span, ""),) if after.line == start.line else ()


def _remove_lines(declared: Declared, title: Worded, start: Span, end: Span) -> Iterator[Fix]:
    """Take whole lines out, if nothing else stands on them: other text, closing quotes."""
    lines = declared.lines
    before = lines[start.line - 1][: start.column].removesuffix("- ")
    after = lines[end.end_line - 1][end.end_column :]
    if _LEAD.fullmatch(before) and not after.strip() and end.end_line < len(lines):
        yield Fix(title, Span(start.line, 0, end.end_line + 1, 0), "")


def _is_listed(declared: Declared, field: FieldTree) -> bool:
    """Tell an item of a YAML list, or a line of a YAML mapping, from fields with commas."""
    span = field.name.span
    before = declared.lines[span.line - 1][: span.column]
    return _LEAD.sub("", before, count=1) in ("", "- ")


def _end(field: FieldTree) -> Span:
    parts = (field.name, field.mark, field.type, field.default)
    return max(part.span for part in parts if part is not None)
