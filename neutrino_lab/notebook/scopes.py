"""Python's scoping inside functions: which outer names a function, lambda or comprehension uses."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from neutrino_lab.notebook.aliases import bindings, pairs, sources
from neutrino_lab.notebook.changing import (
    changed_by,
    changed_by_statement,
    changes_in_place,
    is_text,
    root,
)
from neutrino_lab.notebook.settings import Setting, of_statement, of_target
from neutrino_lab.notebook.syntax import FIELDS, last_name

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

# What these do to the names around them cannot be read from the code.
OPAQUE_CALLS = frozenset({"exec", "eval", "globals"})

_DICT_READS = frozenset({"get", "items", "keys", "pop", "setdefault", "values"})

# What is imported or defined is told of the node itself.
_CHILDREN = {
    kind: tuple(name for name in fields if name not in ("name", "names"))
    for kind, fields in FIELDS.items()
}


def children(node: ast.AST) -> list[ast.AST | None]:
    """Give the nodes right below one; None stands for what is left out, as in `{**a}`."""
    found: list[ast.AST | None] = []
    for name in _CHILDREN[type(node)]:
        value = getattr(node, name, None)
        if type(value) is list:
            found.extend(value)
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def names_in(node: ast.expr) -> set[str]:
    """Give the names, and the last parts of dotted names, in a list of exception types."""
    return set(map(last_name, node.elts if isinstance(node, ast.Tuple) else [node]))


def catches(handler: ast.ExceptHandler, exceptions: frozenset[str]) -> bool:
    """Whether a handler names one of these exceptions, or none, which takes all."""
    return handler.type is None or not exceptions.isdisjoint(names_in(handler.type))


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Give all parameters in the order in which they are written."""
    positional = [*arguments.posonlyargs, *arguments.args]
    listed = [*positional, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return [each for each in listed if each is not None]


def defaults(arguments: ast.arguments) -> list[ast.expr | None]:
    """Give the default values, which are worked out where the function is defined."""
    return [*arguments.defaults, *arguments.kw_defaults]


def with_defaults(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr]]:
    """Pair the parameters that have a default value with it."""
    positional = [*arguments.posonlyargs, *arguments.args]
    without = len(positional) - len(arguments.defaults)
    yield from zip(positional[without:], arguments.defaults, strict=True)
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield each, default


def annotations_of(node: Function) -> list[ast.expr]:
    """Give the annotations of a function's parameters and result."""
    found = [each.annotation for each in parameters(node.args) if each.annotation]
    return [*found, node.returns] if node.returns else found


def type_parameters(node: ast.AST) -> list[Any]:
    """Give the `[T]` of a function, class or type alias, which Python has from 3.12 on."""
    return list(getattr(node, "type_params", ()))


