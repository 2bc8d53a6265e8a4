"""The notebook is of an older format, and was read as if saved in the current one.

Why: it works, but tools that write notebooks may convert the file on their first save.

Fix: open it in Jupyter and save it once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, Project
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.notebook.wording import say

CODE: Final = "NL011"
SEVERITY: Final = "note"


def check(project: Project) -> Iterator[tuple[Notebook, Finding]]:
    for notebook in project.readable:
        if notebook.upgraded_from:
            message = say(
                "the notebook is of format {version} and was read as if it were of format 4",
                version=notebook.upgraded_from,
            )
            yield notebook, Finding(message, say("open it in Jupyter and save it once"))
