"""Whether code gets hold of the notebook's own namespace other than by its names."""

from __future__ import annotations

import ast
import re

from neutrino_lab.notebook.syntax import last_name

_HINTS = re.compile(r"__main__|modules|import_module|user_ns|user_global_ns|_globals")
_ATTRIBUTES = frozenset({"__globals__", "f_globals", "user_global_ns", "user_ns"})
_MAIN = "__main__"


def is_reached(tree: ast.Module, code: str) -> bool:
    """Whether the code may set any name: `sys.modules["__main__"]`, `get_ipython().user_ns`. The
    usual `__name__ == "__main__"` does not."""
    if not _HINTS.search(code):
        return False
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Compare):
            continue
        if _reaches(node):
            return True
        pending += ast.iter_child_nodes(node)
    return False


def _reaches(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=value) | ast.alias(name=value) | ast.ImportFrom(module=value):
            return bool(value == _MAIN)
        case ast.Attribute(attr=attr):
            return attr in _ATTRIBUTES
        case ast.Subscript(value=owner, slice=ast.Name()):
            return last_name(owner) == "modules"
        case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=[ast.Name(), *_]):
            return last_name(owner) == "modules"
        case ast.Call(func=function, args=[ast.Name(), *_]):
            return last_name(function) == "import_module"
    return False
