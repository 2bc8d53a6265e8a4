"""Which environment variables a service reads: those of `runtime/`, and what its cells ask for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from neutrino_lab.notebook.blocks import of_each
from neutrino_lab.notebook.model import Cell, Notebook
from neutrino_lab.notebook.syntax import parse_or_empty, walk
from neutrino_lab.runtime import settings

RUNTIME = (*(each.name for each in settings.SETTINGS), "FORWARDED_ALLOW_IPS")

# What a shell takes as the name of a variable; with another one nobody could set it there.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
# What the image or the system sets for good reason.
_OWN = frozenset({"HOME", "MPLCONFIGDIR", "PATH", "PYTHONPATH", "PORT", "TMPDIR", "USER"})
_READERS = frozenset({"environ.get", "environ.pop", "environ.setdefault", "getenv"})


def of_cells(notebooks: Iterable[Notebook]) -> tuple[str, ...]:
    """Find the variables that cells read by a literal name, sorted."""
    found = {name for notebook in notebooks for _, names in _read(notebook.cells) for name in names}
    return tuple(sorted(name for name in found - {*RUNTIME, *_OWN} if _NAME.fullmatch(name)))


def example(names: Iterable[str]) -> str:
    """Write the text of .env.example: a line for each name, commented out."""
    lines = ["# Copy to .env and fill in; .env stays here and never reaches the image.", ""]
    return "\n".join([*lines, *(f"# {name}=" for name in names), ""])


@of_each
def _read(cell: Cell) -> frozenset[str]:
    is_asking = "environ" in cell.code or "getenv" in cell.code
    return frozenset(_names(cell.code)) if is_asking else frozenset()


def _names(code: str) -> Iterator[str]:
    for node in walk(parse_or_empty(code)):
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript) and _dotted(node.value).endswith("environ"):
            key = node.slice
        elif isinstance(node, ast.Call) and node.args:
            called = _dotted(node.func)
            if called.removeprefix("os.") in _READERS:
                key = node.args[0]
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))
