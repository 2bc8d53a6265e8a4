"""What a cell says of objects that have more than one name, or that a function is handed.

`changing` tells by the words of a call what it changes. Here it is told by the code that is called,
as far as the notebook itself defines it, and by what names stand for. `known_objects` draws the
conclusions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from neutrino_lab.notebook.aliases import bindings, items, pairs, sources
from neutrino_lab.notebook.changing import is_mutator, root, roots, whole
from neutrino_lab.notebook.scopes import (
    COMPREHENSIONS,
    Scope,
    children,
    function_scope,
    lambda_scope,
    parameters,
    with_defaults,
)
from neutrino_lab.notebook.syntax import last_name, walk

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = (ast.stmt, ast.excepthandler, ast.match_case)
# What is used up by being read.
STREAM = "a stream"
LITERAL = "a literal"
# What nothing can change.
CONSTANT = "a constant"
# What changes its object when it is called: `put = rows.append`.
MUTATOR = "a method that changes its object"
# What the functions of `random` and `numpy.random` draw from.
RANDOM = "random numbers"
_RANDOM_MODULES = ("random", "numpy.random")
# What calls the function that it is given, with the rest of what it is given.
PARTIAL = "partial"
_WRITTEN = (
    ((ast.GeneratorExp,), STREAM),
    ((ast.Constant, ast.JoinedStr, ast.Compare), CONSTANT),
    ((ast.List, ast.Dict, ast.Set, ast.Tuple, *COMPREHENSIONS), LITERAL),
)
CONTAINERS = frozenset({LITERAL, "OrderedDict", "defaultdict", "dict", "list"})
GET_ITEM = "__getitem__"
_STREAMING = frozenset({"enumerate", "filter", "iter", "map", "open", "reversed", "zip"})
# Functions of modules that give what moves on as it is used: iterators, random numbers.
_STREAMING_ATTRIBUTES = frozenset(
    {"DictReader", "Random", "RandomState", "default_rng", "finditer", "iterdir", "iterrows"}
    | {"itertuples", "open", "reader", "rglob", "scandir"}
)
# What Python calls by names of its own, and `CallSite` does not tell.
_TOLD = frozenset({"__call__", "__enter__", "__init__", "__new__", "__post_init__", GET_ITEM})
_PROPERTIES = frozenset({"cached_property", "property"})

ArgumentKey: TypeAlias = int | str
"""Where an argument stands in a call: its position, or its keyword."""


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call of a function, or of a method of `receiver`, and the names that it is given.

    `x[k]` is one of `__getitem__`, and for `x.rows[k]`, as for `x.rows.add(k)`, the `attribute` is
    `.rows`. `handed` are all
    names in what it is given, where a function may be among them; `changes_handed`: there is a
    lambda that changes what it is called with.
    """

    name: str
    receiver: str = ""
    given: tuple[tuple[ArgumentKey, str], ...] = ()
    attribute: str = ""
    handed: tuple[str, ...] = ()
    changes_handed: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A function, or a method (`Class.method`): which parameters it changes in place, what it calls
    with names from outside of it, whether what it returns remembers how it was used, and the class
    or function that has made that.

    `gives` are the names whose object, or a part of it, it may return, and `defaults` the
    parameters whose default is made once, for all calls. `is_implicit`: Python calls it where no
    call is written, as for an operator or a property."""

    parameters: tuple[str, ...] = ()
    changes: frozenset[str] = frozenset()
    calls: tuple[CallSite, ...] = ()
    keeps_state: bool = False
    is_generator: bool = False
    returns: str = ""
    gives: frozenset[str] = frozenset()
    defaults: frozenset[str] = frozenset()
    is_implicit: bool = False


@dataclass(frozen=True, slots=True)
class Objects:
    """`aliases` are names with those whose object they may stand for a part of, `items` those where
    it is one only if the other is a container (`d[k]`; `frame[mask]` is a copy), `makers` names, or
    attributes (`.rows`), with the function or class that has made their object, `calls` those that
    the cell makes while it runs, `decorated_by` names that are asked to take a function up
    (`@app.get("/")`). `results` are names that are set to what a call gives, and `changed_results`
    calls whose result is changed in place (`rows().append(1)`)."""

    aliases: tuple[tuple[str, str], ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    makers: tuple[tuple[str, str], ...] = ()
    calls: tuple[CallSite, ...] = ()
    bodies: Mapping[str, Body] = field(default_factory=dict)
    bases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    decorated_by: frozenset[str] = frozenset()
    results: tuple[tuple[str, CallSite], ...] = ()
    changed_results: tuple[CallSite, ...] = ()


NOTHING = Objects()


def of(tree: ast.Module, scopes: Mapping[ast.stmt, Scope]) -> Objects:
    """Read it off a cell's tree; `scopes` are those that are known of its functions."""
    aliases: list[tuple[str, str]] = []
    of_containers: list[tuple[str, str]] = []
    makers: list[tuple[str, str]] = []
    calls: list[CallSite] = []
    bodies: dict[str, Body] = {}
    bases: dict[str, tuple[str, ...]] = {}
    decorators: set[str] = set()
    results: list[tuple[str, CallSite]] = []
    changed_results: list[CallSite] = []
    pending: list[tuple[ast.AST | None, str]] = [(each, "") for each in reversed(tree.body)]
    while pending:
        node, around = pending.pop()
        if node is None or isinstance(node, ast.Constant | ast.Name | ast.Lambda):
            continue
        inside: Sequence[ast.AST | None] = ()
        if isinstance(node, _DEFINITIONS):
            bodies[f"{around}.{node.name}" if around else node.name] = _body(node, scopes)
            inside = [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]
            if around:
                makers += _kept(node)
            else:
                decorators.update(filter(None, map(_decorating, node.decorator_list)))
        elif isinstance(node, ast.ClassDef):
            bases[node.name] = tuple(filter(None, map(root, node.bases)))
            pending += [(each, node.name) for each in reversed(node.body)]
            inside = [*node.decorator_list, *node.bases]
        else:
            inside = children(node)
            if isinstance(node, ast.Call | ast.Subscript | ast.withitem):
                calls += _called(node)
                changed_results += _changed_result(node)
            elif isinstance(node, ast.ImportFrom):
                bases.update(_renamed(node))
            for target, value in bindings(node):
                makers += _made(target, value, is_attribute=bool(around))
                if not around:
                    if isinstance(value, ast.Lambda) and isinstance(target, ast.Name):
                        bodies[target.id] = _lambda_body(value)
                    results += _results(target, value)
                    changed_results += _changed_result(target)
                    aliases += pairs(target, sources(value))
                    of_containers += pairs(target, items(value))
        pending += [(each, around) for each in reversed(inside)]
    return Objects(
        tuple(aliases),
        tuple(of_containers),
        tuple(makers),
        tuple(calls),
        bodies,
        bases,
        frozenset(decorators),
        tuple(results),
        tuple(changed_results),
    )


