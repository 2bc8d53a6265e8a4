"""No cell declares anything.

Why: there is nothing to serve.

Example:
    def items():
        return []

Fix: begin a cell with a declaration, such as `"@HTTP GET /items"`, in front of its function.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, Project
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.notebook.wording import say

CODE: Final = "NL010"
SEVERITY: Final = "warning"


def check(project: Project) -> Iterator[tuple[Notebook, Finding]]:
    notebooks = project.readable
    if project.placed or project.has_problems or not notebooks:
        return
    first = notebooks[0]
    if any(cell.code.strip() for each in notebooks for cell in each.cells):
        message = say("no cell declares anything, so nothing will be served")
    else:
        message = say("the notebook has no code, so nothing will be served")
    hint = say(
        'begin a cell with a declaration such as `"@HTTP GET /hello"`, in front of its function'
    )
    yield first, Finding(message, hint)
