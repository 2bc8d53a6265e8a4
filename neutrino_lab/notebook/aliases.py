"""Which names come to stand for a part of the object of another: `row = rows[0]`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from neutrino_lab.notebook.changing import roots
from neutrino_lab.notebook.syntax import walk


def bindings(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Give the targets that a statement, or a part of it, sets, each with what it is set to."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            left, right = [getattr(each, "elts", ()) for each in (target, node.value)]
            if left and len(left) == len(right):
                yield from zip(left, right, strict=True)
            else:
                yield target, node.value
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        yield node.target, node.iter
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield node.optional_vars, node.context_expr
    elif isinstance(node, ast.Match):
        for case in node.cases:
            for part in walk(case.pattern):
                name = getattr(part, "name", None) or getattr(part, "rest", None)
                if name:
                    yield ast.Name(name, ast.Store()), node.subject


def pairs(target: ast.expr, found: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pair the names of a target with those whose object, or part of it, they come to name."""
    objects = list(found)
    for each in walk(target) if objects else ():
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield from ((each.id, name) for name in objects if name != each.id)


def sources(value: ast.expr) -> Iterator[str]:
    """Give the names of the objects that a value may be a part of."""
    if isinstance(value, ast.Tuple | ast.List):
        for each in value.elts:
            yield from sources(each)
    elif not _is_item(value):
        yield from roots(value)


def items(value: ast.expr) -> Iterator[str]:
    """Give the names of the objects that it may be a part of if they are containers: `d[k]`."""
    if _is_item(value):
        yield from roots(value)


def _is_item(value: ast.expr) -> bool:
    """Whether somewhere a part is taken by what is not written down: `x[k]`, `x[k].a`."""
    while isinstance(value, ast.Attribute | ast.Subscript):
        if isinstance(value, ast.Subscript) and not isinstance(value.slice, ast.Constant):
            return True
        value = value.value
    return False
