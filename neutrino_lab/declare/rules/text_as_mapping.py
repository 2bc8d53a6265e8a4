'''The function reads `event` like a dict, but gets text.

Why: `event` is parsed only where it is annotated as `dict`, `list` or a model, or where `message`
is declared. Otherwise it is a `str`, and the first message fails.

Example:
    """
    @WS /chat
    """
    def chat(event: str):
        return event.get("message")

Fix: annotate `event: dict`.
'''

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.diagnostics import Fix
from neutrino_lab.declare.ws import socket_type
from neutrino_lab.notebook.facts import Parameter
from neutrino_lab.notebook.model import Span
from neutrino_lab.notebook.wording import say

CODE: Final = "NL606"
SEVERITY: Final = "error"
KINDS: Final = ("WS",)

_ANNOTATED = re.compile(r"event(\s*:\s*str\b)?")


def check(declared: Declared) -> Iterator[Finding]:
    function, tree = declared.function, declared.tree
    if function is None or socket_type(tree) != "event" or tree.entry("message"):
        return
    event = next((each for each in function.parameters if each.name == "event"), None)
    uses = [span for name, span in function.mapping_uses if name == "event"]
    if event is None or event.annotation not in ("", "str") or not uses:
        return
    yield Finding(
        say("`event` is annotated `str`, so it is text here, and text cannot be read like a dict")
        if event.annotation
        else say(
            "`event` has no annotation, so it is text here, and text cannot be read like a dict"
        ),
        say("annotate it as `event: dict`, and messages are parsed as JSON"),
        uses[0],
        _annotate(declared, event),
    )


def _annotate(declared: Declared, event: Parameter) -> tuple[Fix, ...]:
    line, column = event.span.line, event.span.column
    found = _ANNOTATED.match(declared.lines[line - 1], column)
    if not found:
        return ()
    return (
        Fix(say("annotate `event: dict`"), Span(line, column, line, found.end()), "event: dict"),
    )
