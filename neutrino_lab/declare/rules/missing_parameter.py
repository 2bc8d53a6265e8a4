'''The declaration has a value that the function does not take.

Why: the value would have nowhere to go, and every call would fail.

Example:
    """
    @HTTP
    POST /add
    body: a:int, b:int
    """
    def add(a: int):
        return a

Fix: add the parameter to the function, or take the field out of the declaration.
'''

from __future__ import annotations

import keyword
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from neutrino_lab.declare import edits, grammar, named
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.nearest import nearest
from neutrino_lab.declare.tree import Token
from neutrino_lab.declare.values import is_field_name
from neutrino_lab.notebook.facts import Function
from neutrino_lab.notebook.wording import Worded, say

CODE: Final = "NL302"
SEVERITY: Final = "error"
KINDS: Final = grammar.CALLED

_MOST_COMPARED = 10


def check(declared: Declared) -> Iterator[Finding]:
    function = declared.function
    if function is None:
        return
    names = [each.name for each in function.parameters if each.kind != "var-positional"]
    # Comparing words takes its time, and more typing errors than that are another mistake.
    unclaimed = iter([_unclaimed(declared, names)] * _MOST_COMPARED)
    for parameter in declared.path_parameters:
        name = parameter.name
        # Rooms and clients are told apart by these, whether or not the function looks at them.
        is_routing = name.text in declared.kind.routing
        if name.text.isidentifier() and not is_routing and not declared.takes(name.text):
            type_ = parameter.converter if parameter.converter in ("int", "float") else "str"
            what = say("the path's `{{{name}}}`", name=name.text)
            yield _finding(
                declared, function, name, what, type_=type_, unclaimed=next(unclaimed, [])
            )
    for each in named.of(declared.kind, declared.tree, "query", "body"):
        field, entry = each.field, declared.tree.entry(each.key)
        if (
            field
            and entry
            and is_field_name(each.token.text)
            and not declared.takes(each.parameter)
        ):
            type_ = field.type.text if field.type else ""
            what = say("the {key} field `{token}`", key=each.key, token=each.token.text)
            out = edits.remove_field(declared, entry, field)
            found = _finding(
                declared, function, each.token, what, type_=type_, unclaimed=next(unclaimed, [])
            )
            yield replace(found, fixes=(*found.fixes, *out))


def _finding(  # noqa: PLR0913 - what a finding is told with
    declared: Declared,
    function: Function,
    name: Token,
    what: Worded,
    *,
    type_: str,
    unclaimed: Sequence[str],
) -> Finding:
    message = say("`{function}` has no parameter for {what}", function=function.name, what=what)
    if not name.text.isidentifier() or keyword.iskeyword(name.text):
        return Finding(
            message,
            say("no parameter can have this name; rename the field, or take `**values`"),
            name.span,
        )
    meant = nearest(name.text, unclaimed)
    if meant:
        hint = say("did you mean `{meant}`?", meant=meant)
        return Finding(message, hint, name.span, edits.replace(name.span, meant))
    return Finding(
        message,
        say(
            "add `{name}` to `{function}`, or take it out of the declaration",
            name=name.text,
            function=function.name,
        ),
        name.span,
        edits.add_parameter(declared, name.text, type_),
    )


def suggested(declared: Declared) -> set[str]:
    """The parameters that mistyped fields were probably meant for."""
    function = declared.function
    names = [each.name for each in function.parameters] if function else []
    unclaimed = _unclaimed(declared, names)
    known = set(names)
    mistyped = [name for name in _claims(declared) if name not in known]
    return {nearest(name, unclaimed) for name in mistyped[:_MOST_COMPARED]}


def _unclaimed(declared: Declared, names: list[str]) -> list[str]:
    """The parameters that nothing in the declaration is for, `event` of a socket excepted."""
    claimed = {*_claims(declared), *declared.kind.spec.supplies}
    return [name for name in names if name not in claimed]


def _claims(declared: Declared) -> list[str]:
    """The parameters that the declaration cannot do without."""
    found = named.of(declared.kind, declared.tree, "path", "query", "body")
    return [each.parameter for each in found]
