"""A magic or a shell line is left out of the service.

Why: a service runs Python without IPython, so the line does nothing there.

Example:
    %matplotlib inline
    limit = 10

Fix: nothing, if the line only matters in the notebook. What the service needs from it must be
Python; packages are found from the imports.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, View
from neutrino_lab.notebook.model import Magic, Span
from neutrino_lab.notebook.wording import say

CODE: Final = "NL116"
SEVERITY: Final = "note"


def check(view: View) -> Iterator[Finding]:
    for magic in view.cell.magics:
        if assigned(magic):
            continue
        shown = magic.text.strip().split("\n")[0]
        yield _finding(view, magic, shown)


def _finding(view: View, magic: Magic, shown: str) -> Finding:
    first = shown.split(maxsplit=1)[0] if shown else shown
    span = line_span(view, magic)
    if magic.kind == "cell" and not view.cell.code:
        hint = say("move what the service needs to a cell of plain Python")
        return Finding(
            say("a service does not run `{first}`, so this whole cell is left out", first=first),
            hint,
            span,
        )
    if magic.kind == "cell" or not _is_replaced(view, magic):
        return Finding(
            say("a service leaves out `{first}`", first=first),
            say("the code behind it runs as it is"),
            span,
        )
    if "pip " in shown or "conda " in shown:
        hint = say(
            "an export finds its packages by the imports; `neutrino run` uses what is installed"
        )
    else:
        hint = say("it goes on working in the notebook; write it as Python if the service needs it")
    return Finding(say("a service does not run `{shown}`", shown=shown), hint, span)


def _is_replaced(view: View, magic: Magic) -> bool:
    """Tell a line that is gone from one whose statement stays, as that of `%time`."""
    lines = view.lines
    return magic.line > len(lines) or lines[magic.line - 1].lstrip().startswith("pass")


def assigned(magic: Magic) -> str:
    """Give the name that `name = !command` or `name = %magic` sets, if it is such a line."""
    name, equals, rest = magic.text.partition("=")
    is_set = bool(equals) and rest.lstrip()[:1] in ("!", "%") and magic.kind in ("line", "shell")
    return name.strip() if is_set and name.strip()[:1] not in ("", "!", "%") else ""


def line_span(view: View, magic: Magic) -> Span:
    """Give the place of the first line of a magic, without the blanks around it."""
    lines = view.source_lines
    text = lines[magic.line - 1] if magic.line <= len(lines) else ""
    start = len(text) - len(text.lstrip())
    return Span(magic.line, start, magic.line, max(start + 1, len(text.rstrip())))
