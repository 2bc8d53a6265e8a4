"""What one cell's code says about itself: its tree is read once, and then dropped."""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from neutrino_lab.notebook import objects, own_namespace, scopes
from neutrino_lab.notebook.lines import Lines
from neutrino_lab.notebook.model import Span
from neutrino_lab.notebook.objects import NOTHING, Objects
from neutrino_lab.notebook.settings import Setting
from neutrino_lab.notebook.statements import CellNames
from neutrino_lab.notebook.syntax import all_names, last_name, parse

_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")
_MOST_OF_A_NAME = 1000
_IMPORT_GUARDS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})

ParameterKind: TypeAlias = Literal[
    "positional-only", "positional", "keyword-only", "var-positional", "var-keyword"
]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `annotation` and `default` are source text, empty where there is none."""

    name: str
    span: Span
    kind: ParameterKind = "positional"
    annotation: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """A top-level function. `span` covers its name; `first_line` is that of its first decorator.

    `mapping_uses` are the places where a parameter is read like a dict (`event["x"]`,
    `event.get(...)`), by the parameter's name, and only where the body does not rebind it.
    """

    name: str
    span: Span
    first_line: int
    end_line: int
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    docstring: str = ""
    is_async: bool = False
    is_generator: bool = False
    mapping_uses: tuple[tuple[str, Span], ...] = ()


@dataclass(frozen=True, slots=True)
class Import:
    """`module` is dotted as written, `names` what `from` takes of it; `level` counts the dots.

    `guarded`: under `try` with an `except ImportError` (or wider), or under `if TYPE_CHECKING`.
    """

    module: str
    span: Span
    names: tuple[str, ...] = ()
    level: int = 0
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Why the code does not parse, in Python's words."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the other layers ask about a cell's code.

    `statements` are the line ranges (first, last) of the top-level statements, and `texts` the
    spans of those that are a lone string literal. `binds` are the module-level names the cell sets
    (assigned, imported, defined, deleted, or changed through `x[...] =`, `x.a =`, `x +=`), and
    `imported` those of them that an import sets; `eager` those that it reads while it runs and did
    not bind first, and `needs` those of them that it is certain to read; `lazy` says for every
    function or class that it defines which module-level names the body reads later, when called.
    `changes` says which names' objects such a body changes in place (`x[...] =`, `x.append()`) or
    rebinds through `global`, and under "" those that the cell itself changes so while it runs.
    `settings` are what such a body, and under "" the cell itself, sets in names, should they be
    modules (`os.environ[...] =`, `random.seed(1)`), and `observes` those that it imports and reads.
    `objects` is what it says of objects with several names, and of what it hands to functions.
    `deletes` are the names that are certain to be gone after it, and `guarded` those that its code
    reads where it catches NameError.
    `opaque`: what it does to names cannot be told (star import, `exec`, `eval`, `globals()`,
    `sys.modules["__main__"]`, ...).
    """

    statements: tuple[tuple[int, int], ...] = ()
    texts: tuple[Span, ...] = ()
    functions: tuple[Function, ...] = ()
    imports: tuple[Import, ...] = ()
    binds: frozenset[str] = frozenset()
    eager: frozenset[str] = frozenset()
    lazy: Mapping[str, frozenset[str]] | None = None
    opaque: bool = False
    error: SyntaxProblem | None = None
    needs: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    changes: Mapping[str, frozenset[str]] | None = None
    settings: Mapping[str, frozenset[Setting]] | None = None
    observes: frozenset[str] = frozenset()
    objects: Objects = NOTHING
    deletes: frozenset[str] = frozenset()
    guarded: frozenset[str] = frozenset()

    def function(self, name: str) -> Function | None:
        """Find a function; of two with one name the cell leaves the last."""
        return next((each for each in reversed(self.functions) if each.name == name), None)


class FactsCache:
    """Remembers facts by the text of the code, so that an unchanged cell is never parsed twice."""

    def __init__(self) -> None:
        self._known: dict[str, Facts] = {}

    def of(self, code: str) -> Facts:
        """Give the facts of a cell's code, and remember them."""
        facts = self._known.get(code)
        if facts is None:
            facts = self._known[code] = extract(code)
        return facts

    def keep(self, codes: Iterable[str]) -> None:
        """Forget the facts of all code but this."""
        wanted = set(codes)
        if self._known.keys() <= wanted:
            return
        self._known = {code: facts for code, facts in self._known.items() if code in wanted}


def extract(code: str) -> Facts:
    """Analyse a cell's code without running it; code that does not parse gives an `error`."""
    if not code.strip(" \t\n\r\f"):
        return Facts()
    lines = Lines(code)
    if "\0" in code:
        return Facts(error=_character_problem(code, code.index("\0"), lines))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python thinks of the code is no warning of ours
            tree = parse(code)
            problem = _repetition(code, tree, lines) or _compile_problem(tree, lines)
            return Facts(error=problem) if problem else _facts(code, tree, lines)
    except SyntaxError as error:
        return Facts(error=_problem(error, lines))
    except (RecursionError, MemoryError):
        return Facts(
            error=SyntaxProblem("the code is nested too deeply", lines.clamped(1, 0, 1, 0))
        )
    except UnicodeEncodeError as error:
        return Facts(error=_character_problem(code, error.start, lines))


def _repetition(code: str, tree: ast.Module, lines: Lines) -> SyntaxProblem | None:
    """Refuse what would keep Python's compiler busy for minutes: it compares all functions of one
    name with each other."""
    if code.count("def ") + code.count("class ") <= _MOST_OF_A_NAME:
        return None
    seen: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            seen[node.name] += 1
            if seen[node.name] > _MOST_OF_A_NAME:
                message = f"`{node.name}` is defined more than {_MOST_OF_A_NAME:,} times"
                return SyntaxProblem(message, lines.span(node))
    return None


