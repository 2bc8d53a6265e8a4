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

from neutrino_lab.declare.declared import Finding, InCell, Project
from neutrino_lab.notebook import syntax
from neutrino_lab.notebook.blocks import of_each
from neutrino_lab.notebook.lines import Lines
from neutrino_lab.notebook.model import Cell
from neutrino_lab.notebook.wording import say

CODE: Final = "NL123"
SEVERITY: Final = "warning"

_KEPT: Final = r"_{1,3}|_\d+|_i{1,3}|_i\d+|_oh|_ih|Out"
_NAME: Final = re.compile(_KEPT)
_WORD: Final = re.compile(rf"\b(?:{_KEPT})\b")


def check(project: Project) -> Iterator[tuple[InCell, Finding]]:
    for notebook in project.readable:
        wanted = {
            cell.number: names
            for cell, _ in _mentioning(notebook.cells)
            if (names := _kept(project.facts[notebook.module, cell.number].needs))
        }
        if not wanted:
            continue  # as nearly always, and then nothing is gathered
        bound: set[str] = set()
        for cell in notebook.cells:
            if unbound := wanted.get(cell.number, frozenset()) - bound:
                for finding in _read(cell.code, unbound):
                    yield InCell(notebook, cell), finding
            # A kernel, too, leaves a name alone that the code has set.
            bound |= project.facts[notebook.module, cell.number].binds


@of_each
def _mentioning(cell: Cell) -> bool:
    """Whether such a word stands in a cell; other letters may be another spelling of one."""
    return _WORD.search(cell.code) is not None or not cell.code.isascii()


def _kept(needs: frozenset[str]) -> frozenset[str]:
    """Those of the names that a cell needs that may be the names of results."""
    return frozenset(filter(_NAME.fullmatch, needs))


def _read(code: str, wanted: frozenset[str]) -> Iterator[Finding]:
    tree = syntax.parse(code)
    kept = {*wanted} - {_own(each) for each in ast.walk(tree)}
    lines = Lines(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in kept:
            kept.discard(node.id)
            yield Finding(
                say("a service keeps no results of cells, so `{id}` is empty", id=node.id),
                say("give the result a name in the cell that makes it, and use that"),
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
