'''A key stands twice in one declaration.

Why: only one of the two lines could hold, and nobody could tell which.

Example:
    """
    @HTTP
    GET /items
    query: q:str
    query: limit:int
    """
    def items(q: str, limit: int):
        return [q] * limit

Fix: keep one line and put everything there, separated by commas.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits, grammar
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL108"
SEVERITY: Final = "error"
KINDS: Final = grammar.ALL


def check(declared: Declared) -> Iterator[Finding]:
    seen: set[str] = set()
    for entry in declared.tree.entries:
        key = declared.kind.key(entry.name)
        if entry.name in seen and key is not None:
            joined = (
                say("join the two lines with a comma") if key.form == "fields" else say("keep one")
            )
            fixes = () if entry.fields else edits.remove_entry(declared, entry)
            yield Finding(
                say("`{entry}` is given twice", entry=entry.name), joined, entry.key.span, fixes
            )
        seen.add(entry.name)
