'''One key declares the same field twice.

Why: only one of the two could hold, and nobody could tell which.

Example:
    """
    @HTTP
    GET /items
    query: q:str, q:int
    """
    def items(q: str):
        return q

Fix: take one of them out, or rename it.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare import edits, grammar
from neutrino_lab.declare.declared import Declared, Finding
from neutrino_lab.notebook.wording import say

CODE: Final = "NL115"
SEVERITY: Final = "error"
KINDS: Final = grammar.WITH_FIELDS


def check(declared: Declared) -> Iterator[Finding]:
    for entry in declared.tree.entries:
        seen: set[str] = set()
        key = declared.kind.key(entry.name)
        for field in entry.fields:
            # The names of headers are the same in upper and lower case.
            is_header = key is not None and key.place == "header"
            name = field.name.text.lower() if is_header else field.name.text
            if name and name in seen:
                yield Finding(
                    say(
                        "`{entry}` declares `{field}` twice",
                        entry=entry.name,
                        field=field.name.text,
                    ),
                    say("take one of them out, or rename it"),
                    field.name.span,
                    edits.remove_field(declared, entry, field),
                )
            seen.add(name)
