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

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding

CODE: Final = "NL105"
SEVERITY: Final = "error"
KINDS: Final = ("HTTP",)


def check(declared: Declared) -> Iterator[Finding]:
    path = declared.tree.path
    if declared.tree.verb is None and path is not None:
        yield Finding(
            f"`{path.text}` has no verb in front of it",
            f"write one of {', '.join(declared.kind.verbs)}, as in `GET {path.text}`",
            path.span,
            edits.insert_before(path, "GET ", f"change it to `GET {path.text}`"),
        )