def _made(
    target: ast.expr, value: ast.expr, *, is_attribute: bool = False
) -> Iterator[tuple[str, str]]:
    maker = _maker(value)
    if not maker:
        return
    if isinstance(target, ast.Name):
        yield f".{target.id}" if is_attribute else target.id, maker
    elif isinstance(target, ast.Attribute):
        yield f".{target.attr}", maker
    elif isinstance(target, ast.Tuple | ast.List) and maker not in (LITERAL, STREAM, CONSTANT):
        for each in target.elts:
            yield from _made(each, value, is_attribute=is_attribute)


def _maker(value: ast.expr) -> str:
    for kinds, maker in _WRITTEN:
        if isinstance(value, kinds):
            return maker
    if isinstance(value, ast.Attribute):
        return MUTATOR if is_mutator(value.attr) else f".{value.attr}"
    function = value.func if isinstance(value, ast.Call) else None
    if isinstance(function, ast.Attribute):
        if function.attr in _STREAMING_ATTRIBUTES or root(function) == "itertools":
            return STREAM
        return function.attr if function.attr in (PARTIAL, *CONTAINERS) else ""
    name = function.id if isinstance(function, ast.Name) else ""
    return STREAM if name in _STREAMING else name


def _kept(method: ast.AST) -> Iterator[tuple[str, str]]:
    """What a method keeps in attributes: `self.rows = defaultdict(list)`."""
    for node in walk(method):
        for target, value in bindings(node):
            if isinstance(target, ast.Attribute) and isinstance(value, ast.Call):
                yield from _made(target, value)


def _renamed(node: ast.ImportFrom) -> Iterator[tuple[str, tuple[str]]]:
    for alias in node.names:
        if node.module == "itertools" or alias.name in _STREAMING_ATTRIBUTES:
            yield alias.asname or alias.name, (STREAM,)
        elif node.module in _RANDOM_MODULES:
            yield alias.asname or alias.name, (RANDOM,)
        elif alias.asname and alias.name in (PARTIAL, *CONTAINERS):
            yield alias.asname, (alias.name,)


