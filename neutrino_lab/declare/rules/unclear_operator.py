'''A stream's function and declaration do not say what the operator is.

Why: values would not reach the function as it takes them.

Example:
    """
    @STREAM /prices
    source: every:1s
    """
    def prices(first, second):
        return first

Fix: take `(value)` or `(value, params)` to map or filter, `(acc, value, params)` to accumulate; or
say it with `op`. A built-in operator stands alone, without a function, and has params of its own.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.nearest import nearest
from neutrino_lab.declare.stream import OPERATORS
from neutrino_lab.declare.tree import Token
from neutrino_lab.declare.values import read_default
from neutrino_lab.notebook.facts import Function
from neutrino_lab.notebook.wording import code_words, quote, say
from neutrino_lab.runtime.streams.operator import KINDS as OPS
from neutrino_lab.runtime.streams.operator import PARAMS, infer
from neutrino_lab.runtime.streams.operators import BUILTINS

CODE: Final = "NL903"
SEVERITY: Final = "error"
KINDS: Final = ("STREAM",)


def check(declared: Declared) -> Iterator[Finding]:
    entry = declared.tree.entry("op")
    op = entry.scalar if entry else None
    if op is not None and op.text not in OPERATORS:
        meant = nearest(op.text, OPERATORS)
        known = code_words(OPERATORS)
        fixes = edits.replace(op.span, meant)
        yield Finding(
            say("`{op}` is no operator", op=op.text),
            say("did you mean `{meant}`? There are {known}", meant=meant, known=known)
            if meant
            else say("There are {known}", known=known),
            op.span,
            fixes,
        )
        return
    function = declared.function
    if op is not None and op.text in BUILTINS:
        yield from _built_in(declared, op, function)
    elif function is not None:
        yield from _function(declared, function, op)


def _built_in(declared: Declared, op: Token, function: Function | None) -> Iterator[Finding]:
    window = declared.tree.entry("window")
    if function is not None:
        yield Finding(
            say(
                "`{op}` is a built-in operator, and `{function}` below it would not be used",
                op=op.text,
                function=function.name,
            ),
            say("take `op` out, or put the function into a cell of its own"),
            op.span,
        )
    elif declared.has_body:
        yield Finding(
            say("the statements below `op: {op}` would not run", op=op.text),
            say("put them into a cell of their own"),
            op.span,
        )
    builtin = BUILTINS[op.text]
    for field in declared.tree.fields("params"):
        # Without a value of its own it has the operator's.
        given, span = builtin.params.get(field.name.text), field.name.span
        if given is not None and field.default is not None:
            given, span = _number(field.default.text, given), field.default.span
        try:
            builtin.check(field.name.text, given)
        except ValueError as error:
            reason, _, hint = str(error).partition("; ")
            yield Finding(
                say("`{op}`: {reason}", op=op.text, reason=quote(reason)),
                quote(hint) or say("give it another value"),
                span,
            )
    if window is not None and builtin.whole is None:
        yield Finding(
            say("`{op}` goes value by value: it has no `window`", op=op.text),
            say("take the window out, or use another operator"),
            window.key.span,
        )


def _number(text: str, otherwise: float) -> float:
    """Read a number; what is none is told by other rules."""
    try:
        value = read_default(text)
    except ValueError:
        return otherwise
    return value if isinstance(value, int | float) else otherwise


def _function(declared: Declared, function: Function, op: Token | None) -> Iterator[Finding]:
    if function.is_async and function.is_generator:
        yield Finding(
            say("`{function}` is an async generator", function=function.name),
            say("make it a plain one"),
            function.span,
        )
        return
    names = [
        each.name
        for each in function.parameters
        if each.kind in ("positional", "positional-only")
        and (not each.default or each.name == PARAMS)
    ]
    kind = infer(names, returns_bool=function.returns == "bool", is_generator=function.is_generator)
    if len(names) > 3 or (kind is None and (op is None or op.text not in OPS)):
        yield Finding(
            say("the parameters of `{function}` do not tell what it is", function=function.name),
            say(
                "`(value)` or `(value, params)` maps, `(acc, value, params)` accumulates; or "
                "say it with `op`"
            ),
            function.span,
        )
    elif not names and not declared.tree.scalar("source").startswith("every:"):
        yield Finding(
            say("`{function}` takes no value", function=function.name),
            say(
                "let it take one, as in `def {function}(value)`; only `every:` has none",
                function=function.name,
            ),
            function.span,
        )
