"""Shows diagnostics: as text with the offending line, as JSON, or as commands to GitHub's log."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import accumulate, takewhile
from typing import Literal, TypeAlias

from neutrino_lab.declare.diagnostics import Diagnostic, Severity
from neutrino_lab.notebook.model import Span

Style: TypeAlias = Literal["text", "json", "github"]

WIDTH = 100
"""How much of a long source line is shown, in columns of the terminal."""

_TAB = "    "
_BEFORE = 30
_NEAR = 10 * WIDTH
_COLORS: Mapping[str, str] = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "bold": "1",
    "rule": "1;34",
}
_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

Paint: TypeAlias = Callable[[str, str], str]


def render(diagnostics: Sequence[Diagnostic], *, style: Style = "text", color: bool = False) -> str:
    """Show diagnostics in the order given, without a line break at the end.

    `json` is a list of objects with the keys code, severity, message, hint, notebook, cell,
    cell_id, span, source, fixes and action. A span counts lines from 1 and columns from 0, its end
    exclusive; it is null where the finding is about a whole cell or notebook (cell 0). The source
    of a cell stands in the first finding about it, and is null in the others.
    """
    if style == "json":
        return json.dumps(list(_listed(diagnostics)), indent=2, ensure_ascii=False)
    if style == "github":
        return "\n".join(_command(each) for each in diagnostics)
    paint = _paint if color else _plain
    # Some thousand findings may be about one large cell.
    lines = {each.source: each.source.split("\n") for each in diagnostics if each.source}
    blocks = [_block(each, lines.get(each.source, []), paint) for each in diagnostics]
    return "\n\n".join([*blocks, summary(diagnostics)])


def _listed(diagnostics: Sequence[Diagnostic]) -> Iterator[dict[str, object]]:
    shown: set[tuple[str, int]] = set()
    for each in diagnostics:
        listed = asdict(each)
        if each.source and (each.notebook, each.cell) in shown:
            listed["source"] = None
        shown.add((each.notebook, each.cell))
        yield listed


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Count what was found: `2 errors, 1 warning in 3 notebooks`."""
    counts = Counter(each.severity for each in diagnostics)
    severities: tuple[Severity, ...] = ("error", "warning", "note")
    parts = [_count(counts[each], each) for each in severities if counts[each]]
    if not parts:
        return "no problems"
    return f"{', '.join(parts)} in {_count(len({d.notebook for d in diagnostics}), 'notebook')}"


def _block(diagnostic: Diagnostic, source: Sequence[str], paint: Paint) -> str:
    span = diagnostic.span
    lines = _shown_lines(diagnostic, source)
    gutter = " " * len(str(span.line if span and lines else 0))
    head = paint(diagnostic.severity, f"{diagnostic.severity}[{diagnostic.code}]")
    message = paint("bold", f": {_clean(diagnostic.message)}")
    shown = [head + message, f"{gutter}{paint('rule', '-->')} {_place(diagnostic)}"]
    bar = paint("rule", f"{gutter} |")
    if lines and span:
        text, offset, marks = lines
        shown += [
            bar,
            paint("rule", f"{span.line} |") + f" {text}".rstrip(),
            f"{bar} {' ' * offset}{paint(diagnostic.severity, marks)}",
            bar,
        ]
    if diagnostic.hint:
        equals = paint("rule", f"{gutter} =")
        shown.append(f"{equals} {paint('bold', 'help:')} {_clean(diagnostic.hint)}")
    return "\n".join(shown)


def _place(diagnostic: Diagnostic) -> str:
    parts = [_clean(diagnostic.notebook)] if diagnostic.notebook else []
    if diagnostic.cell:
        parts.append(f"cell {diagnostic.cell}")
    if diagnostic.span:
        parts += [f"line {diagnostic.span.line}", f"column {diagnostic.span.column + 1}"]
    return ", ".join(parts)


def _shown_lines(diagnostic: Diagnostic, lines: Sequence[str]) -> tuple[str, int, str] | None:
    """Give the offending line, how far in its underline begins, and the underline."""
    span = diagnostic.span
    if span is None or not 1 <= span.line <= len(lines):
        return None
    line = lines[span.line - 1]
    start = min(span.column, len(line))
    end = min(_end_on_line(span, line), len(line))
    # What is so far from the place is never shown.
    before, marked, after = line[max(0, start - _NEAR) : start], line[start:end], line[end:]
    marked, after = marked[:_NEAR], after[:_NEAR]
    before, marked, after = _cut(_display(before), _display(marked), _display(after))
    return before + marked + after, _columns(before), "^" * max(1, _columns(marked))


def _end_on_line(span: Span, line: str) -> int:
    return span.end_column if span.end_line == span.line else len(line.rstrip())


def _cut(before: str, marked: str, after: str) -> tuple[str, str, str]:
    """Leave out so much of a long line that the marked part is in sight."""
    if _columns(before + marked + after) <= WIDTH:
        return before, marked, after
    if _columns(before) > _BEFORE and _columns(before + marked) > WIDTH - 20:
        before = "…" + _fitting(before[::-1], _BEFORE)[::-1]
    marked = _first(marked, WIDTH - _columns(before))
    after = _first(after, max(1, WIDTH - _columns(before + marked)))
    return before, marked, after


def _first(text: str, columns: int) -> str:
    return text if _columns(text) <= columns else _fitting(text, columns - 1) + "…"


def _fitting(text: str, columns: int) -> str:
    """As many of the first characters as there is room for."""
    ends = takewhile(columns.__ge__, accumulate(map(_width, text)))
    return text[: sum(1 for _ in ends)]


def _display(text: str) -> str:
    return _clean(text.replace("\t", _TAB))


def _clean(text: str) -> str:
    """Replace what could steer a terminal by a mark that stands for it."""
    return _CONTROL.sub("�", text)


def _columns(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _paint(color: str, text: str) -> str:
    return f"\x1b[{_COLORS[color]}m{text}\x1b[0m"


def _plain(_color: str, text: str) -> str:
    return text


def _command(diagnostic: Diagnostic) -> str:
    """Write a workflow command. GitHub cannot point into a cell, so the text says where it is."""
    span = diagnostic.span
    values = {"file": diagnostic.notebook, "line": str(span.line if span else 1)}
    if span:
        values["col"] = str(span.column + 1)
    values["title"] = diagnostic.code
    properties = ",".join(f"{name}={_property(value)}" for name, value in values.items())
    text = f"{_place(diagnostic)}: {diagnostic.message}"
    if diagnostic.hint:
        text += f"\n{diagnostic.hint}"
    return f"::{_LEVELS[diagnostic.severity]} {properties}::{_escape(text)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
