'''A default is not a literal of JSON's types.

Why: a declaration is data, so nothing in it is evaluated, and the default is shown in the API's
description.

Example:
    """
    @HTTP
    GET /items
    query: limit:int=MAX
    """
    def items(limit: int):
        return limit

Fix: write a text in quotes, a number, True, False, None, a list or a dict; or give the default in
the function's signature and mark the field with `?`.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits, grammar
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.declare.nearest import did_you_mean
from neutrino_lab.declare.tree import Token, broken_lines
from neutrino_lab.declare.values import NotJsonError, read_default
from neutrino_lab.notebook.wording import Worded, say

CODE: Final = "NL114"
SEVERITY: Final = "error"
KINDS: Final = grammar.WITH_FIELDS

_LITERALS = say("write a text in quotes, a number, a list or a dict")
_JSON_WORDS = {"true": "True", "false": "False", "null": "None", "none": "None"}


def check(declared: Declared) -> Iterator[Finding]:
    slipped = broken_lines(declared.tree)
    for entry in declared.tree.entries:
        for field in entry.fields:
            if field.default is None or field.default.span.line in slipped:
                continue
            try:
                read_default(field.default.text)
            except NotJsonError as error:
                yield _not_json(field.default, error.name)
            except ValueError:
                yield _no_literal(field.default)


def _not_json(default: Token, name: Worded) -> Finding:
    hint = say("write it as a list: `[1, 2]`") if name == "a tuple" else _LITERALS
    message = say(
        "the default `{default}` holds {name}, which JSON has not", default=default.text, name=name
    )
    return Finding(message, hint, default.span)


def _no_literal(default: Token) -> Finding:
    text = default.text
    meant = _JSON_WORDS.get(text.casefold(), "")
    message = say("the default `{text}` is not a literal", text=text)
    if not meant and text.replace("_", "").replace("-", "").isalnum() and not text[0].isdigit():
        hint = say("put a text in quotes: `{meant}`", meant=f'"{text}"')
        return Finding(message, hint, default.span)
    fixes = edits.replace(default.span, meant)
    return Finding(message, did_you_mean(meant, _LITERALS), default.span, fixes)
