"""Which module-level names a cell binds and needs, followed statement by statement."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from neutrino_lab.notebook import settings
from neutrino_lab.notebook.changing import changed_by_statement, changes_in_place
from neutrino_lab.notebook.names import ClassBody, Names
from neutrino_lab.notebook.scopes import (
    Function,
    Scope,
    annotations_of,
    bound_name,
    catches,
    children,
    defaults,
    function_scope,
    generic_scope,
    lambda_scope,
    type_parameters,
)
from neutrino_lab.notebook.syntax import last_name

_LEAVING = (ast.Raise, ast.Continue, ast.Break)
_NAME_GUARDS = frozenset({"NameError", "Exception", "BaseException"})


class CellNames(Names):
    """Follows one cell's statements; `scopes` are those of the functions that it defines.

    A loop is taken to run at least once: were it not, every cell with a loop would depend on all
    others with that variable.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scopes: dict[ast.stmt, Scope] = {}

    def follow(self, statements: Sequence[ast.stmt]) -> CellNames:
        """Take in a cell's statements, in order; give itself."""
        self._block(statements)
        # What is set on some paths only keeps its old value on the others: it is read, so to say.
        self.eager |= self.binds - self._bound
        return self

    def _block(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            handler = _STATEMENTS.get(type(statement))
            if handler is None:
                self._read(*children(statement))
            else:
                handler(self, statement)

    def _expression(self, node: ast.Expr) -> None:
        self._read(node.value)
        for name in changed_by_statement(node):
            self._change(name)
        if setting := settings.of_statement(node):
            self.settings.setdefault("", set()).add(setting)

    def _assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        if isinstance(node.value, ast.Lambda) and isinstance(target, ast.Name):
            self._read(*defaults(node.value.args))
            self._define(target.id, lambda_scope(node.value))
        else:
            self._read(node.value)
            self._target(target)
        for each in node.targets[1:]:
            self._target(each)
        if isinstance(target, ast.Name) and settings.is_shared(node.value):
            self.imported.add(target.id)

    def _augmented(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._load(node.target.id)
        self._read(node.value)
        if isinstance(node.target, ast.Name):
            self._target(node.target)
            if changes_in_place(node):
                self._change(node.target.id)
        else:
            self._part(node.target, node)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value:
            self._read(node.value)
        self._read(node.annotation, sure=False)
        if node.value or not isinstance(node.target, ast.Name):
            self._target(node.target)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            stack = [target]
            while stack:
                each = stack.pop()
                if isinstance(each, ast.Tuple | ast.List):
                    stack += reversed(each.elts)
                elif isinstance(each, ast.Name):
                    self._load(each.id)
                    self._store(each.id, surely=False)
                    if self._class is None and not self._unsure:
                        self.deletes.add(each.id)
                    bound = self._bound if self._class is None else self._class.bound
                    bound.discard(each.id)
                else:
                    self._part(each)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.opaque = True
                continue
            name = bound_name(alias)
            self._store(name)
            if self._class is None:
                self.imported.add(name)

    def _global(self, node: ast.Global) -> None:
        if self._class is not None:
            self._class.globals.update(node.names)

    def _define(self, name: str, scope: Scope) -> None:
        self._store(name)
        self.opaque = self.opaque or scope.opaque
        if self._class is not None:
            self._class.reads |= scope.free | scope.written
            self._class.changes |= scope.changed | scope.written
            return
        self.lazy.setdefault(name, set()).update(scope.free | scope.written)
        if changed := scope.changed | scope.written:
            self.changes.setdefault(name, set()).update(changed)
        if made := scope.settings:
            self.settings.setdefault(name, set()).update(made)

    def _function(self, node: Function) -> None:
        scope = function_scope(node)
        self.scopes[node] = scope
        self._read(*node.decorator_list, *defaults(node.args))
        for name in generic_scope(node, annotations_of(node)).free:
            # Under `from __future__ import annotations`, of any cell before, nothing reads them.
            self._load(name, sure=False)
        if node.decorator_list and self._class is None:
            # A decorator may call the function at once, or keep results that it gave.
            for name in scope.free:
                self._load(name, sure=False)
        self._define(node.name, scope)

    def _define_class(self, node: ast.ClassDef) -> None:
        own = {each.name for each in type_parameters(node)}
        self._read(*node.decorator_list)
        if own:
            for name in generic_scope(node, [*node.bases, *node.keywords]).free:
                self._load(name)
        else:
            self._read(*node.bases, *node.keywords)
        outer = self._class
        inner = self._class = ClassBody()
        inner.bound |= own
        self._block(node.body)
        self._class = outer
        inner.reads |= Scope(own).visit(node.bases).free
        if outer is not None:
            outer.bound.add(node.name)
            outer.reads |= inner.reads
            outer.changes |= inner.changes
            return
        if node.decorator_list:
            for name in inner.reads:
                self._load(name, sure=False)
        self._store(node.name)
        self.lazy.setdefault(node.name, set()).update(inner.reads)
        if inner.changes:
            self.changes.setdefault(node.name, set()).update(inner.changes)

    def _type_alias(self, node: Any) -> None:
        own = {each.name for each in type_parameters(node)}
        self._define(node.name.id, Scope(own).visit([node.value]))

    def _branches(self, branches: Iterable[Callable[[], bool]]) -> None:
        """Follow alternatives; only what all of them bind is sure to be bound after."""
        before = self._bound
        after: list[set[str]] = []
        self._unsure += 1
        for branch in branches:
            self._bound = set(before)
            if branch():
                after.append(self._bound)
        self._unsure -= 1
        self._bound = set.intersection(*after) if after else before

    def _body(self, statements: Sequence[ast.stmt]) -> bool:
        """Follow a block, and tell whether its end is reached."""
        self._block(statements)
        return not (statements and isinstance(statements[-1], _LEAVING))

    def _if(self, node: ast.If) -> None:
        self._read(node.test)
        branches = [node.body]
        # An `elif` chain is a nest of `if`s in the tree, as deep as it is long.
        tests: list[ast.expr] = []
        while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            node = node.orelse[0]
            tests.append(node.test)
            branches.append(node.body)
        branches.append(node.orelse)
        for test in tests:
            self._read(test, sure=False)
        self._branches([partial(self._body, body) for body in branches])

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        if isinstance(node, ast.While):
            self._read(node.test)
        else:
            self._read(node.iter)
            self._target(node.target)
        self._unsure += 1
        self._block(node.body)
        self._block(node.orelse)
        self._unsure -= 1

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        suppresses = False
        for item in node.items:
            self._read(item.context_expr)
            if item.optional_vars:
                self._target(item.optional_vars)
            if isinstance(item.context_expr, ast.Call):
                suppresses |= "suppress" in last_name(item.context_expr.func)
        if suppresses:
            self._branches([lambda: self._body(node.body), lambda: True])
        else:
            self._block(node.body)

    def _try(self, node: Any) -> None:
        guarded = any(catches(handler, _NAME_GUARDS) for handler in node.handlers)
        before = set(self._bound)
        self._unsure += guarded
        self._block(node.body)
        self._unsure -= guarded
        done = self._bound

        def whole() -> bool:
            self._bound = set(done)
            return self._body(node.orelse) and not isinstance(node.body[-1], _LEAVING)

        def handled(handler: ast.ExceptHandler) -> bool:
            self._bound = set(before)
            self._read(handler.type, sure=False)
            if handler.name:
                # Gone after the handler, like a comprehension's variable: it is not counted.
                self._bound.add(handler.name)
            reached = self._body(handler.body)
            if handler.name and handler.name not in before:
                self._bound.discard(handler.name)
            return reached

        self._branches([whole, *(partial(handled, each) for each in node.handlers)])
        self._block(node.finalbody)

    def _match(self, node: ast.Match) -> None:
        self._read(node.subject)

        def follow(case: ast.match_case) -> bool:
            pattern = Scope().visit([case.pattern])
            for name in pattern.free:
                self._load(name, sure=False)
            for name in pattern.stores:
                self._store(name)
            self._read(case.guard, sure=False)
            return self._body(case.body)

        cases: list[Callable[[], bool]] = [partial(follow, case) for case in node.cases]
        last = node.cases[-1]
        if last.guard or not isinstance(last.pattern, ast.MatchAs) or last.pattern.pattern:
            cases.append(lambda: True)
        self._branches(cases)


_STATEMENTS: dict[type[ast.AST], Callable[[CellNames, Any], None]] = {
    ast.Expr: CellNames._expression,
    ast.Assign: CellNames._assign,
    ast.AugAssign: CellNames._augmented,
    ast.AnnAssign: CellNames._annotated,
    ast.Delete: CellNames._delete,
    ast.Import: CellNames._import,
    ast.ImportFrom: CellNames._import,
    ast.Global: CellNames._global,
    ast.FunctionDef: CellNames._function,
    ast.AsyncFunctionDef: CellNames._function,
    ast.ClassDef: CellNames._define_class,
    ast.If: CellNames._if,
    ast.For: CellNames._loop,
    ast.AsyncFor: CellNames._loop,
    ast.While: CellNames._loop,
    ast.With: CellNames._with,
    ast.AsyncWith: CellNames._with,
    ast.Try: CellNames._try,
    ast.Match: CellNames._match,
}

# Statements that only newer Pythons have.
if hasattr(ast, "TryStar"):
    _STATEMENTS[ast.TryStar] = CellNames._try
if hasattr(ast, "TypeAlias"):
    _STATEMENTS[ast.TypeAlias] = CellNames._type_alias
