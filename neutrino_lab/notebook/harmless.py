"""What is known of names: which calls are harmless, and what a notebook's own names stand for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass

from neutrino_lab.notebook.scopes import bound_name
from neutrino_lab.notebook.syntax import last_name

HARMLESS = frozenset(
    {"abs", "all", "any", "bin", "bool", "bytes", "callable", "chr", "complex", "dict", "display"}
    | {"divmod", "enumerate", "filter", "float", "format", "frozenset", "getattr", "hasattr"}
    | {"hash", "hex", "id", "int", "isinstance", "issubclass", "iter", "len", "list", "map", "max"}
    | {"min", "object", "oct", "ord", "pow", "print", "range", "repr", "reversed", "round", "set"}
    | {"slice", "sorted", "str", "sum", "super", "tuple", "type", "zip"}
)
# Methods that read, whatever the object: of text, of containers, of frames and arrays.
READERS = frozenset(
    {"astype", "copy", "corr", "count", "decode", "describe", "encode", "endswith", "format"}
    | {"get", "groupby", "head", "hist", "index", "info", "isna", "isnull", "items", "join"}
    | {"keys", "lower", "max", "mean", "median", "min", "nunique", "plot", "quantile", "reshape"}
    | {"round", "sample", "split", "splitlines", "startswith", "std", "strip", "sum", "tail"}
    | {"title", "tolist", "to_frame", "to_list", "to_numpy", "unique", "upper", "value_counts"}
    | {"values", "var"}
)
# Functions of modules that read and keep nothing.
READING = re.compile(r"read_\w+|loads?|from_\w+|DataFrame|Series|array|arange|linspace|zeros|ones")
PLOTTING = frozenset({"altair", "bokeh", "matplotlib", "plotly", "pylab", "seaborn"})
DECORATORS = frozenset(
    {"abstractmethod", "cache", "cached_property", "classmethod", "contextmanager", "dataclass"}
    | {
        "jit",
        "lru_cache",
        "njit",
        "overload",
        "property",
        "singledispatch",
        "staticmethod",
        "wraps",
    }
)
STREAMING = frozenset({"enumerate", "filter", "iter", "map", "open", "reversed", "zip", "reader"})


@dataclass(frozen=True, slots=True)
class Names:
    """What the names of a notebook stand for, over all cells.

    `names` are imported, `plotting` those of them that draw; `functions` are defined, methods
    included; `streams` are used up by their first reader.
    """

    names: frozenset[str]
    plotting: frozenset[str]
    bound: frozenset[str]
    functions: frozenset[str]
    streams: frozenset[str]


def names_of(trees: Iterable[ast.Module], bound: Iterable[str]) -> Names:
    """Gather what the names of the cells stand for; `bound` are all that they set."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names: set[str] = set()
    plotting: set[str] = set()
    functions: set[str] = set()
    making = set(STREAMING)
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                origin = getattr(node, "module", None) or alias.name
                names.add(bound_name(alias))
                if origin.partition(".")[0] in PLOTTING:
                    plotting.add(bound_name(alias))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            functions.add(node.name)
            if any(isinstance(each, ast.Yield | ast.YieldFrom) for each in ast.walk(node)):
                making.add(node.name)
    streams = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _is_stream(node.value, making)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return Names(*map(frozenset, (names, plotting, bound, functions, streams)))


def _is_stream(value: ast.expr, making: set[str]) -> bool:
    called = value.func if isinstance(value, ast.Call) else None
    return isinstance(value, ast.GeneratorExp) or last_name(called) in making
