'''Python cannot read the cell.

Why: nothing of a cell that does not parse can run, so none of its endpoints can be served.

Example:
    """
    @WS /echo
    """
    def echo(event: str)
        return event

Fix: correct the line that Python names.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, View
from neutrino_lab.notebook.wording import say

CODE: Final = "NL101"
SEVERITY: Final = "error"


def check(view: View) -> Iterator[Finding]:
    error = view.facts.error
    if error is not None:
        # The line is shown anyway.
        message = error.message.partition(" (detected at line")[0]
        yield Finding(
            say("Python cannot read this cell: {message}", message=message),
            say("fix this line; nothing of the cell is served until then"),
            error.span,
        )
