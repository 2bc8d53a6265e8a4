"""What a call changes in place, as far as its words tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neutrino_lab.notebook.syntax import last_name

# Methods of list, dict, set and deque that change the object and whose names say so.
MUTATORS = frozenset(
    {"add", "append", "appendleft", "clear", "difference_update", "discard", "extend"}
    | {"extendleft", "insert", "intersection_update", "pop", "popitem", "popleft", "remove"}
    | {"reverse", "setdefault", "sort", "symmetric_difference_update", "update"}
)

# Methods whose result is thrown away, or shown, and that leave the object as it is. Any other is
# called for what it does to the object: there is nothing else that such a call could be for.
READERS = frozenset(
    {"agg", "aggregate", "bar", "boxplot", "collect", "columns", "copy", "corr", "count", "cov"}
    | {"critical", "debug", "describe", "dict", "display", "error", "evaluate", "exception"}
    | {"explain", "filter", "format", "get", "groupby", "head", "hist", "imshow", "info", "isna"}
    | {"isnull", "items", "join", "json", "keys", "line", "log", "lower", "max", "mean", "median"}
    | {"min", "mode", "nlargest", "notna", "nsmallest", "nunique", "pie", "plot", "predict"}
    | {"eval", "predict_proba", "print", "query", "round", "sample", "savefig", "scatter"}
    | {"schema", "score"}
    | {"search", "select", "show", "sleep", "split", "std", "strip", "style", "sum", "summary"}
    | {"tail", "transpose", "unique", "upper", "value_counts", "values", "var", "view", "warning"}
)
_READING = (
    *("as_", "display_", "find", "get_", "has_", "is_", "list_", "plot_", "print_", "read_"),
    *("show_", "summarize", "to_"),
)

# Methods whose results are of use, and that change the object all the same.
_WORKING = frozenset(
    {"__delattr__", "__delitem__", "__iadd__", "__ior__", "__setattr__", "__setitem__"}
    | {"execute", "executemany", "executescript", "fit", "fit_transform", "partial_fit", "put"}
    | {"put_nowait", "read", "readline", "readlines", "send", "write", "writelines"}
)
_QUERY = re.compile(r"\s*(select|with|pragma|show|explain|describe)\b", re.IGNORECASE)

# Methods that give a part of their object, or what works on it.
_PARTS = frozenset(
    {"acquire", "begin", "connect", "cursor", "get", "getbuffer", "items", "pipeline", "ravel"}
    | {"reshape", "session", "setdefault", "squeeze", "swapaxes", "transpose", "values", "view"}
)
_GIVING = ("add_", "create_", "get_", "open_", "require_")
# Functions, by the last part of their names, whose results work on what they are given.
_WRAPPERS = frozenset(
    {"ChainMap", "DictWriter", "ExcelWriter", "Session", "TextIOWrapper", "aclosing", "asarray"}
    | {"closing", "enumerate", "filter", "iter", "memoryview", "partial", "ravel", "reshape"}
    | {"reversed"}
    | {"squeeze", "transpose", "writer", "zip"}
)

# Functions, by the last part of their names, that change what they are given first.
_CHANGE_THE_FIRST = frozenset(
    {"at", "copyto", "delattr", "delitem", "fill_diagonal", "heapify", "heappop", "heappush"}
    | {"heappushpop", "heapreplace", "iadd", "iand", "iconcat", "imul", "insort", "insort_left"}
    | {"insort_right", "ior", "isub", "ixor", "next", "place", "put_along_axis", "putmask"}
    | {"setattr", "setitem", "shuffle"}
)
_CONTAINERS = frozenset({"bytearray", "deque", "dict", "list", "set"})
# Keyword arguments that are written to.
_WRITTEN_TO = frozenset({"buf", "file", "fp", "out"})


def whole(node: ast.expr) -> ast.expr:
    """Give what `x.a`, `x["k"]` and `x.a["k"]` are parts of."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node


