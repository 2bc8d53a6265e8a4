"""A cell asks for input when it runs.

Why: a service starts by itself, and nobody is there to answer. In a container the cell raises
EOFError.

Example:
    import os
    key = input("API key: ")

Fix: read it from the environment: `os.environ["API_KEY"]`.
"""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterator
from typing import Final

from neutrino_lab.declare.declared import Finding, View
from neutrino_lab.notebook import syntax
from neutrino_lab.notebook.lines import Lines
from neutrino_lab.notebook.wording import say

CODE: Final = "NL121"
SEVERITY: Final = "warning"

_ASKING: Final = re.compile(r"\b(?:input|getpass)\s*\(")
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def check(view: View) -> Iterator[Finding]:
    if view.facts.error is not None or not _ASKING.search(view.cell.code):
        return
    if any(each.has_body and each.function is None for each in view.declared):
        return  # the body of a schedule
    tree = syntax.parse(view.cell.code)
    lines = Lines(view.cell.code)
    asking = {
        each.name
        for each in tree.body
        if isinstance(each, ast.FunctionDef) and any(map(_asks, ast.walk(each)))
    }
    for call in _calls(tree):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name in asking or (_asks(call) and not (name == "input" and name in view.facts.binds)):
            shown = ast.unparse(call.func)
            yield Finding(
                say(
                    "`{shown}()` asks for input when the service starts, and nobody can answer",
                    shown=shown,
                ),
                say("read it from the environment, as in `os.environ[...]`"),
                lines.span(call),
            )


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    """The calls that running a cell makes itself."""
    pending: deque[ast.AST] = deque(tree.body)
    while pending:
        node = pending.popleft()
        if isinstance(node, _FUNCTIONS):
            continue
        if isinstance(node, ast.Call):
            yield node
        pending += ast.iter_child_nodes(node)


def _asks(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="input" | "getpass")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="getpass"), attr="getpass")):
            return True
    return False
