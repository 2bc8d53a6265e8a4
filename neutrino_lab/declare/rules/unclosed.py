'''A bracket or a quote has no partner.

Why: where a field ends cannot be told.

Example:
    """
    @HTTP
    POST /items
    body: [name:str
    """
    def add(name: str):
        return name

Fix: close the bracket or the quote on the same line, or take it out.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import grammar
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.lines import CLOSING, OPENING

CODE: Final = "NL110"
SEVERITY: Final = "error"
KINDS: Final = grammar.WITH_FIELDS


def check(declared: Declared) -> Iterator[Finding]:
    for problem in declared.tree.problems:
        mark, span = problem.token.text, problem.token.span
        if problem.slip == "unclosed":
            name = f"`{mark}`" if mark in OPENING else f"quote {mark}"
            closing = OPENING.get(mark, mark)
            yield Finding(
                f"`{problem.key}` has a {name} that is never closed",
                f"close it with `{closing}` on the same line, or take it out",
                span,
            )
        elif problem.slip == "unopened":
            yield Finding(
                f"`{problem.key}` has a `{mark}` without its `{CLOSING[mark]}`",
                f"open it with `{CLOSING[mark]}`, or take it out",
                span,
            )
