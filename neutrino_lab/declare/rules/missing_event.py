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
from neutrino_lab.notebook.wording import say

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
        hint = say("add `type: stream` if it sends without waiting for a message, or add `event`")
    elif len(wanting) == 1:
        hint = say("rename `{name}` to `event`, in the function's body too", name=wanting[0].name)
        fixes = ()
    else:
        hint = say("name the parameter that takes the message `event`")
    yield Finding(
        say("`{function}` has no parameter `event` to take the message", function=function.name),
        hint,
        function.span,
        fixes,
    )
