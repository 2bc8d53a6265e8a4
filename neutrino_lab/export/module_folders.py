"""Which folders code has Python look for modules in, besides the project's own."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Sequence

from neutrino_lab.export.known_texts import UNKNOWN, Texts
from neutrino_lab.export.texts import gather, items_of, texts_of
from neutrino_lab.notebook.blocks import of_each
from neutrino_lab.notebook.model import Cell
from neutrino_lab.notebook.syntax import last_name, parse_or_empty, walk


def of_cells(cells: Sequence[Cell]) -> list[str]:
    """List what the cells of a notebook put on `sys.path`, as a path from where they run."""
    trees = [parse_or_empty(cell.code) for cell, _ in _mentioning(cells)]
    known = gather(trees)
    found = [text for tree in trees for node in walk(tree) for text in _of_node(node, known)]
    return [posixpath.normpath(each) for each in dict.fromkeys(found) if UNKNOWN not in each]


@of_each
def _mentioning(cell: Cell) -> bool:
    return "path" in cell.code or "addsitedir" in cell.code


def _of_node(node: ast.AST, known: Texts) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="append" | "insert"), args=[*_, added]):
            if _is_path(owner):
                yield from texts_of(added, known)
        case ast.Call(func=ast.Attribute(value=owner, attr="extend"), args=[added]):
            if _is_path(owner):
                yield from items_of(added, known) or ()
        case ast.Call(args=[added, *_]) if last_name(node.func) == "addsitedir":
            yield from texts_of(added, known)
        case ast.AugAssign(target=target, value=added) if _is_path(target):
            yield from items_of(added, known) or ()
        case ast.Assign(targets=[target], value=added) if _is_path(target):
            yield from _listed(added, known)


def _listed(node: ast.expr, known: Texts) -> Iterator[str]:
    """What is in a new list, which may be put together: `["src"] + sys.path`."""
    match node:
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _listed(left, known)
            yield from _listed(right, known)
        case _:
            yield from items_of(node, known) or ()


def _is_path(node: ast.expr) -> bool:
    """Whether this is `sys.path`, or a part of it."""
    match node:
        case ast.Subscript(value=inner):
            return _is_path(inner)
        case ast.Attribute(value=ast.Name(id="sys"), attr="path"):
            return True
        case ast.Name(id="path" | "sys_path"):
            return True
    return False
