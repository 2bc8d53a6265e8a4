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

from neutrino_lab.declare.declared import Declared, Finding

CODE: Final = "NL304"
SEVERITY: Final = "error"
KINDS: Final = ("HTTP", "WS")


def check(declared: Declared) -> Iterator[Finding]:
    function = declared.function
    places = {each.name.text: "the path" for each in declared.path_parameters}
    for key in ("query", "body"):
        for field in declared.tree.fields(key):
            name = field.name.text
            before = places.setdefault(name, f"`{key}`")
            if before != f"`{key}`":
                yield Finding(
                    f"`{name}` is declared in {before} and in `{key}`",
                    "rename one of them, and the parameter with it",
                    field.name.span,
                )
    parameters = {each.name for each in function.parameters} if function else set()
    for header in declared.tree.fields("headers"):
        name = header.name.text.lower().replace("-", "_")
        if name in places and name in parameters:
            yield Finding(
                f"the header `{header.name.text}` and {places[name]} both claim `{name}`",
                "rename the other one, and the parameter with it",
                header.name.span,
            )
