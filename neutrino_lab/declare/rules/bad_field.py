'''A declared field is not of the form `name: type = default`.

Why: what the field is called, or what it may hold, cannot be told.

Example:
    """
    @HTTP
    GET /items
    query: first name:str
    """
    def items(name: str):
        return name

Fix: write a name, perhaps a colon and a type, perhaps `=` and a default; a comma after each field.
'''

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from neutrino_lab.declare import grammar
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.tree import Problem, Slip, Token
from neutrino_lab.declare.values import is_field_name

CODE: Final = "NL109"
SEVERITY: Final = "error"
KINDS: Final = grammar.WITH_FIELDS

_WORDS: Mapping[Slip, tuple[str, str]] = {
    "empty-field": ("`{key}` has a comma with no field in front of it", "take one comma out"),
    "no-type": (
        "a field of `{key}` has a colon but no type",
        "write a type behind the colon, or leave the colon out",
    ),
    "no-default": (
        "a field of `{key}` has a `=` but no default",
        "write a default behind the `=`, or leave the `=` out",
    ),
    "two-marks": ("a field of `{key}` has a second `?`", "one `?` is enough"),
}


def check(declared: Declared) -> Iterator[Finding]:
    for problem in declared.tree.problems:
        if problem.slip in _WORDS:
            yield _slip(problem)
    for entry in declared.tree.entries:
        for field in entry.fields:
            if not is_field_name(field.name.text):
                yield _name(entry.name, field.name)


def _slip(problem: Problem) -> Finding:
    message, hint = _WORDS[problem.slip]
    return Finding(message.format(key=problem.key), hint, problem.token.span)


def _name(key: str, name: Token) -> Finding:
    if not name.text:
        return Finding(f"a field of `{key}` has no name", "write it as `name:type`", name.span)
    if " " in name.text:
        hint = "put a comma between two fields; a name has no spaces"
    elif key == "resp" and "[" in name.text:
        hint = "list the answer's fields, as in `name:str`, or leave `resp` out to send it whole"
    else:
        hint = "use letters, digits and underscores"
    return Finding(f"`{name.text}` is no name for a field of `{key}`", hint, name.span)
