'''A scheduled function needs a value.

Why: the clock gives it nothing but `tick`, the time it is due at, so every run would fail.

Example:
    """
    @SCHEDULE
    interval: 1h
    """
    def report(day: str):
        print(day)

Fix: give the parameter a default, or work the value out inside the function.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL306"
SEVERITY: Final = "error"
KINDS: Final = ("SCHEDULE",)


def check(declared: Declared) -> Iterator[Finding]:
    function = declared.function
    for parameter in function.parameters if function else ():
        is_star = parameter.kind in ("var-positional", "var-keyword")
        is_supplied = parameter.name in declared.kind.spec.supplies
        if function and not is_star and not parameter.default and not is_supplied:
            yield Finding(
                say(
                    "a schedule calls `{function}` with nothing, and it needs `{parameter}`",
                    function=function.name,
                    parameter=parameter.name,
                ),
                say(
                    "give `{parameter}` a default, or work it out inside the function",
                    parameter=parameter.name,
                ),
                parameter.span,
            )
