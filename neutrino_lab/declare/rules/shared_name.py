"""Two notebooks of one app define functions or classes of one name, and processes are started.

Why: each notebook is `__main__` for its own code, but what another process looks up in `__main__`
by name is that of the first notebook.

Fix: give one of them another name, or move it to a module beside the notebooks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, InCell, Project
from neutrino_lab.notebook.model import Notebook, Span
from neutrino_lab.notebook.wording import say

CODE: Final = "NL122"
SEVERITY: Final = "warning"

_DEFINED: Final = re.compile(r"^(?:async[ \t]+def|def|class)[ \t]+([^\W\d]\w*)", re.MULTILINE)
_STARTING: Final = re.compile(
    r"^[ \t]*(?:import|from)\s+(?:\w+\s*,\s*)*(?:multiprocessing|concurrent\.futures)\b.*$"
    r"|\bProcessPoolExecutor\b",
    re.MULTILINE,
)


def check(project: Project) -> Iterator[tuple[InCell, Finding]]:
    notebooks = project.readable
    if len(notebooks) < 2:
        return
    first: dict[str, Notebook] = {}
    for notebook in notebooks:
        starts = any(_starts(cell.code) for cell in notebook.cells)
        for cell in notebook.cells:
            for found in _DEFINED.finditer(cell.code):
                owner = first.setdefault(found[1], notebook)
                if owner is notebook or not starts:
                    continue
                line = cell.code.count("\n", 0, found.start()) + 1
                column = found.start(1) - found.start()
                finding = Finding(
                    say(
                        "`{name}` is defined in {path} too, and other processes find that one",
                        name=found[1],
                        path=owner.path,
                    ),
                    say("give it another name, or move it to a module beside the notebooks"),
                    Span(line, column, line, column + len(found[1])),
                )
                yield InCell(notebook, cell), finding


def _starts(code: str) -> bool:
    """Whether code may give functions to other processes by name; threads share the memory."""
    return any("ThreadPool" not in found[0] for found in _STARTING.finditer(code))
