'''Two parts of the declaration claim the same parameter.

Why: values reach the function by name, so one would overwrite the other.

Example:
    """
    @HTTP
    PUT /items/{name}
    body: name:str
    """
    def rename(name: str):
        return name

Fix: rename one of them, and the function's parameter with it.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import grammar, named
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import Worded, say

CODE: Final = "NL304"
SEVERITY: Final = "error"
KINDS: Final = grammar.ROUTED


def check(declared: Declared) -> Iterator[Finding]:
    function = declared.function
    places: dict[str, Worded] = {}
    for each in named.of(declared.kind, declared.tree, "path", "query", "body"):
        place = say("`{key}`", key=each.key) if each.key else say("the path")
        before = places.setdefault(each.parameter, place)
        if before != place:
            yield Finding(
                say(
                    "`{parameter}` is declared in {before} and in {place}",
                    parameter=each.parameter,
                    before=before,
                    place=place,
                ),
                say("rename one of them, and the parameter with it"),
                each.token.span,
            )
    parameters = {each.name for each in function.parameters} if function else set()
    for header in named.of(declared.kind, declared.tree, "header"):
        name = header.parameter
        if name in places and name in parameters:
            yield Finding(
                say(
                    "the header `{token}` and {place} both claim `{name}`",
                    token=header.token.text,
                    place=places[name],
                    name=name,
                ),
                say("rename the other one, and the parameter with it"),
                header.token.span,
            )
