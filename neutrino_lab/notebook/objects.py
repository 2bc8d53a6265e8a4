"""What a cell says of objects that have more than one name, or that a function is handed.

`changing` tells by the words of a call what it changes. Here it is told by the code that is called,
as far as the notebook itself defines it, and by what names stand for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from neutrino_lab.notebook.changing import root
from neutrino_lab.notebook.scopes import COMPREHENSIONS, Scope, children, function_scope, parameters

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# What gives part of an object, and not a copy.
_PARTS = frozenset({"setdefault", "values"})
# What is used up by being read.
STREAM = "a stream"
LITERAL = "a literal"
_LITERALS = (ast.Constant, ast.JoinedStr, ast.List, ast.Dict, ast.Set, ast.Tuple, *COMPREHENSIONS)
_STREAMING = frozenset({"enumerate", "filter", "iter", "map", "open", "reversed", "zip"})

Place: TypeAlias = int | str
"""Where an argument stands in a call: its position, or its keyword."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function, or of a method of `receiver`, and the names that it is given."""

    name: str
    receiver: str = ""
    given: tuple[tuple[Place, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A function, or a method (`Class.method`): which parameters it changes in place, what it calls
    with names from outside of it, and whether what it returns remembers how it was used."""

    parameters: tuple[str, ...] = ()
    changes: frozenset[str] = frozenset()
    calls: tuple[Call, ...] = ()
    keeps_state: bool = False
    is_generator: bool = False


@dataclass(frozen=True, slots=True)
class Objects:
    """`aliases` are names with those whose object they may stand for a part of, `makers` names with
    the function or class that has made their object, `calls` those that the cell makes while it
    runs, `decorated_by` names that are asked to take a function up (`@app.get("/")`)."""

    aliases: tuple[tuple[str, str], ...] = ()
    makers: tuple[tuple[str, str], ...] = ()
    calls: tuple[Call, ...] = ()
    bodies: Mapping[str, Body] = field(default_factory=dict)
    bases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    decorated_by: frozenset[str] = frozenset()


NOTHING = Objects()


def of(tree: ast.Module, scopes: Mapping[ast.stmt, Scope]) -> Objects:
    """Read it off a cell's tree; `scopes` are those that are known of its functions."""
    aliases: list[tuple[str, str]] = []
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
            if not around:
                decorators.update(filter(None, map(_decorating, node.decorator_list)))
        elif isinstance(node, ast.ClassDef):
            bases[node.name] = tuple(filter(None, map(root, node.bases)))
            pending += [(each, node.name) for each in reversed(node.body)]
            inside = [*node.decorator_list, *node.bases]
        else:
            inside = children(node)
            if isinstance(node, ast.Call):
                calls += _called(node)
            for target, value in () if around else _bindings(node):
                aliases += _parts(target, value)
                makers += _made(target, value)
        pending += [(each, around) for each in reversed(inside)]
    return Objects(
        tuple(aliases), tuple(makers), tuple(calls), bodies, bases, frozenset(decorators)
    )


def _bindings(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            pairs = [getattr(each, "elts", ()) for each in (target, node.value)]
            if pairs[0] and len(pairs[0]) == len(pairs[1]):
                yield from zip(*pairs, strict=True)
            else:
                yield target, node.value
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        yield node.target, node.iter
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield node.optional_vars, node.context_expr


def _parts(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, str]]:
    """Pair the names of a target with those whose object, or part of it, they come to name."""
    sources = list(_sources(value))
    for each in ast.walk(target) if sources else ():
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield from ((each.id, source) for source in sources if source != each.id)


def _sources(value: ast.expr) -> Iterator[str]:
    while isinstance(value, ast.Attribute | ast.Subscript):
        # `frame[frame.x > 1]` is a copy, `config["a"]` is not.
        if isinstance(value, ast.Subscript) and not isinstance(value.slice, ast.Constant):
            return
        value = value.value
    if isinstance(value, ast.Name):
        yield value.id
    elif isinstance(value, ast.Tuple | ast.List):
        for each in value.elts:
            yield from _sources(each)
    elif isinstance(value, ast.Call) and getattr(value.func, "attr", "") in _PARTS:
        yield from _sources(value.func.value)  # type: ignore[attr-defined]


def _made(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, str]]:
    if not isinstance(target, ast.Name):
        return
    if isinstance(value, ast.GeneratorExp):
        yield target.id, STREAM
    elif isinstance(value, _LITERALS):
        yield target.id, LITERAL
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        name = value.func.id
        yield target.id, STREAM if name in _STREAMING else name


def _called(node: ast.Call) -> Iterator[Call]:
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
        Call(each.name, each.receiver, tuple(pair for pair in each.given if pair[1] in outer))
        for called in scope.calls
        for each in _called(called)
    )
    return Body(
        parameters=names,
        changes=scope.changed_parameters,
        calls=tuple(dict.fromkeys(each for each in calls if each.given or each.receiver in outer)),
        keeps_state=scope.yields or scope.is_shared,
        is_generator=scope.yields,
    )


class KnownObjects:
    """What is known of objects from the cells so far."""

    def __init__(self) -> None:
        self._aliases: dict[str, set[str]] = {}
        self._makers: dict[str, str] = {}
        self._bodies: dict[str, Body] = {}
        self._bases: dict[str, tuple[str, ...]] = {}

    def learn(self, cell: Objects, binds: Iterable[str]) -> None:
        """Take in a cell that sets these names, whatever they were before."""
        own = {name for name, _ in cell.aliases}
        for name in binds:
            if name not in own:
                self._aliases.pop(name, None)
            self._makers.pop(name, None)
            self._bodies.pop(name, None)
        for name, source in cell.aliases:
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
            body, has_self = self._called_on(call.receiver, call.name), True
        elif call.name in self._bases:
            body, has_self = self._method(call.name, "__init__"), True
        found: set[str] = set()
        if not call.receiver and self._body(self._makers.get(call.name, "")).keeps_state:
            found.add(call.name)
        changes = self._changes(body, seen | {call.name})
        names = body.parameters
        if has_self and call.receiver and names[:1] and names[0] in changes:
            found.add(call.receiver)
        for place, name in call.given:
            at = place + has_self if isinstance(place, int) else -1
            if (place if at < 0 else "".join(names[at : at + 1])) in changes:
                found.add(name)
        return found

    def _changes(self, body: Body, seen: frozenset[str]) -> set[str]:
        """The parameters that a function changes, also by what it calls with them."""
        found = set(body.changes)
        for call in body.calls:
            if call.name not in seen:
                found |= self._changed_by(call, seen)
        return found

    def _body(self, name: str) -> Body:
        return self._bodies.get(name, _NO_BODY)

    def _called_on(self, receiver: str, name: str) -> Body:
        """The method behind a name; where nobody knows what made the object, that of any class."""
        maker = self._makers.get(receiver)
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
            pending += self._bases.get(each, ())
        return _NO_BODY


_NO_BODY = Body()