def _called(node: ast.Call | ast.Subscript | ast.withitem) -> Iterator[CallSite]:
    if isinstance(node, ast.withitem):
        if name := root(node.context_expr):
            yield CallSite("__enter__", name)
        return
    if isinstance(node, ast.Subscript):
        attribute = f".{node.value.attr}" if isinstance(node.value, ast.Attribute) else ""
        for name in roots(node.value):
            yield CallSite(GET_ITEM, name, attribute=attribute)
        return
    function = node.func
    name = receiver = attribute = ""
    if isinstance(function, ast.Name):
        name = function.id
    elif isinstance(function, ast.Attribute):
        name, receiver = function.attr, root(function.value)
        attribute = f".{function.value.attr}" if isinstance(function.value, ast.Attribute) else ""
    handed = tuple(_handed(node))
    lambdas = [each for each in (function, *node.args) if isinstance(each, ast.Lambda)]
    changes_handed = any(lambda_scope(each).changed_parameters for each in lambdas)
    if receiver or handed or isinstance(function, ast.Name):
        yield CallSite(
            name,
            receiver,
            tuple(_given(node)),
            attribute,
            handed=handed if len(handed) > 1 or changes_handed else (),
            changes_handed=changes_handed,
        )


def _handed(node: ast.Call) -> Iterator[str]:
    """The names in what a call is given, as in `Thread(target=put, args=(rows, 1))`."""
    pending: list[ast.expr] = [*node.args, *(each.value for each in node.keywords)]
    while pending:
        each = pending.pop()
        if isinstance(each, ast.Tuple | ast.List | ast.Set):
            pending += each.elts
        elif isinstance(each, ast.Dict):
            pending += each.values
        elif isinstance(each, ast.Starred):
            pending.append(each.value)
        else:
            yield from roots(each)


def _results(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, CallSite]]:
    value = whole(value)
    if isinstance(value, ast.Call):
        for call in _called(value):
            yield from ((name, call) for name, _ in pairs(target, ("",)))


def _changed_result(node: ast.AST) -> Iterator[CallSite]:
    """The call whose result is changed: by a method, or as what is set in it."""
    changed: ast.expr | None = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        changed = node.func.value if is_mutator(node.func.attr) else None
    elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
        changed = node.value
    called = whole(changed) if changed else None
    if isinstance(called, ast.Call):
        yield from _called(called)


def _given(node: ast.Call) -> Iterator[tuple[ArgumentKey, str]]:
    for position, each in enumerate(node.args):
        if isinstance(each, ast.Starred):
            break
        if name := root(each):
            yield position, name
    for keyword in node.keywords:
        if keyword.arg and (name := root(keyword.value)):
            yield keyword.arg, name


def _decorating(node: ast.expr) -> str:
    function = node.func if isinstance(node, ast.Call) else node
    return root(function) if isinstance(function, ast.Attribute) else ""


def _body(node: ast.FunctionDef | ast.AsyncFunctionDef, scopes: Mapping[ast.stmt, Scope]) -> Body:
    scope = scopes.get(node) or function_scope(node)
    names = tuple(each.arg for each in parameters(node.args))
    decorators = set(map(last_name, node.decorator_list))
    is_own = node.name.startswith("__") and node.name.endswith("__") and node.name not in _TOLD
    return Body(
        parameters=names,
        changes=scope.changed_parameters,
        calls=_calls(scope, names),
        keeps_state=scope.yields or scope.is_shared,
        is_generator=scope.yields,
        returns=_returned(node),
        gives=_given_back(node, scope) & {*names, *scope.free},
        defaults=frozenset(
            each.arg
            for each, default in with_defaults(node.args)
            if not isinstance(default, ast.Constant)
        ),
        is_implicit=is_own or not decorators.isdisjoint(_PROPERTIES),
    )


def _lambda_body(node: ast.Lambda) -> Body:
    scope = lambda_scope(node)
    names = tuple(each.arg for each in parameters(node.args))
    gives = frozenset(roots(node.body)) & {*names, *scope.free}
    return Body(names, scope.changed_parameters, _calls(scope, names), gives=gives)


def _calls(scope: Scope, names: Sequence[str]) -> tuple[CallSite, ...]:
    """The calls in a body that name what is outside of it."""
    outer = {*names, *scope.free}
    calls = (
        replace(
            each,
            given=tuple(pair for pair in each.given if pair[1] in outer),
            handed=tuple(name for name in each.handed if name in outer),
        )
        for called in scope.calls
        for each in _called(called)
    )
    found = (each for each in calls if each.given or each.handed or each.receiver in outer)
    return tuple(dict.fromkeys(found))


def _given_back(node: ast.AST, scope: Scope) -> frozenset[str]:
    """The names whose object, or a part of it, a function may return."""
    found: set[str] = set()
    pending = children(node)
    while pending:
        each = pending.pop()
        if isinstance(each, ast.Return) and each.value is not None:
            found.update(sources(each.value), items(each.value))
        elif isinstance(each, _BLOCKS) and not isinstance(each, (*_DEFINITIONS, ast.ClassDef)):
            pending += children(each)
    return frozenset(scope.stands_for(found))


def _returned(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    last = node.body[-1]
    return _maker(last.value) if isinstance(last, ast.Return) and last.value else ""
