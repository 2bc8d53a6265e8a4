'''`to: room` without a room in the path.

Why: a room is the clients with the same `{room_id}`; without one there is nobody to send to.

Example:
    """
    @WS /chat
    to: room
    """
    def chat(event: str):
        return event

Fix: put `{room_id}` in the path.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL604"
SEVERITY: Final = "error"
KINDS: Final = ("WS",)


def check(declared: Declared) -> Iterator[Finding]:
    to, path = declared.tree.entry("to"), declared.tree.path
    if to is None or to.scalar is None or to.scalar.text.casefold() != "room" or path is None:
        return
    if not any(each.name.text == "room_id" for each in declared.path_parameters):
        yield Finding(
            say("`to: room` needs `{{room_id}}` in the path"),
            say("write the path as `{meant}`", meant=f"{path.text.rstrip('/')}/{{room_id}}"),
            to.scalar.span,
        )
