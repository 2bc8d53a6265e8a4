'''`to` on a stream.

Why: a stream runs for each client by itself and sends to that client, so the line does nothing. A
yielded pair `(data, target)` reaches others.

Example:
    """
    @WS /prices
    type: stream
    to: sender
    """
    def prices():
        yield 101.5

Fix: take the line out.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.ws import socket_type
from neutrino_lab.notebook.wording import say

CODE: Final = "NL605"
SEVERITY: Final = "warning"
KINDS: Final = ("WS",)


def check(declared: Declared) -> Iterator[Finding]:
    to = declared.tree.entry("to")
    if to is not None and socket_type(declared.tree) == "stream":
        yield Finding(
            say("`to` does nothing on a stream, which sends to its own client"),
            say("take it out; to reach others, yield a pair `(data, target)`"),
            to.key.span,
            edits.remove_entry(declared, to),
        )
