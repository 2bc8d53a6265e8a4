'''A GET declares a body.

Why: many clients and proxies drop the body of a GET, and browsers cannot send one.

Example:
    """
    @HTTP
    GET /search
    body: text:str
    """
    def search(text: str):
        return text

Fix: declare the fields under `query`, or make it a POST.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL404"
SEVERITY: Final = "warning"
KINDS: Final = ("HTTP",)


def check(declared: Declared) -> Iterator[Finding]:
    verb, body = declared.tree.verb, declared.tree.entry("body")
    if body is not None and verb is not None and verb.text == "GET":
        yield Finding(
            say("a GET with a `body`: many clients cannot send one"),
            say("declare the fields under `query`, or make it a POST"),
            body.key.span,
            (
                *edits.replace(verb.span, "POST"),
                *(() if declared.tree.entry("query") else edits.replace(body.key.span, "query")),
            ),
        )
