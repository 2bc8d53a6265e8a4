'''A default does not fit the declared type.

Why: the function would get a value of another type whenever the field is left out.

Example:
    """
    @HTTP
    GET /items
    query: limit:int="ten"
    """
    def items(limit: int):
        return limit

Fix: write a default of the declared type.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from neutrino_lab.declare import grammar
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.values import read_default
from neutrino_lab.notebook.wording import say

CODE: Final = "NL203"
SEVERITY: Final = "error"
KINDS: Final = grammar.WITH_FIELDS

_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
}


def check(declared: Declared) -> Iterator[Finding]:
    for entry in declared.tree.entries:
        for field in entry.fields:
            if field.default is None or field.type is None:
                continue
            base = field.type.text.partition("[")[0].strip()
            is_plain = base in _TYPES and "|" not in field.type.text
            if is_plain and not _fits(field.default.text, base):
                yield Finding(
                    say(
                        "the default `{default}` is not of type `{type}`",
                        default=field.default.text,
                        type=field.type.text,
                    ),
                    say("write a default of that type; `None` as a default needs `| None` or a `?`")
                    if field.default.text == "None"
                    else say("write a default of that type, or change the type"),
                    field.default.span,
                )


def _fits(text: str, base: str) -> bool:
    try:
        value: Any = read_default(text)
    except ValueError:
        return True  # reported as what it is
    if isinstance(value, bool):
        return base == "bool"
    return isinstance(value, _TYPES[base])
