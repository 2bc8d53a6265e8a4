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

from neutrino_lab.declare import route
from neutrino_lab.declare.declared import Finding, Placed, Project

CODE: Final = "NL403"
SEVERITY: Final = "error"


def check(project: Project) -> Iterator[tuple[Placed, Finding]]:
    taken: dict[tuple[str, str, str], Placed] = {}
    for placed in project.placed:
        tree = placed.declared.tree
        if tree.path is None:
            continue
        verb = tree.verb.text if tree.verb else ""
        address = (tree.word, verb, route.shape(tree.path.text))
        first = taken.setdefault(address, placed)
        if first is placed or first.declared.tree.path is None:
            continue
        shown = f"{verb} {tree.path.text}".strip()
        before = first.declared.tree.path.text
        same = "" if before == tree.path.text else f" (as `{before}`: names make no difference)"
        yield (
            placed,
            Finding(
                f"`{shown}` is already declared in {_place(first, placed)}{same}",
                "change the path or the verb of one, or take it out",
                tree.path.span,
            ),
        )


def _place(first: Placed, second: Placed) -> str:
    if first.notebook is not second.notebook:
        return f"{first.notebook.path}, cell {first.cell.number}"
    if first.cell is not second.cell:
        return f"cell {first.cell.number}"
    return f"line {first.declared.tree.kind.span.line} of this cell"
