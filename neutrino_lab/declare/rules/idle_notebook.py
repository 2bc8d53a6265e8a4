"""A notebook of a folder declares nothing, and no other imports it.

Why: it has no part in the service, so it is not run, and what is wrong with it stops nothing.

Fix: nothing, or declare a function in it. A line in `.neutrinoignore` leaves it out in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, Project
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.notebook.wording import say

CODE: Final = "NL012"
SEVERITY: Final = "note"


def check(project: Project) -> Iterator[tuple[Notebook, Finding]]:
    finding = Finding(
        say("the notebook declares nothing, so it is not run"),
        say("declare a function in it, or leave it out with a line in .neutrinoignore"),
    )
    for notebook in project.readable:
        if notebook.module in project.idle:
            yield notebook, finding