class Scope:
    """The names that the body of a function, lambda or comprehension uses.

    `free` are those it reads from around it, `changed` those of them whose objects it changes in
    place, `written` the module-level names it rebinds through `global`. `uses` are the places where
    a name is read like a dict, `calls` those that it makes, `x[k]` among them.
    """

    def __init__(self, own: Iterable[str] = (), *, is_comprehension: bool = False) -> None:
        self.own = set(own)
        self.stores: set[str] = set()
        self._augmented_names: set[str] = set()
        self.walrus: set[str] = set()
        self.written: set[str] = set()
        self.yields = False
        self.opaque = False
        self.uses: list[tuple[str, ast.expr]] = []
        self.calls: list[ast.Call | ast.Subscript] = []
        self._is_comprehension = is_comprehension
        self._loads: set[str] = set()
        self._changes: set[str] = set()
        self._globals: set[str] = set()
        self._nonlocals: set[str] = set()
        self._top: set[str] = set()
        self._top_changes: set[str] = set()
        self._changed_inside: set[str] = set()
        self._settings: set[Setting] = set()
        self._aliases: set[tuple[str, str]] = set()
        self._rebound: frozenset[str] = frozenset()

    @property
    def free(self) -> set[str]:
        """The names that it reads from outside, module-level ones by `global` among them."""
        return (self._loads - self._local()) | self._top

    @property
    def changed(self) -> set[str]:
        """The names from outside whose objects it changes in place."""
        return (self._changes - self._local()) | self._top_changes

    @property
    def settings(self) -> set[Setting]:
        """What it sets in names from outside, should they be modules."""
        local = self._local()
        return {each for each in self._settings if each.name not in local}

    @property
    def changed_parameters(self) -> frozenset[str]:
        """Its parameters whose objects it changes in place."""
        return frozenset((self._changes & self.own) - self._rebound)

    @property
    def is_shared(self) -> bool:
        """Whether a function inside changes what belongs to this one, and may outlive it."""
        return not self._changed_inside.isdisjoint(self.own | self.stores)

    def _local(self) -> set[str]:
        return (self.own | self.stores) - self._globals - self._nonlocals

    def visit(self, nodes: Sequence[ast.AST | None]) -> Scope:
        """Take in the nodes and all below them."""
        stack = list(nodes)
        loads, stores = self._loads, self.stores
        while stack:
            node = stack.pop()
            kind = type(node)
            if kind is ast.Name:
                names = loads if type(node.ctx) is ast.Load else stores  # type: ignore[union-attr]
                names.add(node.id)  # type: ignore[union-attr]
            elif node is None or kind is ast.Constant:
                continue
            elif kind in _SPECIAL:
                stack += _SPECIAL[kind](self, node)
            else:
                stack += children(node)
        return self

    def absorb(self, inner: Scope, *, is_class: bool = False) -> None:
        """Take over what an inner scope uses; a class keeps no names from the functions in it."""
        local = inner.own if is_class else inner._local()
        self._loads |= inner._loads - local - inner._globals
        self._changes |= inner._changes - local - inner._globals
        self._loads |= inner.stores & inner._nonlocals
        self._settings |= {each for each in inner._settings if each.name not in local}
        if not inner._is_comprehension:
            self._changed_inside |= inner._changes - local
            self._changed_inside |= inner.stores & inner._nonlocals
        self._top |= inner._top
        self._top_changes |= inner._top_changes
        self.written |= inner.written
        self.opaque = self.opaque or inner.opaque
        self.calls += inner.calls
        self.uses += [use for use in inner.uses if use[0] not in local]
        (self.walrus if self._is_comprehension else self.stores).update(inner.walrus)

    def name(self, target: ast.expr, value: ast.expr) -> None:
        """Take in that a target is set to a value, of whose objects it may name parts."""
        self._aliases.update(pairs(target, sources(value)))

    def stands_for(self, names: Iterable[str]) -> set[str]:
        """Give the names, and those whose objects, or parts of them, these may stand for."""
        found = set(names)
        pending = [*found]
        while pending:
            last = pending.pop()
            more = {source for name, source in self._aliases if name == last} - found
            found |= more
            pending += more
        return found

    def closed(self) -> Scope:
        """Settle what `global` says of the scope's own names, and what these stand for."""
        self._rebound = frozenset(self.stores)
        self.stores |= self._augmented_names
        if self._aliases:
            self._changes = self.stands_for(self._changes)
        self._top |= self._loads & self._globals
        self._top_changes |= self._changes & self._globals
        self.written |= self.stores & self._globals
        return self

    def _attribute(self, node: Any) -> list[ast.AST | None]:
        if type(node.ctx) is not ast.Load:
            self._set(node)
        return [node.value]

    def _set(self, node: Any) -> None:
        if name := root(node):
            self._changes.add(name)
        setting = of_target(node)
        if setting.name:
            self._settings.add(setting)

    def _expression(self, node: Any) -> list[ast.AST | None]:
        self._changes.update(changed_by_statement(node))
        if setting := of_statement(node):
            self._settings.add(setting)
        return [node.value]

    def _subscript(self, node: Any) -> list[ast.AST | None]:
        if type(node.ctx) is not ast.Load:
            self._set(node)
        else:
            self.calls.append(node)
            if isinstance(node.value, ast.Name) and is_text(node.slice):
                self.uses.append((node.value.id, node))
        return [node.value, node.slice]

    def _call(self, node: Any) -> list[ast.AST | None]:
        function = node.func
        self.calls.append(node)
        self._changes.update(filter(None, changed_by(node)))
        if isinstance(function, ast.Attribute):
            if isinstance(function.value, ast.Name) and function.attr in _DICT_READS:
                self.uses.append((function.value.id, node))
        elif isinstance(function, ast.Name) and function.id in OPAQUE_CALLS:
            self.opaque = True
        return [function, *node.args, *node.keywords]

    def _binding(self, node: Any) -> list[ast.AST | None]:
        for target, value in bindings(node):
            self.name(target, value)
        return children(node)

    def _augmented(self, node: Any) -> list[ast.AST | None]:
        if not isinstance(node.target, ast.Name):
            return [node.target, node.value]
        name = node.target.id
        self._loads.add(name)
        if changes_in_place(node):
            self._changes.add(name)
        # It goes on standing for what it stood for, if that can be changed.
        self._augmented_names.add(name)
        return [node.value]

    def _annotated(self, node: Any) -> list[ast.AST | None]:
        # The annotation of a local variable is never worked out.
        self._binding(node)
        return [node.target, node.value] if node.value else []

    def _named(self, node: Any) -> list[ast.AST | None]:
        # `:=` binds in the function around a comprehension, not in the comprehension.
        (self.walrus if self._is_comprehension else self.stores).add(node.target.id)
        return [node.value]

    def _function(self, node: Any) -> list[ast.AST | None]:
        self.stores.add(node.name)
        types = type_parameters(node)
        if types:
            self.absorb(generic_scope(node, annotations_of(node)))
        self.absorb(function_scope(node))
        return [
            *node.decorator_list,
            *defaults(node.args),
            *([] if types else annotations_of(node)),
        ]

    def _lambda(self, node: Any) -> list[ast.AST | None]:
        self.absorb(lambda_scope(node))
        return [*defaults(node.args)]

    def _comprehension(self, node: Any) -> list[ast.AST | None]:
        self.absorb(comprehension_scope(node))
        return [node.generators[0].iter]

    def _class(self, node: Any) -> list[ast.AST | None]:
        self.stores.add(node.name)
        own = {each.name for each in type_parameters(node)}
        self.absorb(Scope(own).visit(node.body).closed(), is_class=True)
        self.absorb(generic_scope(node, [*node.bases, *node.keywords]))
        return [*node.decorator_list]

    def _import(self, node: Any) -> list[ast.AST | None]:
        self.stores.update(bound_name(each) for each in node.names)
        return []

    def _handler(self, node: Any) -> list[ast.AST | None]:
        if node.name:
            self.stores.add(node.name)
        return [node.type, *node.body]

    def _global(self, node: Any) -> list[ast.AST | None]:
        self._globals.update(node.names)
        return []

    def _nonlocal(self, node: Any) -> list[ast.AST | None]:
        self._nonlocals.update(node.names)
        return []

    def _capture(self, node: Any) -> list[ast.AST | None]:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            self.stores.add(name)
        return children(node)

    def _yield(self, node: Any) -> list[ast.AST | None]:
        self.yields = True
        return [node.value]

    def _alias(self, node: Any) -> list[ast.AST | None]:
        self.stores.add(node.name.id)
        self.absorb(generic_scope(node, [node.value]))
        return []


