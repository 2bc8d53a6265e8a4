'''Two declarations answer to the same address.

Why: only the first would ever be called. The names of path parameters make no difference:
`/items/{id}` and `/items/{name}` are the same address.

Example:
    """
    @HTTP
    GET /items
    """
    def first():
        return 1

    """
    @HTTP
    GET /items
    """
    def second():
        return 2

Fix: change the verb or the path of one, or take it out.
'''

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, Placed, Project
from neutrino_lab.notebook.wording import Worded, say

CODE: Final = "NL403"
SEVERITY: Final = "error"


def check(project: Project) -> Iterator[tuple[Placed, Finding]]:
    taken: dict[tuple[str, str], tuple[Placed, str]] = {}
    for placed in project.placed:
        declared = placed.declared
        others = [
            (verb, path, *known)
            for verb, path, shape in declared.addresses
            if (known := taken.setdefault((verb, shape), (placed, path)))[0] is not placed
        ]
        if not others or declared.tree.path is None:
            continue
        verb, path, first, before = others[0]
        shown = path if verb == "WS" else f"{verb} {path}"
        place = _place(first, placed)
        message = say("`{shown}` is already declared in {place}", shown=shown, place=place)
        if before != path:
            message = say(
                "`{shown}` is already declared in {place} (as `{before}`: names make no "
                "difference)",
                shown=shown,
                place=place,
                before=before,
            )
        hint = say("change the path or the verb of one, or take it out")
        yield placed, Finding(message, hint, declared.tree.path.span)


def _place(first: Placed, second: Placed) -> Worded:
    if first.notebook is second.notebook and first.cell is second.cell:
        return say("line {line} of this cell", line=first.declared.tree.kind.span.line)
    return first.seen_from(second)
