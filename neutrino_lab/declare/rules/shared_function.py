'''A declared function is defined again further down in its cell.

Why: once the cell has run, the name means the last definition, so the endpoint would call another
function than the one below its declaration.

Example:
    """
    @HTTP
    GET /first
    """
    def answer():
        return 1

    """
    @HTTP
    GET /second
    """
    def answer():
        return 2

Fix: give the functions names of their own, or put them in cells of their own.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, View
from neutrino_lab.notebook.wording import say

CODE: Final = "NL305"
SEVERITY: Final = "error"


def check(view: View) -> Iterator[Finding]:
    if not view.declared:
        return
    declared = {each.function for each in view.declared if each.function}
    last = {each.name: each for each in view.facts.functions}
    for function in sorted(declared, key=lambda each: each.span):
        again = last[function.name]
        if again.first_line > function.first_line:
            yield Finding(
                say(
                    "`{function}` is defined again here, and its declaration above would serve "
                    "this one",
                    function=function.name,
                ),
                say("give the two functions different names, or cells of their own"),
                again.span,
            )
