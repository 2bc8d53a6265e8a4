'''An event socket's function has no parameter `event`.

Why: the message that came in would have nowhere to go.

Example:
    """
    @WS /echo
    """
    def echo(message: str):
        return message

Fix: name the parameter that takes the message `event`; or add `type: stream` if the function yields
and waits for no message.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.rules.unsupplied_parameter import candidates
from neutrino_lab.declare.ws import socket_type

CODE: Final = "NL603"
SEVERITY: Final = "error"
KINDS: Final = ("WS",)


def check(declared: Declared) -> Iterator[Finding]:
    function = declared.function
    if function is None or socket_type(declared.tree) != "event" or declared.takes_own("event"):
        return
    wanting = candidates(declared)
    fixes = edits.add_parameter(declared, "event")
    if function.is_generator:
        if declared.tree.entry("type") is None:
            fixes = (*edits.add_line(declared, "type: stream"), *fixes)
        hint = "add `type: stream` if it sends without waiting for a message, or add `event`"
    elif len(wanting) == 1:
        hint, fixes = f"rename `{wanting[0].name}` to `event`, in the function's body too", ()
    else:
        hint = "name the parameter that takes the message `event`"
    yield Finding(
        f"`{function.name}` has no parameter `event` to take the message",
        hint,
        function.span,
        fixes,
    )
