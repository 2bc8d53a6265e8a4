"""What a cell sets in modules, where it stays when the cell is edited: `os.environ[...] =`."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from neutrino_lab.notebook.changing import MUTATORS, call_of, root

# Functions of modules that are called for what they set there: `np.random.seed(1)`.
_SETTING = (
    *("add", "append", "basic", "clear", "configure", "connect", "define", "disable", "enable"),
    *("extend", "filter", "init", "insert", "install", "load_dotenv", "manual_seed", "push"),
    *("put", "register", "reset", "seed", "set", "signal", "simplefilter", "store", "subscribe"),
    *("unset", "update", "use"),
)
# What one of them sets is set by the next one in its place.
_REPLACING = ("basic", "manual_seed", "seed", "set", "signal")
# What another one is put beside.
_ADDING = ("add", "append", "extend", "insert", "push", "register", "subscribe")
# Functions that give the same object to everybody who asks.
_SHARED = frozenset({"getLogger", "get_logger"})


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that is set in what `name` stands for, should it be a module.

    Of two with the same `place` the later replaces the earlier, unless `is_added`. With `has_names`
    the text of the place does not tell which it is.
    """

    name: str
    place: str
    is_added: bool = False
    has_names: bool = False


def of_target(node: ast.expr, added: ast.AugAssign | None = None) -> Setting:
    """What `x.a = ...`, `x["k"] = ...` and, as `added`, `x.a += ...` set."""
    name = root(node)
    whole = added or node
    return Setting(name, ast.unparse(whole), added is not None, _has_names(whole, name))


def of_statement(node: ast.Expr) -> Setting | None:
    """What a call sets whose result nobody takes."""
    call = call_of(node)
    called = call.func if call else None
    if call is None or not isinstance(called, ast.Attribute):
        return None
    method, name = called.attr, root(called.value)
    # `os.environ.update()`, but not `os.remove()`.
    is_part = method in MUTATORS and (method != "remove" or isinstance(called.value, ast.Attribute))
    if not name or not (is_part or method.startswith(_SETTING)):
        return None
    if method.startswith(_REPLACING):
        given = call.args[:1] if len(call.args) > 1 else []
        words = [*map(ast.unparse, given), *sorted(each.arg or "" for each in call.keywords)]
        place = f"{ast.unparse(called)}({', '.join(words)})"
        return Setting(name, place, has_names=any(_has_names(each, name) for each in given))
    return Setting(name, ast.unparse(call), method.startswith(_ADDING), _has_names(call, name))


def is_shared(value: ast.expr) -> bool:
    """Whether a value outlives the cell that asks for it, as a module does: a logger."""
    called = value.func if isinstance(value, ast.Call) else None
    return getattr(called, "attr", getattr(called, "id", "")) in _SHARED


def _has_names(node: ast.AST, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id != name for each in ast.walk(node))
