"""Which texts an expression may come to, as far as its code says so: constants, pieces put
together, what a loop goes through. Nothing is run."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, product

from neutrino_lab.export.known_texts import MOST_CHARACTERS, MOST_TEXTS, UNKNOWN, Texts
from neutrino_lab.notebook.scopes import with_defaults
from neutrino_lab.notebook.syntax import last_name, walk

_BUILDERS = frozenset({"Path", "PurePath", "PosixPath", "PurePosixPath"})
_SAME = frozenset(
    {"resolve", "absolute", "expanduser", "str", "fspath", "abspath", "normpath", "realpath"}
)
_OF_ITEMS = frozenset({"enumerate", "sorted", "list", "zip"})
_LISTS = (ast.List, ast.Tuple, ast.Set)
_FORMAT = re.compile(r"%[-+ #0-9.]*[a-zA-Z]|\{[^{}]*\}")
_BOTH = re.compile(r"%%|\{\{|\}\}")


def gather(trees: Iterable[ast.Module]) -> Texts:
    """Find what the names of some code stand for."""
    known = Texts()
    for tree in trees:
        add_names(tree, known)
    return known


def add_names(tree: ast.Module, known: Texts) -> None:
    """Add what the names of some code stand for, after that of the code before it."""
    for node in walk(tree):
        if isinstance(node, ast.ClassDef):
            for statement in node.body:
                for name, value, is_item in _assigned(statement):
                    _add(known, f".{name}", value, is_item=is_item)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            _add_parameters(known, node.args)
            if not isinstance(node, ast.Lambda):
                _add_returned(known, node)
        for name, value, is_item in _assigned(node):
            _add(known, name, value, is_item=is_item)


def texts_of(node: ast.expr, known: Texts) -> tuple[str, ...]:
    """The texts that an expression may come to; UNKNOWN alone where nothing says so."""
    try:
        listed = tuple(dict.fromkeys(islice(_texts_of(node, known), MOST_TEXTS)))
    except RecursionError:  # a sum of some thousand pieces
        return (UNKNOWN,)
    return tuple(t if len(t) <= MOST_CHARACTERS else UNKNOWN for t in listed) or (UNKNOWN,)


def _texts_of(node: ast.expr, known: Texts) -> Iterable[str]:  # noqa: PLR0912 - a table of forms
    match node:
        case ast.Constant(value=str(text)):
            found: Iterable[str] = (text,) if len(text) <= MOST_CHARACTERS else (UNKNOWN,)
        case ast.Name(id=name):
            found = known.of(name)
        case ast.Attribute(value=ast.Name(id="os"), attr="curdir"):
            found = (".",)
        case ast.Subscript(
            value=ast.Attribute(value=ast.Name(id="sys"), attr="path"), slice=ast.Constant(value=0)
        ):
            found = (".",)  # where the service starts, as a kernel starts beside its notebook
        case ast.Attribute(value=inner, attr="parent"):
            found = (posixpath.dirname(each) or "." for each in texts_of(inner, known))
        case ast.Attribute(attr=name):
            found = known.of(f".{name}")
        case ast.Subscript(value=ast.Name(id=name)):
            found = known.of(f"{name}[]")
        case ast.Subscript(value=ast.Attribute(attr=name)):
            found = known.of(f".{name}[]")
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            found = _joined([left, right], known)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            found = _joined([left, right], known, "".join)
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            found = (_filled(text),)
        case ast.JoinedStr(values=values):
            found = _joined(values, known, "".join)
        case ast.FormattedValue(value=inner, format_spec=None):
            found = texts_of(inner, known)
        case ast.IfExp(body=body, orelse=other):
            found = (*texts_of(body, known), *texts_of(other, known))
        case ast.BoolOp(values=values):
            found = (text for each in values for text in texts_of(each, known))
        case ast.NamedExpr(value=inner):
            found = texts_of(inner, known)
        case ast.Call():
            found = _called(node, known)
        case _:
            found = (UNKNOWN,)
    return found


def is_builder(node: ast.Call) -> bool:
    """Whether a call makes one path of another: the call that takes the other one opens it."""
    return last_name(node.func) in _BUILDERS | _SAME


def _add(known: Texts, name: str, value: ast.expr | None, *, is_item: bool) -> None:
    """Say what is assigned; an item is one of what the value holds."""
    items = None if value is None else items_of(value, known)
    if is_item:
        known.add(name, items or (UNKNOWN,))
        return
    if items is not None:
        known.add(f"{name}[]", items)
    known.add(name, (UNKNOWN,) if value is None else texts_of(value, known))


def items_of(node: ast.expr, known: Texts) -> tuple[str, ...] | None:  # noqa: PLR0911 - a table
    """Give the texts in what holds some: a list, a dict, a name that stands for one."""
    match node:
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            nodes: list[ast.expr] = [*elements]
            nodes += [inner for each in elements if isinstance(each, _LISTS) for inner in each.elts]
        case ast.Dict(keys=keys, values=values):
            nodes = [*values, *(key for key in keys if key is not None)]
        case ast.Name(id=name) if known.has(f"{name}[]"):
            return known.of(f"{name}[]")
        case ast.Attribute(attr=name) if known.has(f".{name}[]"):
            return known.of(f".{name}[]")
        case ast.Call(func=ast.Attribute(value=inner, attr="items" | "values" | "keys")):
            return items_of(inner, known)
        case ast.Call(args=[inner, *_]) if last_name(node.func) in _OF_ITEMS:
            return items_of(inner, known)
        case ast.Call() if last_name(node.func) in {"glob", "iglob", "rglob", "iterdir"}:
            return tuple(islice(_matched(node, known), MOST_TEXTS))
        case _:
            return None
    texts = (text for each in islice(nodes, MOST_TEXTS) for text in texts_of(each, known))
    return tuple(islice(texts, MOST_TEXTS))


def _matched(node: ast.Call, known: Texts) -> Iterator[str]:
    """The paths that a pattern matches, or that are in a folder: UNKNOWN in the place of names."""
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    folder = texts_of(owner, known) if owner is not None else (UNKNOWN,)
    patterns = texts_of(node.args[0], known) if node.args else ("*",)
    folders = folder if folder != (UNKNOWN,) else ("",)
    for each, pattern in product(folders, patterns):
        yield posixpath.join(each, pattern).replace("*", UNKNOWN)


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr | None, bool]]:
    """The names that a statement sets, with the value, and whether it is one item of that."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _targets(target, value)
        case ast.AnnAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
            yield from _targets(target, value)
        case ast.AugAssign(target=ast.Name(id=name)):
            yield name, None, False
        case (
            ast.For(target=target, iter=value)
            | ast.AsyncFor(target=target, iter=value)
            | ast.comprehension(target=target, iter=value)
        ):
            names = [each.id for each in walk(target) if isinstance(each, ast.Name)]
            yield from ((name, value, True) for name in names)


