"""What is found out about code before it runs. None of it is a boundary."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Collection
from dataclasses import dataclass

from neutrino_lab.kernels.endings import Status
from neutrino_lab.notebook.magics import strip
from neutrino_lab.notebook.syntax import try_parse

# What IPython reads in a way of its own: only a kernel can say what it means.
_IPYTHON = re.compile(r"\A\s+\S|^[ \t]*(?:[,;/%!?]|>>>|In \[)|\?[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Finding:
    """Why code is not run, as an error of its own."""

    status: Status
    name: str
    message: str
    trace: str


def syntax(code: str) -> Finding | None:
    """Find what Python cannot read; what only IPython can is left to the kernel."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            compile(code, "<cell>", "exec", flags=flags, dont_inherit=True)
    except SyntaxError as error:
        if _IPYTHON.search(code) or strip(code)[1]:
            return None
        return Finding("error", type(error).__name__, error.msg, _shown(error))
    except ValueError as error:
        return Finding("error", "SyntaxError", str(error), f"SyntaxError: {error}")
    except (RecursionError, MemoryError):
        return None
    return None


def denied(code: str, names: Collection[str]) -> Finding | None:
    """Find an import or a use of a denied name, such as `subprocess` or `os.system`."""
    if not names:
        return None
    tree = try_parse(strip(code)[0])
    if tree is None:
        return None
    for node in ast.walk(tree):
        for used in _names(node):
            found = next((n for n in names if used == n or used.startswith(f"{n}.")), None)
            if found is not None:
                line = getattr(node, "lineno", 1)
                message = f"`{found}` is not allowed here (line {line})."
                return Finding("refused", "Refused", message, message)
    return None


def is_same_python(version: str) -> bool:
    """Tell whether our own parser reads what a kernel of this version does."""
    return version.split(".")[:2] == [str(each) for each in sys.version_info[:2]]


def is_own_interpreter(first: str) -> bool:
    """Tell whether the first word of a kernel's command is the Python that runs this."""
    return first in {"python", "python3", sys.executable}


def is_module(name: str) -> bool:
    """Tell whether a text is a module's full name, as `import` takes it."""
    return bool(name) and all(part.isidentifier() for part in name.split("."))


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        return [module, *(f"{module}.{each.name}" for each in node.names)]
    if isinstance(node, ast.Attribute | ast.Name):
        return [ast.unparse(node)]
    return []


def _shown(error: SyntaxError) -> str:
    line = (error.text or "").rstrip("\n")
    place = f"line {error.lineno}" if error.lineno else "the cell"
    caret = ""
    if line and error.offset:
        caret = "\n    " + " " * (error.offset - 1) + "^"
    shown = f"\n    {line}{caret}" if line else ""
    return f"{type(error).__name__} in {place}: {error.msg}{shown}"
