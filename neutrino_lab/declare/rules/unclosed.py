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
from neutrino_lab.notebook.wording import say

CODE: Final = "NL110"
SEVERITY: Final = "error"
KINDS: Final = grammar.WITH_FIELDS


def check(declared: Declared) -> Iterator[Finding]:
    for problem in declared.tree.problems:
        mark, span = problem.token.text, problem.token.span
        if problem.slip == "unclosed":
            closing = OPENING.get(mark, mark)
            yield Finding(
                say("`{key}` has a `{mark}` that is never closed", key=problem.key, mark=mark)
                if mark in OPENING
                else say(
                    "`{key}` has a quote {mark} that is never closed", key=problem.key, mark=mark
                ),
                say("close it with `{closing}` on the same line, or take it out", closing=closing),
                span,
            )
        elif problem.slip == "unopened":
            yield Finding(
                say(
                    "`{key}` has a `{mark}` without its `{closing}`",
                    key=problem.key,
                    mark=mark,
                    closing=CLOSING[mark],
                ),
                say("open it with `{closing}`, or take it out", closing=CLOSING[mark]),
                span,
            )
