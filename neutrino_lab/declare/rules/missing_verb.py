'''An HTTP declaration has a path but no verb.

Why: the verb is part of the address, and guessing it could expose what changes things.

Example:
    """
    @HTTP
    /items
    """
    def items():
        return []

Fix: write the verb in front of the path, as in `GET /items`.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.diagnostics import Fix
from neutrino_lab.notebook.wording import say

CODE: Final = "NL105"
SEVERITY: Final = "error"
KINDS: Final = ("HTTP",)


def check(declared: Declared) -> Iterator[Finding]:
    path = declared.tree.path
    if declared.tree.verb is None and path is not None:
        yield Finding(
            say("`{path}` has no verb in front of it", path=path.text),
            say(
                "write one of {names}, as in `GET {path}`",
                names=", ".join(declared.kind.verbs),
                path=path.text,
            ),
            path.span,
            (Fix(say("change it to `{text}`", text=f"GET {path.text}"), path.span.start, "GET "),),
        )