def _compile_problem(tree: ast.Module, lines: Lines) -> SyntaxProblem | None:
    """Find what only shows when code is made of the tree: `return` outside a function, and so on.

    Its cost was measured at less than that of parsing; nothing cheaper knows all of Python's rules.
    """
    try:
        compile(tree, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError as error:
        # Here, unlike from the parser, columns are counted in bytes.
        line = min(error.lineno or 1, lines.count)
        column = lines.column(line, max((error.offset or 1) - 1, 0))
        end_line = min(error.end_lineno or line, lines.count)
        end = lines.column(end_line, max((error.end_offset or 0) - 1, 0))
        return SyntaxProblem(error.msg, lines.clamped(line, column, end_line, end))
    return None


def _problem(error: SyntaxError, lines: Lines) -> SyntaxProblem:
    line, column = error.lineno or 1, (error.offset or 1) - 1
    end_line = max(error.end_lineno or line, line)
    end = (error.end_offset or 0) - 1
    if end_line == line:
        end = max(end, column + 1)  # the tokenizer gives no end
    return SyntaxProblem(error.msg, lines.clamped(line, column, end_line, end))


def _character_problem(code: str, position: int, lines: Lines) -> SyntaxProblem:
    line = code.count("\n", 0, position) + 1
    column = position - (code.rfind("\n", 0, position) + 1)
    message = f"U+{ord(code[position]):04X} is no character that code may hold"
    return SyntaxProblem(message, lines.clamped(line, column, line, column + 1))


def _facts(code: str, tree: ast.Module, lines: Lines) -> Facts:
    names = CellNames().follow(tree.body)
    return Facts(
        statements=tuple((_first_line(each), each.end_lineno or each.lineno) for each in tree.body),
        texts=tuple(
            lines.span(each)
            for each in tree.body
            if isinstance(each, ast.Expr)
            and isinstance(each.value, ast.Constant)
            and isinstance(each.value.value, str)
        ),
        functions=tuple(
            _function(each, names.scopes[each], lines)
            for each in tree.body
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        ),
        imports=tuple(_imports(tree.body, lines)) if "import" in code else (),
        binds=frozenset(names.binds),
        eager=frozenset(names.eager),
        lazy=_frozen(names.lazy),
        opaque=names.opaque or own_namespace.is_reached(tree, code),
        needs=frozenset(names.needs),
        imported=frozenset(names.imported),
        changes=_frozen(names.changes),
        settings={name: frozenset(made) for name, made in names.settings.items()} or None,
        observes=frozenset(names.observes),
        objects=objects.of(tree, names.scopes),
        deletes=frozenset(names.deletes),
        guarded=frozenset(_guarded(tree)) if "NameError" in code else frozenset(),
    )


def _guarded(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        caught = [each.type for each in getattr(node, "handlers", ())]
        if isinstance(node, ast.With | ast.AsyncWith):
            # `contextlib.suppress(NameError)`
            caught = [a for each in node.items for a in getattr(each.context_expr, "args", ())]
        if any(each is not None and "NameError" in scopes.names_in(each) for each in caught):
            for each in getattr(node, "body", ()):
                yield from all_names(each)


def _frozen(found: Mapping[str, set[str]]) -> Mapping[str, frozenset[str]] | None:
    return {name: frozenset(names) for name, names in found.items()} or None


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", None)
    return int(decorators[0].lineno) if decorators else node.lineno


def _function(node: scopes.Function, scope: scopes.Scope, lines: Lines) -> Function:
    own = scope.own - scope.stores
    return Function(
        name=node.name,
        span=lines.name(node),
        first_line=_first_line(node),
        end_line=node.end_lineno or node.lineno,
        parameters=tuple(_parameters(node.args, lines)),
        returns=lines.text(node.returns) if node.returns else "",
        docstring=ast.get_docstring(node) or "",
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_generator=scope.yields,
        mapping_uses=tuple(
            sorted((name, lines.span(use)) for name, use in scope.uses if name in own)
        ),
    )


def _parameters(arguments: ast.arguments, lines: Lines) -> Iterator[Parameter]:
    defaults = dict(scopes.with_defaults(arguments))
    by_kind: tuple[tuple[ParameterKind, Iterable[ast.arg | None]], ...] = (
        ("positional-only", arguments.posonlyargs),
        ("positional", arguments.args),
        ("var-positional", (arguments.vararg,)),
        ("keyword-only", arguments.kwonlyargs),
        ("var-keyword", (arguments.kwarg,)),
    )
    for kind, listed in by_kind:
        for each in filter(None, listed):
            yield Parameter(
                name=each.arg,
                span=lines.word(each),
                kind=kind,
                annotation=lines.text(each.annotation) if each.annotation else "",
                default=lines.text(defaults[each]) if each in defaults else "",
            )


def _imports(
    statements: Iterable[ast.AST], lines: Lines, *, guarded: bool = False
) -> Iterator[Import]:
    for node in statements:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, lines.span(alias), guarded=guarded)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield Import(node.module or "", lines.span(node), names, node.level, guarded)
        elif isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
            for name in _BLOCKS:
                inside = guarded or (name == "body" and _guards(node))
                yield from _imports(getattr(node, name, ()), lines, guarded=inside)


def _guards(node: ast.AST) -> bool:
    """Tell whether an import in the body may fail or be left out."""
    if isinstance(node, ast.If):
        return last_name(node.test) == "TYPE_CHECKING"
    return any(scopes.catches(each, _IMPORT_GUARDS) for each in getattr(node, "handlers", ()))
