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

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import grammar
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.tree import Problem, Token
from neutrino_lab.declare.values import is_field_name
from neutrino_lab.notebook.wording import say

CODE: Final = "NL109"
SEVERITY: Final = "error"
KINDS: Final = grammar.WITH_FIELDS


def check(declared: Declared) -> Iterator[Finding]:
    for problem in declared.tree.problems:
        yield from _slip(problem)
    for entry in declared.tree.entries:
        for field in entry.fields:
            if not is_field_name(field.name.text):
                yield _name(entry.name, field.name)


def _slip(problem: Problem) -> Iterator[Finding]:
    key, span = problem.key, problem.token.span
    match problem.slip:
        case "empty-field":
            message = say("`{key}` has a comma with no field in front of it", key=key)
            yield Finding(message, say("take one comma out"), span)
        case "no-type":
            message = say("a field of `{key}` has a colon but no type", key=key)
            hint = say("write a type behind the colon, or leave the colon out")
            yield Finding(message, hint, span)
        case "no-default":
            message = say("a field of `{key}` has a `=` but no default", key=key)
            hint = say("write a default behind the `=`, or leave the `=` out")
            yield Finding(message, hint, span)
        case "two-marks":
            message = say("a field of `{key}` has a second `?`", key=key)
            yield Finding(message, say("one `?` is enough"), span)


def _name(key: str, name: Token) -> Finding:
    if not name.text:
        return Finding(
            say("a field of `{key}` has no name", key=key),
            say("write it as `name:type`"),
            name.span,
        )
    if " " in name.text:
        hint = say("put a comma between two fields; a name has no spaces")
    elif key == "resp" and "[" in name.text:
        hint = say(
            "list the answer's fields, as in `name:str`, or leave `resp` out to send it whole"
        )
    else:
        hint = say("use letters, digits and underscores")
    return Finding(
        say("`{name}` is no name for a field of `{key}`", name=name.text, key=key), hint, name.span
    )
