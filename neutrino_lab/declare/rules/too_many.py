"""There is more than anybody would write by hand.

Why: everything is looked at again whenever you stop typing. What a program has written into a cell
is rather its input than its code.

Fix: take one value that is a list or an object, or more cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, View
from neutrino_lab.declare.view import MOST_DECLARATIONS, MOST_VALUES
from neutrino_lab.notebook.wording import say

CODE: Final = "NL118"
SEVERITY: Final = "error"


def check(view: View) -> Iterator[Finding]:
    if len(view.declared) > MOST_DECLARATIONS:
        yield Finding(
            say(
                "this cell has more than {most} declarations, so none is served",
                most=MOST_DECLARATIONS,
            ),
            say("put them into several cells"),
            view.declared[MOST_DECLARATIONS].tree.kind.span,
        )
    for declared in view.declared:
        if declared.is_excessive:
            yield Finding(
                say(
                    "this declaration has more than {most} keys and values",
                    most=MOST_VALUES,
                ),
                say("take a list or an object instead of many values"),
                declared.tree.kind.span,
            )
