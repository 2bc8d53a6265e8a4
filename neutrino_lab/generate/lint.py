"""What can be said of a draft without running it. It is lint and no boundary: that is the sandbox.

Functions that raise nothing: each gives what is wrong, or nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set

from neutrino_lab.generate.task import SHAPES, Check, Shape
from neutrino_lab.notebook import syntax
from neutrino_lab.runtime.streams.operator import PARAMS, infer

IMPORTS = frozenset(
    (
        *("__future__", "collections", "datetime", "itertools", "json", "math", "numpy"),
        *("pandas", "re", "statistics", "typing"),
    )
)
ENDPOINT_IMPORTS = IMPORTS | frozenset(
    (
        *("asyncio", "base64", "calendar", "dataclasses", "decimal", "enum", "fastapi"),
        *("fractions", "functools", "hashlib", "operator", "pydantic", "random", "secrets"),
        *("string", "textwrap", "time", "unicodedata", "uuid", "zoneinfo"),
    )
)
"""An endpoint may know what time it is, and answer otherwise each time."""
MOST_CHARACTERS = 20_000
_REFUSED_CALLS = frozenset(
    (
        *("open", "exec", "eval", "compile", "input", "breakpoint", "print"),
        *("globals", "locals", "vars", "getattr", "setattr", "delattr"),
    )
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_TOP = (
    *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign),
    *(ast.AsyncFunctionDef,),
)
_FORMS: dict[Shape, str] = {
    "map": "`(value)` or `(value, params)`",
    "filter": "`(value)` or `(value, params)`",
    "accumulate": "`(acc, value)` or `(acc, value, params)`",
}


def check(code: str, name: str, shape: Shape | None, allowed: Set[str]) -> Iterator[Check]:
    """Give a check for each thing that is looked at, in the order in which to fix them.

    Without a shape it is the function of an endpoint, whose parameters its declaration tells.
    """
    size = f"The code has {len(code):,} characters; {MOST_CHARACTERS:,} are the most."
    if len(code) > MOST_CHARACTERS:
        yield Check("size", "failed", size)
        return
    try:
        tree = syntax.parse(code)
    except SyntaxError as error:
        line = f" at line {error.lineno}: {(error.text or '').strip()[:100]}"
        yield Check("python", "failed", f"The code is no Python: {error.msg}{line}")
        return
    except (ValueError, RecursionError, MemoryError) as error:
        yield Check("python", "failed", f"The code is no Python: {error}")
        return
    yield Check("python", "passed")
    for kind, found in (
        ("name", _name(tree, name, may_await=shape is None)),
        ("signature", _signature(tree, name, shape) if shape else ""),
        ("imports", _imports(tree, allowed)),
        ("calls", _calls(tree)),
        ("statements", _statements(tree)),
    ):
        yield Check(kind, "failed" if found else "passed", found)


def functions(code: str) -> list[str]:
    """Name the functions of a draft; empty where it is no Python."""
    return [each.name for each in _body(code) if isinstance(each, _FUNCTIONS)]


def last_function(code: str) -> str:
    """Name the last public function of a draft that has no name; empty if there is none."""
    public = [name for name in functions(code) if not name.startswith("_")]
    return public[-1] if public else ""


def shape_of(code: str, name: str) -> Shape | None:
    """Tell what a function is by its parameters, as a stream does; None where they do not tell."""
    found = _found(_body(code), name)
    if found is None:
        return None
    returns = found.returns
    returns_bool = isinstance(returns, ast.Name) and returns.id == "bool"
    kind = infer(_required(found), returns_bool=returns_bool, is_generator=False)
    return next((each for each in SHAPES if each == kind), None)


def _name(tree: ast.Module, name: str, *, may_await: bool) -> str:
    kinds = _FUNCTIONS if may_await else ast.FunctionDef
    functions = [each for each in tree.body if isinstance(each, kinds)]
    names = [each.name for each in functions]
    if name not in names:
        if any(isinstance(n, ast.AsyncFunctionDef) and n.name == name for n in tree.body):
            return f"`{name}` is an `async def`; a plain `def` is wanted."
        there = ", ".join(f"`{each}`" for each in names) or "none"
        return f"There is no function `{name}`; there is {there}."
    public = [each for each in names if not each.startswith("_")]
    if public and public[-1] != name:
        return f"`{public[-1]}` stands after `{name}`, which has to be the last function."
    return "" if names.count(name) == 1 else f"There are {names.count(name)} functions `{name}`."


def _signature(tree: ast.Module, name: str, shape: Shape) -> str:
    found = _found(tree.body, name)
    if found is None:
        return ""
    arguments = found.args
    if any(isinstance(each, ast.Yield | ast.YieldFrom) for each in ast.walk(found)):
        return f"`{name}` is a generator; it has to return its result."
    names = _required(found)
    written = f"`{name}` takes `({', '.join(names)})`"
    wanted = f"{written}; {'an' if shape == 'accumulate' else 'a'} {shape} takes {_FORMS[shape]}."
    if any(d is None for d in arguments.kw_defaults):
        return wanted
    if shape == "accumulate":
        is_good = len(names) == 2 or (len(names) == 3 and names[2] == PARAMS)
        is_good = is_good and PARAMS not in names[:2]
    else:
        is_good = names[:1] != [PARAMS] and (
            len(names) == 1 or (len(names) == 2 and names[1] == PARAMS)
        )
    return "" if is_good else wanted


def _imports(tree: ast.Module, allowed: Set[str]) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{'.' * node.level}{node.module or ''}"]
        else:
            continue
        for each in names:
            if each.partition(".")[0] not in allowed:
                known = ", ".join(sorted(allowed - {"__future__"}))
                return f"Line {node.lineno} imports `{each}`; allowed are {known}."
    return ""


def _calls(tree: ast.Module) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_dunder(node.attr):
            return f"Line {node.lineno} uses `.{node.attr}`, which no operator needs."
        if isinstance(node, ast.Name) and (_is_dunder(node.id) or node.id in _REFUSED_CALLS):
            return f"Line {node.lineno} uses `{node.id}`, which no operator needs."
    return ""


def _statements(tree: ast.Module) -> str:
    for node in tree.body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_text and not isinstance(node, _TOP):
            return (
                f"Line {node.lineno} runs at once; only imports, constants and functions may stand "
                "outside of a function."
            )
    return ""


def _body(code: str) -> list[ast.stmt]:
    try:
        return syntax.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _found(body: list[ast.stmt], name: str) -> ast.FunctionDef | None:
    found = [each for each in body if isinstance(each, ast.FunctionDef) and each.name == name]
    return found[-1] if found else None


def _required(function: ast.FunctionDef) -> list[str]:
    """The positional parameters without a default, and `params` even with one."""
    arguments = function.args
    given = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    without = len(given) - len(arguments.defaults)
    return [name for number, name in enumerate(given) if number < without or name == PARAMS]


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
