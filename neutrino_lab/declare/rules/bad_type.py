'''What stands behind the colon is not a type.

Why: values are converted and checked by it, so it must be one.

Example:
    """
    @HTTP
    POST /fit
    body: x:list[float y:list[float]]
    """
    def fit(x: list, y: list):
        return len(x)

Fix: write a Python annotation such as `int`, `list[float]` or `str | None`. A call, as in
`conint(gt=0)`, gets a name in a cell above, and the declaration that name.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import grammar
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.tree import broken_lines

CODE: Final = "NL201"
SEVERITY: Final = "error"
KINDS: Final = grammar.WITH_FIELDS


def check(declared: Declared) -> Iterator[Finding]:
    slipped = broken_lines(declared.tree)
    for token, type_ in declared.types:
        for flaw in type_.flaws if token.span.line not in slipped else ():
            span = token.span.part(flaw.start, flaw.end)
            yield Finding(flaw.message, flaw.hint, span)
