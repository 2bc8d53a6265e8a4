'''A type has a name that neither Python's basic types nor the notebook explain.

Why: the values could not be converted, and the app would not start.

Example:
    """
    @HTTP
    GET /items
    query: limit:integer
    """
    def items(limit):
        return limit

Fix: write a basic type such as `int`, or import or define the type in a cell of this notebook.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits, grammar
from neutrino_lab.declare.declared import Declared, Finding, Question, Scope
from neutrino_lab.declare.nearest import did_you_mean, nearest
from neutrino_lab.declare.tree import Token
from neutrino_lab.declare.typetext import ALIASES, ARITY, MODULES
from neutrino_lab.notebook.wording import code_words, say

CODE: Final = "NL202"
SEVERITY: Final = "error"
KINDS: Final = grammar.WITH_FIELDS


def check(declared: Declared) -> Iterator[Question]:
    for token, type_ in declared.types:
        for name, start, end in type_.names:
            yield _question(token, name, start, end)


def _question(type_: Token, name: str, start: int, end: int) -> Question:
    def ask(scope: Scope) -> Iterator[Finding]:
        if name in scope.names:
            return
        aliased = ALIASES.get(name.casefold(), "")
        if scope.is_opaque and not aliased:
            return
        span = type_.span.part(start, end)
        meant = aliased or nearest(name, [*ARITY, *sorted(scope.names)])
        if name in MODULES and type_.text[start:].startswith(f"{name}."):
            hint = say(
                "it has {names}", names=code_words(f"{name}.{each}" for each in MODULES[name])
            )
            yield Finding(
                say("`{type}` is not a type of `{name}`", type=type_.text[start:], name=name),
                hint,
                span,
            )
            return
        define = say("import it or define it in a cell of this notebook, or write a basic type")
        yield Finding(
            say("`{name}` is not a known type", name=name),
            did_you_mean(meant, define),
            span,
            edits.replace(span, meant),
        )

    return ask