def _targets(
    target: ast.expr, value: ast.expr | None
) -> Iterator[tuple[str, ast.expr | None, bool]]:
    match target:
        case ast.Name(id=name):
            yield name, value, False
        case ast.Attribute(attr=name):
            yield f".{name}", value, False
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            values = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            for index, each in enumerate(elements):
                yield from _targets(each, values[index] if index < len(values) else None)


def _add_parameters(known: Texts, arguments: ast.arguments) -> None:
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        known.give(argument.arg)
        known.add(argument.arg, (UNKNOWN,))
    # Backwards: a default speaks of the names around, not of the parameters before it.
    for argument, default in reversed([*with_defaults(arguments)]):
        _add(known, argument.arg, default, is_item=False)


def _add_returned(known: Texts, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Say what a function gives back, as far as its returns are texts."""
    for node in walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            texts = texts_of(node.value, known)
            if texts != (UNKNOWN,):
                known.add(f"{function.name}()", texts)


def _called(node: ast.Call, known: Texts) -> Iterable[str]:  # noqa: PLR0911 - a table of calls
    called, arguments = last_name(node.func), node.args
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
    if called in _BUILDERS:
        return _joined(arguments, known) if arguments else (".",)
    if called in {"cwd", "getcwd"} and not arguments:
        return (".",)
    if called in _SAME:
        given = arguments[0] if arguments else receiver
        return (UNKNOWN,) if given is None else texts_of(given, known)
    if called == "joinpath" and receiver is not None:
        return _joined([receiver, *arguments], known)
    if called == "join" and last_name(receiver) == "path":
        return _joined(arguments, known)
    if called == "dirname" and len(arguments) == 1:
        return (posixpath.dirname(each) or "." for each in texts_of(arguments[0], known))
    if called == "getenv" or (called in {"get", "setdefault"} and last_name(receiver) == "environ"):
        return texts_of(arguments[1], known) if len(arguments) > 1 else (UNKNOWN,)
    if called == "format" and isinstance(receiver, ast.Constant) and type(receiver.value) is str:
        return (_filled(receiver.value),)
    if receiver is None:
        return known.of(f"{called}()")
    return (UNKNOWN,)


def _filled(text: str) -> str:
    """What `%` or `format` make of a text."""
    return _FORMAT.sub(UNKNOWN, _BOTH.sub(lambda found: found[0][0], text))


def _joined(
    nodes: Iterable[ast.expr],
    known: Texts,
    how: Callable[[Iterable[str]], str] = lambda parts: posixpath.join(*parts),
) -> Iterator[str]:
    parts = [texts_of(each, known) for each in nodes]
    return (how(each) for each in product(*parts)) if parts else iter((UNKNOWN,))
