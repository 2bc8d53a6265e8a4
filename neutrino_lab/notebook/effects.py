"""What a cell may do that its names do not show: change objects it is given, or the world.

Everything that is not known to be harmless counts. Taken to be harmless are operators, properties,
imports of modules that are used, what only shows or draws, and what only reads.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from neutrino_lab.notebook.changing import MUTATORS, root
from neutrino_lab.notebook.harmless import DECORATORS, HARMLESS, READERS, READING, Names
from neutrino_lab.notebook.scopes import OPAQUE_CALLS
from neutrino_lab.notebook.syntax import all_names, last_name

# Through these, code reaches names that it does not write: by a pickle's classes, by the module.
_REACHING = frozenset({"cloudpickle", "dill", "gc", "inspect", "joblib", "pickle", "shelve"})
_REACHING_NAMES = OPAQUE_CALLS | {"locals", "vars", "dir", "__import__", "get_ipython"}
_SEEDS = re.compile(r"seed|manual_seed|set_seed|set_random_seed")
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(slots=True)
class Effects:
    """What code may do while it runs; `bodies` say the same of the functions in it, by name, but
    reflection, which is told of a whole cell.

    `touches` are the names whose objects may be changed, `shares` groups of names that may stand
    for parts of one object afterwards, `calls` functions and methods that may run. With side
    effects it may change what no name stands for, such as a file or a setting of a module; with
    reflection it may read names that it does not write; `seeds_rng` says that it decides which
    random numbers come. `annotations` are words of annotations written as text.
    """

    touches: set[str] = field(default_factory=set)
    shares: list[frozenset[str]] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)
    has_side_effects: bool = False
    uses_reflection: bool = False
    seeds_rng: bool = False
    annotations: set[str] = field(default_factory=set)
    bodies: dict[str, Effects] = field(default_factory=dict)


def of(tree: ast.Module, known: Names) -> Effects:
    """Judge the code of one cell; `known` is what its names are, as far as that is known."""
    effects = _Walk(known).run(tree.body)
    effects.uses_reflection = _uses_reflection(tree)
    effects.annotations |= _annotations(tree)
    effects.touches |= all_names(tree) & known.streams
    return effects


class _Walk:
    """Goes through the statements of a cell, or of a function's body."""

    def __init__(self, known: Names) -> None:
        self._known = known
        self._drawn = set(known.plotting)
        self.found = Effects()

    def run(self, statements: Sequence[ast.stmt]) -> Effects:
        for statement in statements:
            self._statement(statement)
        return self.found

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._define(node, node.body)
            self._expressions([*node.args.defaults, *node.args.kw_defaults])
        elif isinstance(node, ast.ClassDef):
            self._define(node, ())
            self._bases(node)
            for each in node.body:
                self._statement(each)
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                    # Making an object runs some of these, and which ones is not worth telling.
                    self.found.bodies[node.name].calls.add(each.name)
        elif isinstance(node, ast.Expr):
            self._expression(node.value, is_dropped=True)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                self._expression(item.context_expr, is_dropped=True)
                if item.optional_vars is not None:
                    self._bind(item.optional_vars, item.context_expr)
            self._block(node)
        else:
            self._other(node)

    def _other(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            self._bind(node.target, node.value)
            if isinstance(node, ast.AugAssign):
                self._touch([node.target])
        elif isinstance(node, ast.For | ast.AsyncFor):
            self._bind(node.target, node.iter)
        elif isinstance(node, ast.Delete):
            self._touch(each for each in node.targets if not isinstance(each, ast.Name))
        elif isinstance(node, ast.Global):
            self.found.touches |= set(node.names)
        self._block(node)

    def _block(self, node: ast.AST) -> None:
        """Go into what a statement holds: its expressions, and the statements of its blocks."""
        for each in ast.iter_child_nodes(node):
            if isinstance(each, ast.stmt):
                self._statement(each)
            elif isinstance(each, ast.expr):
                self._expression(each)
            elif not isinstance(each, ast.withitem):
                self._block(each)

    def _define(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, body: Sequence[ast.stmt]
    ) -> None:
        name = node.name
        inner = _Walk(self._known).run(body)
        if body:
            own = _locals(node)
            inner.touches = _outer(inner, own)
            inner.shares = [each - own for each in inner.shares]
        self.found.bodies |= inner.bodies
        known = self.found.bodies.get(name)
        self.found.bodies[name] = inner if known is None else _joined(known, inner)
        # A function inside another one may be called there.
        inner.calls |= inner.bodies.keys()
        for each in node.decorator_list:
            called = each.func if isinstance(each, ast.Call) else each
            last = called.attr if isinstance(called, ast.Attribute) else root(called)
            if last in DECORATORS or (isinstance(called, ast.Attribute) and last == "setter"):
                continue
            self.found.calls |= {last, name}
            self._touch([each])
            self.found.shares.append(frozenset({root(called), name}) - {""})
            if root(called) in self._known.names or root(called) not in self._known.bound:
                self.found.has_side_effects = True

    def _bases(self, node: ast.ClassDef) -> None:
        """A class may register itself with a base that the notebook made."""
        for base in node.bases:
            name = root(base)
            if name in self._known.bound and name not in self._known.names:
                self.found.touches.add(name)
                self.found.shares.append(frozenset({name, node.name}))
        self._expressions([*node.bases, *(each.value for each in node.keywords)])

    def _bind(self, target: ast.expr, value: ast.expr | None) -> None:
        names = all_names(target)
        if value is not None:
            if isinstance(value, ast.Call) and root(value.func) in self._drawn:
                self._drawn |= names
                return
            self.found.shares.append(frozenset(names | self._sources(value)))
        pending = [target]
        while pending:
            each = pending.pop()
            if isinstance(each, ast.Tuple | ast.List):
                pending += each.elts
            elif isinstance(each, ast.Starred):
                pending.append(each.value)
            elif not isinstance(each, ast.Name):
                self._touch([each])

    def _touch(self, nodes: Iterable[ast.expr]) -> None:
        for node in nodes:
            changed = root(node)
            for name in {changed} if changed else all_names(node):
                if name in self._known.names:
                    self.found.has_side_effects = True  # a setting of a module
                self.found.touches.add(name)

    def _sources(self, value: ast.expr) -> set[str]:
        """The names whose objects may be in a value."""
        if isinstance(value, ast.Constant | ast.Compare | ast.JoinedStr):
            return set()
        return all_names(value) - self._known.names - HARMLESS

    def _expressions(self, nodes: Iterable[ast.expr | None]) -> None:
        for node in nodes:
            if node is not None:
                self._expression(node)

    def _expression(self, node: ast.expr, *, is_dropped: bool = False) -> None:
        awaited = node.value if isinstance(node, ast.Await) else node
        for each in ast.walk(node):
            if isinstance(each, ast.Call):
                self._call(each, is_dropped=is_dropped and each is awaited)
            elif isinstance(each, ast.NamedExpr):
                self._bind(each.target, each.value)

    def _call(self, node: ast.Call, *, is_dropped: bool) -> None:
        function, name = node.func, root(node.func)
        if name in self._drawn:
            # What is drawn, and in which style, matters to endpoints that draw themselves.
            self.found.touches |= {name} | self._known.plotting
            return
        last = function.attr if isinstance(function, ast.Attribute) else name
        given = [*node.args, *(each.value for each in node.keywords)]
        if isinstance(function, ast.Name):
            if name in HARMLESS and name not in self._known.bound:
                self._run_later(given)
                return
            if name == "open" and name not in self._known.bound:
                self.found.has_side_effects |= not _only_reads(node)
                return
        elif name in self._known.names:
            self._of_module(function, last, given, is_dropped=is_dropped)
            return
        elif (
            last in READERS
            and last not in self._known.functions
            and not any(each.arg == "inplace" for each in node.keywords)
        ):
            self._run_later(given)
            return
        self.found.calls.add(last)
        self._change([function, *given])
        # A function of the notebook is judged by its body.
        known = MUTATORS if isinstance(function, ast.Attribute) else self._known.functions
        self.found.has_side_effects |= is_dropped and last not in known
        self.found.seeds_rng |= bool(_SEEDS.fullmatch(last))

    def _of_module(
        self, function: ast.expr, last: str, given: list[ast.expr], *, is_dropped: bool
    ) -> None:
        dotted = ast.unparse(function)
        self.found.calls.add(last)
        self.found.seeds_rng |= bool(_SEEDS.fullmatch(last))
        if READING.fullmatch(last) or ".path." in dotted or last in {"getenv", "getcwd"}:
            return
        self._change(given)
        if is_dropped or dotted.startswith(("os.", "shutil.", "subprocess.", "sys.")):
            self.found.has_side_effects |= not dotted.startswith("os.environ.get")

    def _change(self, nodes: Sequence[ast.expr]) -> None:
        names = set().union(*map(all_names, nodes)) - self._known.names
        self.found.touches |= names
        self.found.shares.append(frozenset(names))
        self._run_later(nodes)

    def _run_later(self, nodes: Iterable[ast.expr]) -> None:
        """A function that is handed over may be called."""
        self.found.calls |= set(map(last_name, nodes)) - {""}


def _only_reads(call: ast.Call) -> bool:
    mode = call.args[1] if len(call.args) > 1 else None
    mode = next((each.value for each in call.keywords if each.arg == "mode"), mode)
    return mode is None or (
        isinstance(mode, ast.Constant) and not set(str(mode.value)) & set("wax+")
    )


def _locals(node: ast.AST) -> frozenset[str]:
    """The names that belong to a function."""
    found: set[str] = set()
    outer: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.arg):
            found.add(each.arg)
        elif isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load):
            found.add(each.id)
        elif isinstance(each, ast.Global):
            outer |= set(each.names)
    return frozenset(found - outer)


