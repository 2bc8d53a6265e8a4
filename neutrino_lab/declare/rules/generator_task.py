'''A scheduled function is a generator.

Why: calling a generator runs nothing of it, so the schedule would do nothing, silently.

Example:
    """
    @SCHEDULE
    interval: 1h
    """
    def report():
        yield "done"

Fix: take the `yield` out; print or store what the function finds.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL307"
SEVERITY: Final = "error"
KINDS: Final = ("SCHEDULE",)


def check(declared: Declared) -> Iterator[Finding]:
    function = declared.function
    if function is not None and function.is_generator:
        yield Finding(
            say(
                "`{function}` has a `yield`, so a schedule that calls it runs nothing of it",
                function=function.name,
            ),
            say("take the `yield` out; print or store what the function finds"),
            function.span,
        )
