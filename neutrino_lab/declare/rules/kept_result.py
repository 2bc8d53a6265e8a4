"""A cell reads what a notebook keeps of the results of cells before it: `_`, `Out[1]`.

Why: a service keeps no results of cells. `_` is empty text there, and `Out` is an empty dict.

Example:
    rows = _

Fix: give the result a name in the cell that makes it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, View
from neutrino_lab.notebook.lines import Lines

CODE: Final = "NL123"
SEVERITY: Final = "warning"

_KEPT: Final = re.compile(r"_{1,3}|_\d+|_i{1,3}|_i\d+|_oh|_ih|Out")


def check(view: View) -> Iterator[Finding]:
    kept = {name for name in view.facts.needs if _KEPT.fullmatch(name)}
    if not kept or view.facts.error is not None:
        return
    tree = ast.parse(view.cell.code)
    kept -= {_own(each) for each in ast.walk(tree)}
    lines = Lines(view.cell.code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in kept:
            kept.discard(node.id)
            yield Finding(
                f"a service keeps no results of cells, so `{node.id}` is empty",
                "give the result a name in the cell that makes it, and use that",
                lines.span(node),
            )


def _own(node: ast.AST) -> str:
    """Give a name that another cell must have set: that of a translation, `_("text")`, and an `Out`
    that is not read by a cell's number."""
    match node:
        case ast.Call(func=ast.Name(id="_")):
            return "_"
        case ast.Subscript(value=ast.Name(id="Out"), slice=ast.Constant(value=int())):
            return ""
        case ast.Subscript(value=ast.Name(id="Out")) | ast.Attribute(value=ast.Name(id="Out")):
            return "Out"
    return ""
