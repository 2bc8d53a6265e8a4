"""Python code as a tree. While an export is planned, each text is parsed once."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

# A tree takes sixty times the memory of its text.
MOST_KEPT_CHARACTERS = 1_000_000


@dataclass(slots=True)
class _Kept:
    trees: dict[str, ast.Module] = field(default_factory=dict)
    characters: int = 0


# Fields whose nodes have none of their own, and those that hold no nodes.
_LEAVES = frozenset(
    {"arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs", "level"}
    | {"module", "op", "ops", "rest", "simple", "tag", "type_comment"}
)


def _node_types(base: type[ast.AST]) -> Iterator[type[ast.AST]]:
    """Yield a class of nodes and all below it."""
    yield base
    for each in base.__subclasses__():
        yield from _node_types(each)


# For every kind of node the fields that can hold further nodes.
FIELDS = {
    kind: tuple(name for name in kind._fields if name not in _LEAVES)
    for kind in _node_types(ast.AST)
}

_kept: ContextVar[_Kept | None] = ContextVar("kept", default=None)


@contextmanager
def each_once() -> Iterator[None]:
    """Keep what `parse` reads in this thread until the block ends, so that it is read once."""
    token = _kept.set(_Kept())
    try:
        yield
    finally:
        _kept.reset(token)


def parse(code: str) -> ast.Module:
    """Parse code without warnings. The tree is shared: read it, and leave it as it is.

    Raises SyntaxError, ValueError, RecursionError or MemoryError, as `ast.parse` does.
    """
    kept = _kept.get()
    tree = kept.trees.get(code) if kept else None
    if tree is not None:
        return tree
    with warnings.catch_warnings():
        # What Python thinks of the code is no warning of ours.
        warnings.simplefilter("ignore")
        tree = ast.parse(code)
    if kept and kept.characters + len(code) <= MOST_KEPT_CHARACTERS:
        kept.trees[code] = tree
        kept.characters += len(code)
    return tree


def try_parse(code: str) -> ast.Module | None:
    """Parse code as `parse` does; None for what is no Python."""
    try:
        return parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def walk(node: ast.AST) -> list[ast.AST]:
    """List a node and all below it in the order of `ast.walk`, in half its time; contexts and
    operators, which say something only with the node around them, are left out."""
    nodes = [node]
    for each in nodes:
        for name in FIELDS[type(each)]:
            value = getattr(each, name, None)
            if type(value) is list:
                nodes += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST):
                nodes.append(value)
    return nodes


def all_names(node: ast.AST) -> set[str]:
    """Give the names that stand in a piece of code, read or set."""
    return {each.id for each in walk(node) if isinstance(each, ast.Name)}


def last_name(node: ast.AST | None) -> str:
    """Give a name, or the last part of a dotted one; empty for other code."""
    return str(getattr(node, "attr", getattr(node, "id", "")))


def parse_or_empty(code: str) -> ast.Module:
    """Parse code as `parse` does; an empty module for what is no Python."""
    return try_parse(code) or ast.Module([], [])
