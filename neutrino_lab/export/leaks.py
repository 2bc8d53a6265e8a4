"""Keys in what an export holds: what is written in a cell is in every copy of the image.

What a key looks like is for `keys` to say; here code is taken apart. The tree of a cell tells names
from values, comments and magics are read as text.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export import keys
from neutrino_lab.export.location import CodeLocation
from neutrino_lab.notebook.blocks import of_each
from neutrino_lab.notebook.lines import Lines
from neutrino_lab.notebook.memory import remembered
from neutrino_lab.notebook.model import Cell, Notebook, Span
from neutrino_lab.notebook.scopes import with_defaults
from neutrino_lab.notebook.syntax import try_parse, walk
from neutrino_lab.notebook.wording import Worded, say

ALLOW = "neutrino: allow-secret"

_ALLOWED = re.compile(rf"\b{ALLOW}\b")
_ASKING = frozenset({"get", "getenv", "setdefault", "setenv", "pop", "environ_get", "putenv"})
_KEEPING = frozenset(
    {"str", "bytes", "b64decode", "Secret", "SecretStr", "SecretBytes", "SecretValue", "quote_plus"}
)
# Shorter passwords are as often test data as they are real.
_CERTAIN_CHARACTERS = 8
_LOGINS = frozenset(
    {"HTTPBasicAuth", "HTTPDigestAuth", "BasicAuth", "login", "PlainTextAuthProvider"}
)
_FERNET = re.compile(r"[A-Za-z0-9_-]{43}=")


@dataclass(frozen=True, slots=True)
class Leak:
    """What looks like a key, where, and whether it is taken for one or may as well be data."""

    what: Worded
    span: Span | None
    is_certain: bool = True


def find(
    notebooks: Iterable[Notebook], files: Iterable[tuple[CodeLocation, str]]
) -> list[Diagnostic]:
    """Name the cells, and the files that go with them, that hold what looks like a key."""
    found: list[Diagnostic] = []
    for notebook in notebooks:
        place = CodeLocation(str(notebook.path))
        shaped = keys.shaped(notebook.description)
        found += (_finding(place, Leak(what, None)) for what, _, _ in shaped)
        for cell, leaked in _in_cells(notebook.cells):
            found += (_finding(CodeLocation.of(notebook, cell), each) for each in leaked)
    for place, text in files:
        found += (_finding(place, each) for each in in_code(text))
    return found


@of_each
def _in_cells(cell: Cell) -> tuple[Leak, ...]:
    """Say what looks like a key in a cell that is exported, its magics included."""
    if cell.skipped:
        return ()
    found = {each.span.line: each for each in in_code(cell.code) if each.span}
    for magic in cell.magics:
        for number, line in enumerate(magic.text.split("\n"), magic.line):
            for what, start, end in (*keys.shaped(line), *keys.said(line)):
                if not _is_allowed(line):
                    found.setdefault(number, Leak(what, Span(number, start, number, end)))
    return tuple(found[line] for line in sorted(found))


def _is_allowed(line: str) -> bool:
    """Tell whether a comment of this line lets it pass."""
    _, mark, comment = line.partition("#")
    return bool(mark) and _ALLOWED.search(comment) is not None


def in_code(code: str) -> list[Leak]:
    """Say what looks like a key in Python code, comments included, and where.

    A comment `# neutrino: allow-secret` in a line of the literal lets it pass.
    """
    return list(_in_code(code))


@remembered
def _in_code(code: str) -> tuple[Leak, ...]:
    lines = code.split("\n")
    allowed = {n for n, line in enumerate(lines, 1) if _is_allowed(line)}
    tree = try_parse(code)
    nodes = walk(tree) if tree else []
    literals = sorted(
        (node.lineno, node.end_lineno or node.lineno)
        for node in nodes
        if isinstance(node, (ast.Constant, ast.JoinedStr))
    )
    spread = {n: (a, b) for a, b in literals if b > a for n in range(a, b + 1)} if allowed else {}
    starts = [0]
    for text in lines:
        starts.append(starts[-1] + len(text) + 1)
    found: dict[int, Leak] = {}

    def add(leak: Leak, first: int, last: int) -> None:
        if not any(n in allowed for n in range(first, min(last, first + 10_000) + 1)):
            found.setdefault(first, leak)

    for what, start, end in keys.shaped(code):
        line = bisect_right(starts, start)
        column = start - starts[line - 1]
        first, last = spread.get(line, (line, line))
        if not any(n in allowed for n in range(first, last + 1)):
            found.setdefault(line, Leak(what, Span(line, column, line, column + end - start)))
    for line, column, comment in _comments(code, lines, nodes):
        for what, start, end in keys.said(comment):
            span = Span(line, column + start, line, column + end)
            add(Leak(what, span, end - start >= _CERTAIN_CHARACTERS), line, line)
    answered = _answered(nodes)
    positions = Lines(code)
    for name, node, value in _named(nodes):
        if keys.is_secret(name, value):
            # What a function returns is known to its callers.
            is_certain = node not in answered and len(value) >= _CERTAIN_CHARACTERS
            leak = Leak(say("the value of `{name}`", name=name), positions.span(node), is_certain)
            add(leak, node.lineno, node.end_lineno or node.lineno)
    for what, node in _joined(nodes):
        last = node.end_lineno or node.lineno
        if found.keys().isdisjoint(range(node.lineno, last + 1)):
            add(Leak(what, positions.span(node)), node.lineno, last)
    for line, column, text in _texts(nodes, lines):
        for what, start, end in keys.said(text):
            # A text may speak of a password, as a form does, or a query.
            add(Leak(what, Span(line, column + start, line, column + end), False), line, line)
    return tuple(found[line] for line in sorted(found))


def _texts(nodes: Iterable[ast.AST], lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """The lines of the texts in some code that may give a name to something."""
    for node in nodes:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if len(node.value) < 10 or not ("=" in node.value or ":" in node.value):
            continue
        last = node.end_lineno or node.lineno
        for number in range(node.lineno, last + 1):
            line = lines[number - 1]
            start = node.col_offset if number == node.lineno and line.isascii() else 0
            end = node.end_col_offset if number == last and line.isascii() else len(line)
            yield number, start, line[start:end]


def _comments(code: str, lines: list[str], nodes: list[ast.AST]) -> Iterator[tuple[int, int, str]]:
    """The comments of some code: its lines and columns, without the `#` in texts."""
    if "#" not in code:
        return
    texts: dict[int, list[tuple[int, int]]] = {}
    within: set[int] = set()
    positions = Lines(code)
    for node in nodes:
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
        ):
            span = positions.span(node)
            within |= set(range(span.line, span.end_line))
            first = span.column if span.line == span.end_line else 0
            texts.setdefault(span.end_line, []).append((first, span.end_column))
    for number, line in enumerate(lines, 1):
        if number in within:
            continue
        ends = sorted(texts.get(number, ()))
        at = line.find("#")
        for start, end in ends:
            if start < at < end:
                at = line.find("#", end)
        if at >= 0:
            yield number, at, line[at:]


def _finding(place: CodeLocation, leak: Leak) -> Diagnostic:
    severity: Literal["error", "warning"] = "error" if leak.is_certain else "warning"
    # Without the source: a report would print the line, and the key with it.
    return replace(place, source="").finding(
        "NL771" if leak.is_certain else "NL772",
        severity,
        say("{what} is written here, and would be in every copy of the image", what=leak.what)
        if leak.is_certain
        else say("{what} may be a secret, and will be in every copy of the image", what=leak.what),
        hint=say(
            'read it with `os.environ["NAME"]` and pass it in a .env file; if it is '
            "none, say `# {allow}` in its line",
            allow=ALLOW,
        ),
        span=leak.span,
    )


def _named(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr, str]]:
    """All literal texts that have a name: assigned, passed, compared, a default, in a dict."""
    for node in nodes:
        for target, value in _pairs(node):
            name = _name(target)
            for each in _alternatives(value) if name else ():
                text = _text(each)
                if text is not None:
                    yield name, each, text


def _alternatives(value: ast.AST | None) -> Iterator[ast.expr]:
    """What a value may be: `a or b`, `a if c else b`, and what a type is given to keep."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case ast.BoolOp(values=values):
                waiting += values
            case ast.IfExp(body=body, orelse=other):
                waiting += [body, other]
            case ast.Call(func=func, args=[inner, *_]) if _name(func) in _KEEPING:
                waiting.append(inner)
            case ast.expr() as found:
                yield found


