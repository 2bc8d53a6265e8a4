'''A path cannot be served as it is written.

Why: no request would ever reach the endpoint, or its values could not be told apart.

Example:
    """
    @HTTP
    GET /items/{id:integer}
    """
    def item(id: int):
        return id

Fix: write parameters as `{name}` or `{name:converter}`, the converter being str, int, float,
path or uuid; no spaces, no `?`, no `#`.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits, grammar, route
from neutrino_lab.declare.declared import Declared, Finding

CODE: Final = "NL402"
SEVERITY: Final = "error"
KINDS: Final = grammar.ROUTED


def check(declared: Declared) -> Iterator[Finding]:
    path = declared.tree.path
    if path is None or not path.text.startswith("/"):
        return
    for flaw in route.flaws(path):
        fixes = edits.replace(flaw.span, flaw.fix)
        yield Finding(flaw.message, flaw.hint, flaw.span, fixes)
