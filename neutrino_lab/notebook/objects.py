"""What a cell says of objects that have more than one name, or that a function is handed.

`changing` tells by the words of a call what it changes. Here it is told by the code that is called,
as far as the notebook itself defines it, and by what names stand for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from neutrino_lab.notebook.aliases import bindings, items, pairs, sources
from neutrino_lab.notebook.changing import is_mutator, root, roots
from neutrino_lab.notebook.scopes import COMPREHENSIONS, Scope, children, function_scope, parameters

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# What is used up by being read.
STREAM = "a stream"
LITERAL = "a literal"
# What changes its object when it is called: `put = rows.append`.
MUTATOR = "a method that changes its object"
_LITERALS = (ast.Constant, ast.JoinedStr, ast.List, ast.Dict, ast.Set, ast.Tuple, *COMPREHENSIONS)
_CONTAINERS = frozenset({LITERAL, "OrderedDict", "defaultdict", "dict", "list"})
_GET_ITEM = "__getitem__"
_STREAMING = frozenset({"enumerate", "filter", "iter", "map", "open", "reversed", "zip"})

Place: TypeAlias = int | str
"""Where an argument stands in a call: its position, or its keyword."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function, or of a method of `receiver`, and the names that it is given.

    `x[k]` is one of `__getitem__`, and for `x.rows[k]` the `attribute` is `.rows`.
    """

    name: str
    receiver: str = ""
    given: tuple[tuple[Place, str], ...] = ()
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """A function, or a method (`Class.method`): which parameters it changes in place, what it calls
    with names from outside of it, whether what it returns remembers how it was used, and the class
    or function that has made that."""

    parameters: tuple[str, ...] = ()
    changes: frozenset[str] = frozenset()
    calls: tuple[Call, ...] = ()
    keeps_state: bool = False
    is_generator: bool = False
    returns: str = ""


@dataclass(frozen=True, slots=True)
class Objects:
    """`aliases` are names with those whose object they may stand for a part of, `items` those where
    it is one only if the other is a container (`d[k]`; `frame[mask]` is a copy), `makers` names, or
    attributes (`.rows`), with the function or class that has made their object, `calls` those that
    the cell makes while it runs, `decorated_by` names that are asked to take a function up
    (`@app.get("/")`)."""

    aliases: tuple[tuple[str, str], ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    makers: tuple[tuple[str, str], ...] = ()
    calls: tuple[Call, ...] = ()
    bodies: Mapping[str, Body] = field(default_factory=dict)
    bases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    decorated_by: frozenset[str] = frozenset()


NOTHING = Objects()


def of(tree: ast.Module, scopes: Mapping[ast.stmt, Scope]) -> Objects:
    """Read it off a cell's tree; `scopes` are those that are known of its functions."""
    aliases: list[tuple[str, str]] = []
    of_containers: list[tuple[str, str]] = []
    makers: list[tuple[str, str]] = []
    calls: list[Call] = []
    bodies: dict[str, Body] = {}
    bases: dict[str, tuple[str, ...]] = {}
    decorators: set[str] = set()
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
            elif isinstance(node, ast.ImportFrom):
                bases.update(_renamed(node))
            for target, value in bindings(node):
                makers += _made(target, value, is_attribute=bool(around))
                if not around:
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
    elif isinstance(target, ast.Tuple | ast.List) and maker not in (LITERAL, STREAM):
        for each in target.elts:
            yield from _made(each, value, is_attribute=is_attribute)


