"""A line looks like the marker between the cells of an exported notebook.

Why: an export writes the cells as one Python file with such lines between them, and would be read
back with a cell too many.

Example:
    # %% cell 7
    limit = 10

Fix: change the line, as by a word more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, View
from neutrino_lab.notebook.model import Span
from neutrino_lab.notebook.wording import say
from neutrino_lab.runtime.cell_file import MARKER

CODE: Final = "NL701"
SEVERITY: Final = "error"


def check(view: View) -> Iterator[Finding]:
    if "# %% cell " not in view.cell.code:
        return
    for found in MARKER.finditer(view.cell.code):
        line = view.cell.code.count("\n", 0, found.start()) + 1
        yield Finding(
            say("`{line}` is how an export marks where a cell begins", line=found[0]),
            say("change this line, as by a word more"),
            Span(line, 0, line, len(found[0])),
        )
