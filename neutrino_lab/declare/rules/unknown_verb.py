'''The verb is none that HTTP endpoints answer to.

Why: no client could call the endpoint.

Example:
    """
    @HTTP
    FETCH /items
    """
    def items():
        return []

Fix: write GET, POST, PUT, PATCH or DELETE.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.nearest import nearest
from neutrino_lab.notebook.wording import say

CODE: Final = "NL104"
SEVERITY: Final = "error"
KINDS: Final = ("HTTP",)

_ALIASES = {
    "fetch": "GET",
    "read": "GET",
    "list": "GET",
    "create": "POST",
    "update": "PUT",
    "modify": "PATCH",
    "remove": "DELETE",
    "del": "DELETE",
}


def check(declared: Declared) -> Iterator[Finding]:
    verb, verbs = declared.tree.verb, tuple(declared.kind.verbs)
    if verb is None or verb.text in verbs:
        return
    meant = nearest(verb.text.rstrip(":"), verbs, _ALIASES)
    listed = say("{names} or {last}", names=", ".join(verbs[:-1]), last=verbs[-1])
    yield Finding(
        say("`{verb}` is not a verb of HTTP endpoints", verb=verb.text),
        say("did you mean `{meant}`? The verbs are {listed}", meant=meant, listed=listed)
        if meant
        else say("write {listed}", listed=listed),
        verb.span,
        edits.replace(verb.span, meant),
    )