def _maker(value: ast.expr) -> str:
    if isinstance(value, ast.GeneratorExp):
        return STREAM
    if isinstance(value, _LITERALS):
        return LITERAL
    if isinstance(value, ast.Attribute):
        return MUTATOR if is_mutator(value.attr) else ""
    function = value.func if isinstance(value, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return function.attr if function.attr in _CONTAINERS else ""
    name = function.id if isinstance(function, ast.Name) else ""
    return STREAM if name in _STREAMING else name


def _kept(method: ast.AST) -> Iterator[tuple[str, str]]:
    """What a method keeps in attributes: `self.rows = defaultdict(list)`."""
    for node in ast.walk(method):
        for target, value in bindings(node):
            if isinstance(target, ast.Attribute) and isinstance(value, ast.Call):
                yield from _made(target, value)


def _renamed(node: ast.ImportFrom) -> Iterator[tuple[str, tuple[str]]]:
    for alias in node.names:
        if alias.asname and alias.name in _CONTAINERS:
            yield alias.asname, (alias.name,)


def _called(node: ast.Call | ast.Subscript | ast.withitem) -> Iterator[Call]:
    if isinstance(node, ast.withitem):
        if name := root(node.context_expr):
            yield Call("__enter__", name)
        return
    if isinstance(node, ast.Subscript):
        attribute = f".{node.value.attr}" if isinstance(node.value, ast.Attribute) else ""
        for name in roots(node.value):
            yield Call(_GET_ITEM, name, attribute=attribute)
        return
    given = tuple(_given(node))
    function = node.func
    if isinstance(function, ast.Name):
        yield Call(function.id, given=given)
    elif isinstance(function, ast.Attribute) and (receiver := root(function.value)):
        yield Call(function.attr, receiver, given)


def _given(node: ast.Call) -> Iterator[tuple[Place, str]]:
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
    outer = {*names, *scope.free}
    calls = (
        replace(each, given=tuple(pair for pair in each.given if pair[1] in outer))
        for called in scope.calls
        for each in _called(called)
    )
    return Body(
        parameters=names,
        changes=scope.changed_parameters,
        calls=tuple(dict.fromkeys(each for each in calls if each.given or each.receiver in outer)),
        keeps_state=scope.yields or scope.is_shared,
        is_generator=scope.yields,
        returns=_returned(node),
    )


def _returned(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    last = node.body[-1]
    return _maker(last.value) if isinstance(last, ast.Return) and last.value else ""


class KnownObjects:
    """What is known of objects from the cells so far."""

    def __init__(self) -> None:
        self._aliases: dict[str, set[str]] = {}
        self._makers: dict[str, str] = {}
        self._bodies: dict[str, Body] = dict(_BUILT_IN)
        self._bases: dict[str, tuple[str, ...]] = {}

    def learn(self, cell: Objects, binds: Iterable[str]) -> None:
        """Take in a cell that sets these names, whatever they were before."""
        own = {name for name, _ in (*cell.aliases, *cell.items)}
        for name in binds:
            if name not in own:
                self._aliases.pop(name, None)
            self._makers.pop(name, None)
            self._bodies.pop(name, None)
        for name, source in cell.aliases:
            self._aliases.setdefault(name, set()).add(source)
        for name, source in cell.items:
            if self._makers.get(source) in _CONTAINERS:
                self._aliases.setdefault(name, set()).add(source)
        self._makers.update(cell.makers)
        self._bodies.update(cell.bodies)
        self._bases.update(cell.bases)

    def changed(self, cell: Objects, reads: Iterable[str], known: Iterable[str]) -> set[str]:
        """Give the names whose objects a cell changes that reads these; some are `known`."""
        found = {*known, *cell.decorated_by}
        for call in cell.calls:
            found |= self._changed_by(call)
        bound = {name for name, _ in cell.makers}
        for name in reads:
            maker = self._makers.get(name, "")
            if name not in bound and (maker == STREAM or self._body(maker).is_generator):
                found.add(name)
            # What a function that may be called gives to another one.
            body = self._body(name)
            for call in body.calls:
                found |= self._changed_by(call) - {*body.parameters}
        pending = list(found)
        while pending:
            for source in self._aliases.get(pending.pop(), ()):
                if source not in found:
                    found.add(source)
                    pending.append(source)
        return found

    def _changed_by(self, call: Call, seen: frozenset[str] = frozenset()) -> set[str]:
        body, has_self = self._body(call.name), False
        if call.receiver:
            body, has_self = self._called_on(call), True
        elif call.name in self._bases:
            body, has_self = self._method(call.name, "__init__"), True
        found: set[str] = set()
        if not call.receiver and self._changes_itself(call.name):
            found.add(call.name)
        changes = self._changes(body, seen | {call.name})
        names = body.parameters
        if has_self and call.receiver and names[:1] and names[0] in changes:
            found.add(call.receiver)
        for place, name in call.given:
            at = place + has_self if isinstance(place, int) else -1
            parameter = place if at < 0 else "".join(names[at : at + 1])
            if parameter in changes or self._is_filled(name, parameter, body):
                found.add(name)
        return found

    def _changes_itself(self, name: str) -> bool:
        """Whether what a name stands for remembers that it is called."""
        maker = self._makers.get(name, "")
        call = self._method(maker, "__call__") if maker in self._bases else _NO_BODY
        is_changed = bool(call.parameters) and call.parameters[0] in call.changes
        return is_changed or maker == MUTATOR or self._body(maker).keeps_state

    def _is_filled(self, name: str, parameter: Place, body: Body) -> bool:
        """Whether a function reads items of a parameter, and an object fills as these are read."""
        reads = (each.name == _GET_ITEM and each.receiver == parameter for each in body.calls)
        return any(reads) and bool(self._called_on(Call(_GET_ITEM, name)).changes)

    def _changes(self, body: Body, seen: frozenset[str]) -> set[str]:
        """The parameters that a function changes, also by what it calls with them."""
        found = set(body.changes)
        for call in body.calls:
            if call.name not in seen:
                found |= self._changed_by(call, seen)
        return found

    def _body(self, name: str) -> Body:
        return self._bodies.get(name, _NO_BODY)

    def _called_on(self, call: Call) -> Body:
        """The method behind a name; where nobody knows what made the object, that of any class."""
        receiver, name = call.receiver, call.name
        maker = self._makers.get(call.attribute or receiver)
        for _ in range(_MOST_CALLS):
            if maker is None or not self._body(maker).returns:
                break
            maker = self._body(maker).returns
        if maker is not None and maker not in self._bodies:
            return self._method(maker, name)
        if receiver in self._bases:
            return self._method(receiver, name)
        found = (self._bodies.get(f"{each}.{name}") for each in self._bases)
        return next((each for each in found if each), _NO_BODY)

    def _method(self, owner: str, name: str) -> Body:
        pending, seen = [owner], set()
        while pending:
            each = pending.pop(0)
            if each in seen:
                continue
            seen.add(each)
            if found := self._bodies.get(f"{each}.{name}"):
                return found
            if name == _GET_ITEM and (found := self._bodies.get(f"{each}.__missing__")):
                return found
            pending += self._bases.get(each, ())
        return _NO_BODY


_NO_BODY = Body()
_BUILT_IN = {"defaultdict.__missing__": Body(("self", "key"), frozenset({"self"}))}
# A function may return what another one returns, and so on.
_MOST_CALLS = 5
