'''No function follows the declaration.

Why: the function is what answers. It is the last public one, at the top level of the cell, between
the declaration and the next one.

Example:
    """
    @HTTP
    GET /items
    """
    items = [1, 2, 3]

Fix: define a function below the declaration, in the same cell; a name that begins with `_` does
not count.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import grammar
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL301"
SEVERITY: Final = "error"
KINDS: Final = grammar.ALL


def check(declared: Declared) -> Iterator[Finding]:
    if declared.function is not None or declared.is_broken:
        return
    if declared.kind.is_whole(declared.tree):
        return
    kind = declared.tree.kind
    if declared.kind.needs_function:
        yield Finding(
            say("`{kind}` is followed by no function", kind=kind.text),
            say("define one below it in this cell, with a name that does not begin with `_`"),
            kind.span,
            action="draft",
        )
    elif not declared.is_alone:
        yield Finding(
            say(
                "`{kind}` is followed by no function, and the cell's body is not its alone",
                kind=kind.text,
            ),
            say("define a function below it, or give it a cell of its own"),
            kind.span,
        )
    elif not declared.has_body:
        yield Finding(
            say("`{kind}` has nothing to run", kind=kind.text),
            say("write a function or plain statements below it"),
            kind.span,
            action="draft",
        )
