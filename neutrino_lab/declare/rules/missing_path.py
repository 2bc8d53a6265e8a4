'''A declaration that needs a path has none.

Why: without a path there is no address to call.

Example:
    """
    @HTTP
    GET
    """
    def items():
        return []

Fix: write the path behind the verb, or behind `@WS`, as in `GET /items`.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits, grammar
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL106"
SEVERITY: Final = "error"
KINDS: Final = grammar.CALLED


def check(declared: Declared) -> Iterator[Finding]:
    tree = declared.tree
    if tree.path is not None:
        return
    function = declared.function
    name = function.name.replace("_", "-") if function else "name"
    if declared.kind.verbs and tree.verb is None:
        yield Finding(
            say("`{kind}` has no verb and no path", kind=tree.kind.text),
            say("write them on the next line, as in `GET /{name}`", name=name),
            tree.kind.span,
            edits.add_line(declared, f"GET /{name}") if not tree.entries else (),
        )
        return
    last = tree.verb or tree.kind
    yield Finding(
        say("`{last}` has no path behind it", last=last.text),
        say("write one, as in `{last} /{name}`", last=last.text, name=name),
        last.span,
        edits.replace(last.span, f"{last.text} /{name}"),
    )
