'''`repeat` stands in a WebSocket that is no stream.

Why: only a stream's generator is called again when it ends.

Example:
    """
    @WS /echo
    repeat: false
    """
    def echo(event: dict):
        return event

Fix: write `type: stream` above a generator, or take `repeat` out.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits, ws
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL609"
SEVERITY: Final = "error"
KINDS: Final = ("WS",)


def check(declared: Declared) -> Iterator[Finding]:
    repeat = declared.tree.entry("repeat")
    if repeat is not None and ws.socket_type(declared.tree) != "stream":
        yield Finding(
            say("`repeat` is for streams: nothing here is called again by itself"),
            say("add `type: stream` if the function is a generator, or take `repeat` out"),
            repeat.key.span,
            edits.remove_entry(declared, repeat),
        )
