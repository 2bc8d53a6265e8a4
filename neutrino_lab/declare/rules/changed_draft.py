"""A cell that a model drafted has changed since a person accepted it.

Why: what was checked, tried and accepted is another code than what would run. An edit in JupyterLab
makes a cell one's own; this one was changed in some other way.

Fix: look at the cell, then take it as yours: by the fix, or by taking `generated` out of
`neutrino_lab` in the cell's metadata.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, View
from neutrino_lab.declare.diagnostics import Fix
from neutrino_lab.notebook.provenance import hash_of
from neutrino_lab.notebook.wording import say

CODE: Final = "NL907"
SEVERITY: Final = "error"


def check(view: View) -> Iterator[Finding]:
    cell = view.cell
    if not view.declared or not cell.generated or hash_of(cell.source) == cell.generated:
        return
    span = view.declared[0].tree.kind.span
    yield Finding(
        say("this cell was drafted by a model, and has changed since it was accepted"),
        say(
            "look at it, then take it as yours: by the fix, or by taking `generated` out "
            "of the cell's metadata"
        ),
        span,
        # Applying any fix is an edit of the person who does it.
        (Fix(say("take it as mine"), span.start, ""),),
    )