def _outer(inner: Effects, own: frozenset[str]) -> set[str]:
    """What a body touches of the names around it, also under a name of its own."""
    touched = set(inner.touches)
    for _ in inner.shares:
        for group in inner.shares:
            if touched & group:
                touched |= group
    return touched - own


def _joined(one: Effects, other: Effects) -> Effects:
    """What two functions of one name may do."""
    return Effects(
        touches=one.touches | other.touches,
        shares=[*one.shares, *other.shares],
        calls=one.calls | other.calls,
        has_side_effects=one.has_side_effects or other.has_side_effects,
        seeds_rng=one.seeds_rng or other.seeds_rng,
    )


def _uses_reflection(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in _REACHING_NAMES | _REACHING:
            return True
        if isinstance(node, ast.Attribute) and node.attr in {"modules", "__globals__"}:
            return True
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [getattr(node, "module", None) or "", *(each.name for each in node.names)]
            if {each.partition(".")[0] for each in modules} & {"__main__", "cells", *_REACHING}:
                return True
    return False


def _annotations(tree: ast.Module) -> set[str]:
    """The words of annotations that are written as text, which may name anything."""
    found: set[str] = set()
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            written = getattr(node, name, None)
            for each in ast.walk(written) if isinstance(written, ast.expr) else ():
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    found |= set(_WORD.findall(each.value))
    return found


def called(effects: Sequence[Effects]) -> Mapping[str, Effects]:
    """Gather all function bodies of a notebook by name; namesakes count as one."""
    bodies: dict[str, Effects] = {}
    for each in effects:
        for name, body in each.bodies.items():
            bodies[name] = _joined(bodies[name], body) if name in bodies else body
    return bodies
