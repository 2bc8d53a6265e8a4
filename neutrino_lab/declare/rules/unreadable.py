"""A file is no notebook that can be read.

Why: nothing of it can be served.

The code tells what is wrong: NL001 the file cannot be read, NL002 it is not JSON, NL003 it is
JSON but no notebook, NL004 its format is newer than this version, NL005 its old format cannot be
upgraded, NL006 it is not written in Python.

Fix: as the message says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, Project
from neutrino_lab.declare.diagnostics import Severity
from neutrino_lab.notebook.model import Unreadable
from neutrino_lab.notebook.wording import Worded, quote

CODE: Final = "NL001"
SEVERITY: Final = "error"


def check(project: Project) -> Iterator[tuple[Unreadable, Finding]]:
    for notebook in project.notebooks:
        if isinstance(notebook, Unreadable):
            finding = Finding(
                _plain(notebook.message),
                _plain(notebook.hint),
                severity=_severity(notebook) if project.placed else None,
                code=notebook.code,
            )
            yield notebook, finding


def _severity(notebook: Unreadable) -> Severity | None:
    """What lies beside notebooks that are served stops none of them; the file that says which
    those are is another matter."""
    if notebook.path.suffix != ".ipynb":
        return None
    return "note" if notebook.code == "NL006" else "warning"


def _plain(sentence: str) -> Worded:
    """Put a sentence in the form of the other messages: no capital, no full stop."""
    is_word = sentence[1:2].islower() or sentence[1:2] == " "
    return quote((sentence[0].lower() + sentence[1:] if is_word else sentence).rstrip("."))