def root(node: ast.expr) -> str:
    """Give the name that `x`, `x.a` and `vars(x)["k"]` start from, empty where it is none."""
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call) and len(node.args) == 1 and _is_vars(node.func):
            node = node.args[0]
        elif isinstance(node, ast.NamedExpr):
            node = node.value
        else:
            return node.id if isinstance(node, ast.Name) else ""


def roots(node: ast.expr) -> Iterator[str]:
    """Give the names whose object, or a part of it, an expression may give: `a` and `b` for
    `(a or b).x`, `con` for `con.cursor()`."""
    pending = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, ast.BoolOp):
            pending += reversed(each.values)
        elif isinstance(each, ast.IfExp):
            pending += [each.orelse, each.body]
        elif isinstance(each, ast.Attribute | ast.Subscript):
            pending.append(each.value)
        elif isinstance(each, ast.Call) and (given := _given_back(each)):
            pending += given
        elif name := root(each):
            yield name


def _given_back(call: ast.Call) -> list[ast.expr]:
    function = call.func
    last = last_name(function)
    if last in _WRAPPERS and call.args:
        return [*reversed(call.args)]
    if isinstance(function, ast.Attribute) and (last in _PARTS or last.startswith(_GIVING)):
        return [function.value]
    return []


def is_mutator(method: str) -> bool:
    """Whether a method changes its object, by its name."""
    return method in MUTATORS or method in _WORKING


def changed_by(call: ast.Call) -> Iterator[str]:
    """Give the names whose objects a call changes in place, as `x.append(1)` does."""
    function = call.func
    last = last_name(function)
    if isinstance(function, ast.Attribute) and _works_on_its_object(call, last):
        yield from roots(function.value)
    is_unbound = last in MUTATORS and isinstance(function, ast.Attribute)
    if call.args and (last in _CHANGE_THE_FIRST or (is_unbound and root(function) in _CONTAINERS)):
        yield root(call.args[0])
    if last == "put" and len(call.args) > 2:  # of numpy
        yield root(call.args[0])
    # Into a file, as of json and pickle, or into a database.
    if last in ("dump", "to_sql") and len(call.args) > 1:
        yield root(call.args[1])
    for each in call.args:
        # A method that is handed over is called there: `map(found.append, rows)`.
        if isinstance(each, ast.Attribute) and each.attr in MUTATORS:
            yield root(each.value)
    for keyword in call.keywords:
        value = keyword.value
        if keyword.arg in _WRITTEN_TO and not isinstance(value, ast.Constant):
            yield root(value)
        elif isinstance(value, ast.Attribute) and value.attr in MUTATORS:
            yield root(value.value)


def changes_in_place(node: ast.AugAssign) -> bool:
    """Whether `x += ...` may change the object of `x`: that of a list or an array it does."""
    return not is_text(node.value)


def is_text(node: ast.expr) -> bool:
    """Whether an expression is a literal text, f-strings included."""
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def changed_by_statement(node: ast.Expr) -> Iterator[str]:
    """Give the names whose objects a call changes whose result nobody takes: `store.load(1)`."""
    call = call_of(node)
    called = call.func if call else None
    if call is None or not isinstance(called, ast.Attribute):
        return
    if called.attr in READERS or (called.attr == "execute" and _is_query(call)):
        return
    if not called.attr.startswith(_READING):
        yield from roots(called.value)


def _works_on_its_object(call: ast.Call, method: str) -> bool:
    if method in MUTATORS:
        return True
    if method in _WORKING:
        return method != "execute" or not _is_query(call)
    return any(
        keyword.arg == "inplace"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is True
        for keyword in call.keywords
    )


def _is_query(call: ast.Call) -> bool:
    """Whether a statement of SQL only reads."""
    first = call.args[0] if call.args else None
    return (
        isinstance(first, ast.Constant)
        and isinstance(first.value, str)
        and _QUERY.match(first.value) is not None
    )


def _is_vars(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "vars"


def call_of(node: ast.Expr) -> ast.Call | None:
    """Give the call that a statement consists of, awaited or not; None for another statement."""
    value = node.value.value if isinstance(node.value, ast.Await) else node.value
    return value if isinstance(value, ast.Call) else None
