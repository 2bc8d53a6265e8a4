'''An event socket's function yields.

Why: an event socket sends what its function returns, once for each message. A generator belongs to
`type: stream`.

Example:
    """
    @WS /prices
    """
    def prices(event: str):
        yield 101.5

Fix: add `type: stream`, or return one value instead of yielding.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.ws import socket_type
from neutrino_lab.notebook.wording import say

CODE: Final = "NL607"
SEVERITY: Final = "warning"
KINDS: Final = ("WS",)


def check(declared: Declared) -> Iterator[Finding]:
    function = declared.function
    if function is None or not function.is_generator or not declared.takes_own("event"):
        return
    if socket_type(declared.tree) == "event":
        yield Finding(
            say(
                "`{function}` yields, but its socket is not declared as a stream",
                function=function.name,
            ),
            say("add `type: stream`, or return one value instead"),
            function.span,
            () if declared.tree.entry("type") else edits.add_line(declared, "type: stream"),
        )
