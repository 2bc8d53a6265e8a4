"""A name is set from a shell line or a magic, which a service does not run.

Why: the name stays unset in the service, and whatever reads it fails there.

Example:
    files = !ls

Fix: write it as Python, as with `subprocess.run` or `pathlib.Path().iterdir()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, View
from neutrino_lab.declare.rules import dropped_magic
from neutrino_lab.notebook.wording import say

CODE: Final = "NL117"
SEVERITY: Final = "warning"


def check(view: View) -> Iterator[Finding]:
    for magic in view.cell.magics:
        name = dropped_magic.assigned(magic)
        if name:
            yield Finding(
                say("a service does not run this line, so `{name}` stays unset", name=name),
                say("write it as Python, as with `subprocess.run(..., capture_output=True)`"),
                dropped_magic.line_span(view, magic),
            )
