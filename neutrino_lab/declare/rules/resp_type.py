'''`resp` names a type where it should list fields.

Why: `resp` holds the fields of the answer. A type there is taken for a field of that name, which no
result has, and every call fails.

Example:
    """
    @HTTP
    GET /item
    resp: Item
    """
    class Item:
        name = "a"

    def item():
        return Item()

Fix: list the fields, as in `resp: name:str`, or leave `resp` out: a model is sent whole.
'''

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Declared, Finding, Question, Scope
from neutrino_lab.declare.tree import Token
from neutrino_lab.notebook.wording import say

CODE: Final = "NL204"
SEVERITY: Final = "error"
KINDS: Final = ("HTTP",)

_CLASS: Final = re.compile(r"[A-Z]\w*|\w+(?:\.\w+)+")
_BUILT_IN: Final = frozenset(
    {"Any", "None", "bool", "bytes", "dict", "float", "int", "list", "set", "str", "tuple"}
)


def check(declared: Declared) -> Iterator[Question]:
    for entry in declared.tree.entries:
        if entry.name != "resp":
            continue
        for field in entry.fields:
            if field.type is not None:
                continue
            is_alone = len(entry.fields) == 1
            if _CLASS.fullmatch(field.name.text) or (is_alone and field.name.text in _BUILT_IN):
                yield _question(field.name)


def _question(name: Token) -> Question:
    def ask(scope: Scope) -> Iterator[Finding]:
        if name.text in _BUILT_IN or name.text.partition(".")[0] in scope.names:
            yield Finding(
                say("`resp` lists fields, and `{name}` is a type", name=name.text),
                say(
                    "list its fields, as in `resp: name:str`, or leave `resp` out to send it whole"
                ),
                name.span,
            )

    return ask
