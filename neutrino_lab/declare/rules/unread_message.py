'''A stream declares `message` and its function does not take `event`.

Why: messages would be parsed and then dropped.

Example:
    """
    @WS /prices
    type: stream
    message: ticker:str
    """
    def prices():
        yield 101.5

Fix: add the parameter `event`, which holds the latest message, or take `message` out.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.ws import socket_type
from neutrino_lab.notebook.wording import say

CODE: Final = "NL608"
SEVERITY: Final = "warning"
KINDS: Final = ("WS",)


def check(declared: Declared) -> Iterator[Finding]:
    function, message = declared.function, declared.tree.entry("message")
    if function is None or message is None or declared.takes_own("event"):
        return
    if socket_type(declared.tree) == "stream":
        yield Finding(
            say(
                "`{function}` takes no `event`, so it never sees a `message`",
                function=function.name,
            ),
            say("add `event: dict` to it, or take `message` out"),
            message.key.span,
            (
                *edits.add_parameter(declared, "event", "dict"),
                *edits.remove_entry(declared, message),
            ),
        )
