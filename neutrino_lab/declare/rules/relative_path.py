'''A path does not begin with a slash.

Why: the path that is written is the path that is served, and a request's path begins with `/`.

Example:
    """
    @HTTP
    GET api/items
    """
    def items():
        return []

Fix: begin it with `/`, and leave out host and scheme.
'''

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits, grammar
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL401"
SEVERITY: Final = "error"
KINDS: Final = grammar.ROUTED

_URL = re.compile(r"""["']?(?:https?|wss?)://[^/\s?#]*((?:/[^\s?#"']*)?)""")


def check(declared: Declared) -> Iterator[Finding]:
    path = declared.tree.path
    if path is None or path.text.startswith("/"):
        return
    url = _URL.match(path.text)
    if url:
        meant = url[1] or "/"
        yield Finding(
            say("`{path}` is a whole URL", path=path.text),
            say("write the path only: `{meant}`", meant=meant),
            path.span,
            edits.replace(path.span, meant),
        )
        return
    meant = "/" + path.text.strip("\"'").lstrip("./")
    yield Finding(
        say("the path `{path}` does not begin with `/`", path=path.text),
        say("write `{meant}`", meant=meant),
        path.span,
        edits.replace(path.span, meant),
    )
