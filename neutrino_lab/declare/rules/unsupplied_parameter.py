'''The function needs a value that nothing supplies.

Why: every call would fail for want of it.

Example:
    """
    @HTTP
    GET /items
    """
    def items(limit: int):
        return limit

Fix: declare it, as in `query: limit:int`; or put `{limit}` in the path; or give the parameter a
default.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits, expression, grammar, named, signature
from neutrino_lab.declare.declared import Declared, Finding, Question, Scope
from neutrino_lab.declare.rules import missing_parameter
from neutrino_lab.declare.tree import FieldTree
from neutrino_lab.declare.values import is_field_name
from neutrino_lab.notebook.facts import Parameter
from neutrino_lab.notebook.wording import say

CODE: Final = "NL303"
SEVERITY: Final = "error"
KINDS: Final = grammar.CALLED


def check(declared: Declared) -> Iterator[Finding | Question]:
    wanting = candidates(declared)
    if not wanting or not _is_understood(declared):
        return
    missing = [each for each in declared.kind.needs(declared.tree) if not declared.takes_own(each)]
    if len(missing) == len(wanting) == 1:
        return  # it was probably meant to be `event`, which is found missing
    suggested = missing_parameter.suggested(declared)
    for parameter in wanting:
        if parameter.name in suggested:
            continue
        finding = _finding(declared, parameter)
        words = signature.words(parameter)
        yield _question(finding, words) if words else finding


def candidates(declared: Declared) -> list[Parameter]:
    """List the parameters for which this cell says of no value where it comes from."""
    supplied = _supplied(declared)
    return [
        each
        for each in (declared.function.parameters if declared.function else ())
        if signature.is_from_caller(each) and not each.default and each.name not in supplied
    ]


def _is_understood(declared: Declared) -> bool:
    """Tell whether the declaration was read in full: what was not may be what is missing."""
    tree = declared.tree
    names = [entry.name for entry in tree.entries]
    return (
        not tree.problems
        and len(set(names)) == len(names)
        and all(declared.kind.key(name) for name in names)
        and all(map(_is_sound, (field for entry in tree.entries for field in entry.fields)))
    )


def _is_sound(field: FieldTree) -> bool:
    has_type = field.type is None or expression.parse(field.type.text) is not None
    return has_type and is_field_name(field.name.text)


def _question(finding: Finding, words: frozenset[str]) -> Question:
    def ask(scope: Scope) -> Iterator[Finding]:
        # `Session = Annotated[..., Depends(...)]` in a cell is FastAPI's own way to name one.
        if not words & scope.annotated:
            yield finding

    return ask


def _supplied(declared: Declared) -> set[str]:
    found = named.of(declared.kind, declared.tree, "path", "query", "header", "body")
    return {*declared.kind.spec.supplies, *(each.parameter for each in found)}


def _finding(declared: Declared, parameter: Parameter) -> Finding:
    name, annotation = parameter.name, parameter.annotation
    function = declared.function.name if declared.function else ""
    key = "query" if declared.tree.verb is None or declared.tree.verb.text == "GET" else "body"
    field = f"{name}:{annotation}" if annotation else name
    return Finding(
        say(
            "nothing supplies the parameter `{name}` of `{function}`", name=name, function=function
        ),
        say(
            "declare it, as in `{key}: {field}`, or put `{{{name}}}` in the path, or "
            "give it a default",
            key=key,
            field=field,
            name=name,
        ),
        parameter.span,
        edits.add_field(declared, key, signature.field_text(parameter)),
    )
