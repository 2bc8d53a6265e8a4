"""What one cell's code says about itself: one `ast.parse`, after which the tree is dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from neutrino_lab.notebook.model import Span

ParameterKind: TypeAlias = Literal[
    "positional-only", "positional", "keyword-only", "var-positional", "var-keyword"
]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `annotation` and `default` are source text, empty where there is none."""

    name: str
    span: Span
    kind: ParameterKind = "positional"
    annotation: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """A top-level function. `span` covers its name; `first_line` is that of its first decorator.

    `mapping_uses` are the places where a parameter is read like a dict (`event["x"]`,
    `event.get(...)`), by the parameter's name, and only where the body does not rebind it.
    """

    name: str
    span: Span
    first_line: int
    end_line: int
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    docstring: str = ""
    is_async: bool = False
    is_generator: bool = False
    mapping_uses: tuple[tuple[str, Span], ...] = ()


@dataclass(frozen=True, slots=True)
class Import:
    """`module` is dotted as written, `names` what `from` takes of it; `level` counts the dots.

    `guarded`: under `try` with an `except ImportError` (or wider), or under `if TYPE_CHECKING`.
    """

    module: str
    span: Span
    names: tuple[str, ...] = ()
    level: int = 0
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Why the code does not parse, in Python's words."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the other layers ask about a cell's code.

    `statements` are the line ranges (first, last) of the top-level statements, and `texts` the
    spans of those that are a lone string literal. `binds` are the module-level names the cell sets
    (assigned, imported, defined, deleted, or changed through `x[...] =`, `x.a =`, `x +=`); `eager`
    those that it reads while it runs and did not bind first; `lazy` says for every function or
    class that it defines which module-level names the body reads later, when called. `opaque`:
    what it does to names cannot be told (star import, `exec`, `eval`, `globals()`, a `global`
    statement that writes, ...).
    """

    statements: tuple[tuple[int, int], ...] = ()
    texts: tuple[Span, ...] = ()
    functions: tuple[Function, ...] = ()
    imports: tuple[Import, ...] = ()
    binds: frozenset[str] = frozenset()
    eager: frozenset[str] = frozenset()
    lazy: Mapping[str, frozenset[str]] | None = None
    opaque: bool = False
    error: SyntaxProblem | None = None