def _text(node: ast.AST | None) -> str | None:
    """The text of a literal, also of bytes, and where it is put together of several."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=bytes(content)):
            return content.decode("ascii", "replace")
        case ast.Call(func=ast.Attribute(value=inner, attr="encode"), args=[]):
            return _text(inner)
        case ast.BinOp(op=ast.Add()):
            return _sum(node)
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(between)), attr="join"),
            args=[ast.List(elts=parts) | ast.Tuple(elts=parts)],
        ):
            texts = [p.value for p in parts if isinstance(p, ast.Constant)]
            whole = len(texts) == len(parts) and all(isinstance(each, str) for each in texts)
            return between.join(map(str, texts)) if whole else None
    return None


def _sum(node: ast.BinOp) -> str | None:
    parts: list[str] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
        if not isinstance(left.right, ast.Constant) or not isinstance(left.right.value, str):
            return None
        parts.append(left.right.value)
        left = left.left
    if not isinstance(left, ast.Constant) or not isinstance(left.value, str):
        return None
    return "".join([left.value, *reversed(parts)])


def _joined(nodes: Iterable[ast.AST]) -> Iterator[tuple[Worded, ast.expr]]:
    """Keys that are put together of pieces, or stand in escapes, and those of Fernet."""
    inner: set[ast.AST] = set()
    for node in nodes:
        if isinstance(node, ast.BinOp):
            if node in inner:
                inner.add(node.left)
                continue
            inner.add(node.left)
        if isinstance(node, (ast.BinOp, ast.Call, ast.Constant)):
            text = _text(node)
            for what, _, _ in keys.shaped(text) if text else ():
                yield what, node
                break
        if isinstance(node, ast.Call) and _name(node.func) == "Fernet" and node.args:
            key = _text(node.args[0])
            if key and _FERNET.fullmatch(key):
                yield say("a Fernet key"), node.args[0]


def _answered(nodes: Iterable[ast.AST]) -> set[ast.AST]:
    """What stands in the data that functions return or yield, outside of any call."""
    found: set[ast.AST] = set()
    for node in nodes:
        if isinstance(node, (ast.Return, ast.Yield)) and node.value is not None:
            waiting: list[ast.AST] = [node.value]
            while waiting:
                each = waiting.pop()
                found.add(each)
                if isinstance(each, (ast.Dict, ast.List, ast.Tuple, ast.Set)):
                    waiting += ast.iter_child_nodes(each)
    return found


def _pairs(node: ast.AST) -> Iterator[tuple[ast.AST | str | None, ast.AST | None]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield target, value
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                    yield from zip(target.elts, value.elts, strict=False)
        case ast.AnnAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.keyword(arg="auth", value=ast.Tuple(elts=[_, value])):
            yield "password", value
        case ast.keyword(arg=name, value=value):
            yield name, value
        case ast.Dict(keys=names, values=values):
            yield from zip(names, values, strict=True)
        case ast.Compare(left=left, comparators=[right]):
            yield left, right
            yield right, left
        case ast.arguments():
            yield from ((arg.arg, value) for arg, value in with_defaults(node))
        case ast.Call(func=func, args=[name, value]) if _name(func) in _ASKING:
            yield name, value
        case ast.Call(func=func, args=[_, name, value]) if _name(func) in {"setattr", "setenv"}:
            yield name, value
        case ast.Call(func=func, args=[_, value]) if _name(func) in _LOGINS:
            yield "password", value


def _name(node: ast.AST | str | None) -> str:
    match node:
        case str():
            return node
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))) | ast.Constant(value=str(name)):
            return name if re.fullmatch(r"[\w-]{1,60}", name) else ""
    return ""
