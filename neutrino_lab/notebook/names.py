"""What a cell's expressions read, change and bind at module level, in the order they are met."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from neutrino_lab.notebook import settings
from neutrino_lab.notebook.changing import changed_by, root
from neutrino_lab.notebook.scopes import (
    COMPREHENSIONS,
    OPAQUE_CALLS,
    Scope,
    children,
    comprehension_scope,
    defaults,
    lambda_scope,
)
from neutrino_lab.notebook.settings import Setting

_OPAQUE_HERE = frozenset({"dir", "locals", "vars"})


class ClassBody:
    """The names of a class body at module level, which runs at once."""

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.globals: set[str] = set()
        self.reads: set[str] = set()
        self.changes: set[str] = set()


class Names:
    """Gathers names; the attributes hold what `Facts` says under the same names.

    `_bound` are those that are sure to be set where the walk stands, `_touched` those that may be.
    """

    def __init__(self) -> None:
        self.binds: set[str] = set()
        self.eager: set[str] = set()
        self.needs: set[str] = set()
        self.imported: set[str] = set()
        self.deletes: set[str] = set()
        self.lazy: dict[str, set[str]] = {}
        self.changes: dict[str, set[str]] = {}
        self.settings: dict[str, set[Setting]] = {}
        self.observes: set[str] = set()
        self.opaque = False
        self._bound: set[str] = set()
        self._touched: set[str] = set()
        self._unsure = 0
        self._class: ClassBody | None = None

    def _read(self, *nodes: ast.AST | None, sure: bool = True) -> None:
        stack = [*reversed(nodes)]
        while stack:
            node = stack.pop()
            kind = type(node)
            if kind is ast.Name:
                self._load(node.id, sure=sure)  # type: ignore[union-attr]
            elif node is None or kind is ast.Constant:
                continue
            elif kind in _EXPRESSIONS:
                stack += reversed(_EXPRESSIONS[kind](self, node, sure) or [])
            else:
                stack += reversed(children(node))

    def _load(self, name: str, *, sure: bool = True) -> None:
        if self._class is not None and name in self._class.bound:
            return
        if name in OPAQUE_CALLS and name not in self._bound:
            self.opaque = True
        if name in self.imported:
            self.observes.add(name)
        if name not in self._bound:
            self.eager.add(name)
            if sure and not self._unsure and name not in self._touched:
                self.needs.add(name)
        if name in self.lazy:
            self._call_own(name)

    def _call_own(self, name: str) -> None:
        """Reading a function that this cell defined may call it, and whatever that one calls."""
        pending, seen = [name], set()
        while pending:
            each = pending.pop()
            if each in seen:
                continue
            seen.add(each)
            if each not in self._bound:
                self.eager.add(each)
            for changed in self.changes.get(each, ()):
                self._change(changed)
            if made := self.settings.get(each):
                self.settings.setdefault("", set()).update(made)
            pending += self.lazy.get(each, ())

    def _inside(self, scope: Scope) -> None:
        """Code that may run now, later or not at all: a lambda, a comprehension."""
        around, self._class = self._class, None  # such code does not see the names of a class body
        for name in scope.free:
            self._load(name, sure=False)
        for name in scope.changed:
            self._change(name)
        if made := scope.settings:
            self.settings.setdefault("", set()).update(made)
        self._class = around
        for name in scope.walrus:
            self._store(name, surely=False)
        self.opaque = self.opaque or scope.opaque

    def _lambda(self, node: ast.Lambda, _sure: bool) -> Sequence[ast.AST | None]:
        self._inside(lambda_scope(node))
        return defaults(node.args)

    def _comprehension(self, node: Any, sure: bool) -> None:
        self._read(node.generators[0].iter, sure=sure)
        self._inside(comprehension_scope(node))

    def _named(self, node: ast.NamedExpr, sure: bool) -> None:
        self._read(node.value, sure=sure)
        self._store(node.target.id, surely=sure)

    def _either(self, node: ast.IfExp, sure: bool) -> None:
        self._read(node.test, sure=sure)
        self._read(node.body, node.orelse, sure=False)

    def _short(self, node: ast.BoolOp, sure: bool) -> None:
        self._read(node.values[0], sure=sure)
        self._read(*node.values[1:], sure=False)

    def _call(self, node: ast.Call, _sure: bool) -> Sequence[ast.AST | None]:
        for name in filter(None, changed_by(node)):
            self._change(name)
        if (
            isinstance(node.func, ast.Name)
            and node.func.id in _OPAQUE_HERE
            and not node.args
            and node.func.id not in self._bound
        ):
            self.opaque = True
        return [node.func, *node.args, *node.keywords]

    def _store(self, name: str, *, surely: bool = True) -> None:
        if self._class is not None and name not in self._class.globals:
            if surely:
                self._class.bound.add(name)
            return
        self.binds.add(name)
        self._touched.add(name)
        self.deletes.discard(name)
        if surely:
            self._bound.add(name)

    def _change(self, name: str) -> None:
        if self._class is not None and name in self._class.bound:
            return
        self.changes.setdefault("", set()).add(name)

    def _target(self, node: ast.expr) -> None:
        stack = [node]
        while stack:
            each = stack.pop()
            if isinstance(each, ast.Name):
                self._store(each.id)
            elif isinstance(each, ast.Tuple | ast.List):
                stack += reversed(each.elts)
            elif isinstance(each, ast.Starred):
                stack.append(each.value)
            else:
                self._part(each)

    def _part(self, node: ast.expr, added: ast.AugAssign | None = None) -> None:
        """`x.a`, `x["k"]` as a target: reads x, and x is another one afterwards."""
        self._read(*children(node))
        name = root(node)
        if name and not (self._class is not None and name in self._class.bound):
            self.binds.add(name)
            self._touched.add(name)
            self._change(name)
        setting = settings.of_target(node, added)
        if setting.name and not (self._class is not None and setting.name in self._class.bound):
            self.settings.setdefault("", set()).add(setting)


_EXPRESSIONS: dict[type[ast.AST], Callable[[Names, Any, bool], Any]] = {
    ast.Lambda: Names._lambda,
    **dict.fromkeys(COMPREHENSIONS, Names._comprehension),
    ast.NamedExpr: Names._named,
    ast.IfExp: Names._either,
    ast.BoolOp: Names._short,
    ast.Call: Names._call,
}
