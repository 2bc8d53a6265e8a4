'''A key has no value.

Why: the line asks for something and does not say what.

Example:
    """
    @HTTP
    POST /items
    body:
    """
    def add():
        return "added"

Fix: write the value behind the colon, or fields on indented lines below, or take the line out.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits, grammar
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL113"
SEVERITY: Final = "error"
KINDS: Final = grammar.ALL


def check(declared: Declared) -> Iterator[Finding]:
    slipped = {problem.key for problem in declared.tree.problems}
    entries = declared.tree.entries
    for position, entry in enumerate(entries):
        key = declared.kind.key(entry.name)
        after = entries[position + 1 : position + 2]
        if any(declared.kind.key(each.name) is None for each in after):
            continue  # a field that should be indented, which is reported itself
        is_empty = not entry.fields and entry.scalar is None
        if key is not None and is_empty and entry.name not in slipped:
            yield Finding(
                say("`{entry}` has no value", entry=entry.name),
                say("write one, as in `{example}`, or take the line out", example=key.example),
                entry.key.span,
                edits.remove_entry(declared, entry),
            )
