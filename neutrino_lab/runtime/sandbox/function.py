"""A function that runs in a sandbox alone: its cell as text, and what shows without running it."""

from __future__ import annotations
import __future__

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..cell_file import CodeCell


@dataclass(frozen=True, eq=False)  # no slots: it is referred to weakly
class SandboxedFunction:
    """`outline` is a function of the same parameters, annotations and kind, whose body is empty.

    `flags` are those of `from __future__` in the cells above.
    """

    name: str
    code: str
    filename: str
    first_line: int
    flags: int
    outline: Callable[..., Any]

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError(f"`{self.name}` runs in its sandbox alone")


def outlined(name: str, cell: CodeCell, flags: int) -> SandboxedFunction | None:
    """Take the function of a cell as it stands; None where there is none of that name."""
    made = outline(cell.code, name)
    if made is None:
        return None
    return SandboxedFunction(name, cell.code, cell.filename, cell.first_line, flags, made)


def outline(code: str, name: str) -> Callable[..., Any] | None:
    """Make the outline of the last function of that name; None where there is none.

    Nothing of the cell is evaluated: defaults are None, annotations stay text.
    """
    found = None
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            found = node
    if found is None:
        return None
    document = ast.get_docstring(found, clean=False)
    is_generator = any(isinstance(each, ast.Yield | ast.YieldFrom) for each in _own(found))
    found.decorator_list = []
    arguments = found.args
    arguments.defaults = [ast.Constant(None) for _ in arguments.defaults]
    arguments.kw_defaults = [each and ast.Constant(None) for each in arguments.kw_defaults]
    found.body = [ast.Expr(ast.Constant(document))] if document else []
    found.body.append(ast.Expr(ast.Yield(None)) if is_generator else ast.Pass())
    module = ast.fix_missing_locations(ast.Module([found], []))
    namespace: dict[str, Any] = {"__name__": "__main__"}
    annotations = __future__.annotations.compiler_flag
    exec(compile(module, "<outline>", "exec", annotations, dont_inherit=True), namespace)  # noqa: S102
    made: Callable[..., Any] = namespace[name]
    return made


def _own(function: ast.AST) -> list[ast.AST]:
    """The nodes of a function without those of functions inside of it."""
    nodes: list[ast.AST] = []
    todo = list(ast.iter_child_nodes(function))
    while todo:
        node = todo.pop()
        nodes.append(node)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            todo += ast.iter_child_nodes(node)
    return nodes
