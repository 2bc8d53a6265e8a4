'''`validate` stands without `message`.

Why: there is nothing to check a message against.

Example:
    """
    @WS /echo
    validate: true
    """
    def echo(event: dict):
        return event

Fix: declare the fields of a message, as in `message: event:str`, or take `validate` out.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL601"
SEVERITY: Final = "error"
KINDS: Final = ("WS",)


def check(declared: Declared) -> Iterator[Finding]:
    validate = declared.tree.entry("validate")
    if validate is not None and declared.tree.entry("message") is None:
        yield Finding(
            say("`validate` needs a `message` to check against"),
            say("declare the fields, as in `message: event:str`, or take `validate` out"),
            validate.key.span,
            edits.remove_entry(declared, validate),
        )