_SPECIAL: dict[type[ast.AST], Callable[[Scope, Any], list[ast.AST | None]]] = {
    **dict.fromkeys((ast.Assign, ast.For, ast.AsyncFor, ast.withitem), Scope._binding),
    ast.comprehension: Scope._binding,
    ast.Attribute: Scope._attribute,
    ast.Expr: Scope._expression,
    ast.Subscript: Scope._subscript,
    ast.Call: Scope._call,
    ast.AugAssign: Scope._augmented,
    ast.AnnAssign: Scope._annotated,
    ast.NamedExpr: Scope._named,
    ast.FunctionDef: Scope._function,
    ast.AsyncFunctionDef: Scope._function,
    ast.Lambda: Scope._lambda,
    **dict.fromkeys(COMPREHENSIONS, Scope._comprehension),
    ast.ClassDef: Scope._class,
    ast.Import: Scope._import,
    ast.ImportFrom: Scope._import,
    ast.ExceptHandler: Scope._handler,
    ast.Global: Scope._global,
    ast.Nonlocal: Scope._nonlocal,
    ast.Match: Scope._binding,
    ast.MatchAs: Scope._capture,
    ast.MatchStar: Scope._capture,
    ast.MatchMapping: Scope._capture,
    ast.Yield: Scope._yield,
    ast.YieldFrom: Scope._yield,
    # Python 3.12 and newer.
    **{kind: Scope._alias for kind in FIELDS if kind.__name__ == "TypeAlias"},
}


def generic_scope(node: ast.AST, nodes: Iterable[ast.AST]) -> Scope:
    """Look into the `[T]` of a node, and into nodes that may speak of `T`."""
    types = type_parameters(node)
    return Scope(each.name for each in types).visit([*types, *nodes])


def function_scope(node: Function) -> Scope:
    """Look into a function: its body, not its decorators, defaults and annotations."""
    own = {each.arg for each in parameters(node.args)}
    own.update(each.name for each in type_parameters(node))
    return Scope(own).visit(node.body).closed()


def lambda_scope(node: ast.Lambda) -> Scope:
    """Look into a lambda: its body, not its defaults."""
    return Scope(each.arg for each in parameters(node.args)).visit([node.body]).closed()


def comprehension_scope(node: Comprehension) -> Scope:
    """Look into a comprehension, but for its first iterable, which belongs to the scope around."""
    first, *rest = node.generators
    body = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    inner = Scope(is_comprehension=True)
    inner.name(first.target, first.iter)
    return inner.visit([first.target, *first.ifs, *rest, *body]).closed()


def bound_name(alias: ast.alias) -> str:
    """Give the name that one part of an import binds: of `import a.b` it is `a`."""
    return alias.asname or alias.name.partition(".")[0]
