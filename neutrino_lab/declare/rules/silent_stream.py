'''A stream's function never yields.

Why: a stream sends what its function yields, so nothing would ever be sent.

Example:
    """
    @WS /prices
    type: stream
    """
    def prices():
        return 101.5

Fix: `yield` the values instead of returning them, or take `type: stream` out.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.ws import socket_type
from neutrino_lab.notebook.wording import say

CODE: Final = "NL602"
SEVERITY: Final = "error"
KINDS: Final = ("WS",)


def check(declared: Declared) -> Iterator[Finding]:
    function = declared.function
    type_ = declared.tree.entry("type")
    is_stream = type_ is not None and socket_type(declared.tree) == "stream"
    if is_stream and function is not None and not function.is_generator:
        yield Finding(
            say("`{function}` is declared as a stream and never yields", function=function.name),
            say("`yield` each value instead of returning it, or take `type: stream` out"),
            function.span,
            edits.remove_entry(declared, type_) if type_ else (),
        )
