"""The edits that mend a mistake where the mend is certain."""

from __future__ import annotations

from neutrino_lab.declare.declared import Declared
from neutrino_lab.declare.diagnostics import Fix
from neutrino_lab.notebook.model import Span


def replace(span: Span, text: str) -> tuple[Fix, ...]:
    """Offer a correction, or nothing where there is no text."""
    return (Fix(f"change it to `{text}`", span, text),) if text else ()


def add_parameter(declared: Declared, name: str, type_: str = "") -> tuple[Fix, ...]:
    """Offer to put a parameter first into the function's signature."""
    function = declared.function
    if function is None or not name.isidentifier():
        return ()
    line, column = function.span.end_line, function.span.end_column
    text = declared.code.split("\n")[line - 1]
    if text[column : column + 1] != "(":
        return ()
    parameter = f"{name}: {type_}" if type_ in _PLAIN else name
    at = Span(line, column + 1, line, column + 1)
    joined = parameter + (", " if function.parameters else "")
    return (Fix(f"add `{parameter}` to `{function.name}`", at, joined),)


# Other types may need an import that the cell has not.
_PLAIN = frozenset(("str", "int", "float", "bool", "list", "dict"))
