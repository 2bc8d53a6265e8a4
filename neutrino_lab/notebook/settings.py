"""What a cell sets in modules, where it stays when the cell is edited: `os.environ[...] =`."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass

from neutrino_lab.notebook.changing import MUTATORS, call_of, root, whole
from neutrino_lab.notebook.syntax import all_names, last_name

# Functions of modules that are called for what they set there: `np.random.seed(1)`.
_SETTING = (
    *("add", "append", "basic", "clear", "configure", "connect", "define", "disable", "enable"),
    *("extend", "filter", "init", "insert", "install", "load_dotenv", "manual_seed", "push"),
    *("put", "register", "reset", "seed", "set", "signal", "simplefilter", "store", "subscribe"),
    *("unset", "update", "use"),
)
# What one of them sets is set by the next one in its place.
_REPLACING = ("basic", "manual_seed", "seed", "set", "signal")
_BY_KEY = frozenset({"setdefault", "update"})
# What another one is put beside.
_ADDING = ("add", "append", "extend", "insert", "push", "register", "subscribe")
_BUILTINS = frozenset(dir(builtins))
# Functions that give the same object to everybody who asks.
_SHARED = frozenset({"getLogger", "get_logger", "getcontext", "get_event_loop"})


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that is set in what `name` stands for, should it be a module.

    Of two with the same `place` the later replaces the earlier, unless `is_added`. Where `names`
    stand in its text, what these are tells which place it is.
    """

    name: str
    place: str
    is_added: bool = False
    names: frozenset[str] = frozenset()


def of_target(node: ast.expr, added: ast.AugAssign | None = None) -> Setting:
    """What `x.a = ...`, `x["k"] = ...` and, as `added`, `x.a += ...` set."""
    name = _owner(node)
    whole = added or node
    return Setting(name, ast.unparse(whole), added is not None, _names(name, whole))


def of_statement(node: ast.Expr) -> Setting | None:
    """What a call sets whose result nobody takes."""
    call = call_of(node)
    called = call.func if call else None
    if call is None or not isinstance(called, ast.Attribute):
        return None
    method, name = called.attr, _owner(called.value)
    # `os.environ.update()`, but not `os.remove()`.
    is_part = method in MUTATORS and (method != "remove" or isinstance(called.value, ast.Attribute))
    if not name or not (is_part or method.startswith(_SETTING)):
        return None
    if method.startswith(_REPLACING) or method in _BY_KEY:
        given = _keys(call) if method in _BY_KEY else call.args[:-1][:1]
        words = [*map(ast.unparse, given), *sorted(each.arg or "" for each in call.keywords)]
        place = f"{ast.unparse(called)}({', '.join(words)})"
        return Setting(name, place, names=_names(name, *given))
    return Setting(name, ast.unparse(call), method.startswith(_ADDING), _names(name, call))


def _keys(call: ast.Call) -> list[ast.expr]:
    """The keys of what a dict is given, as far as they are written down."""
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Dict) and None not in first.keys:
        return [each for each in first.keys if each is not None]
    return call.args[:1]


def _owner(node: ast.expr) -> str:
    """Give the name that something is set in: `decimal` for `decimal.getcontext().prec`."""
    inner = whole(node)
    return root(inner.func) if isinstance(inner, ast.Call) and is_shared(inner) else root(node)


def is_shared(value: ast.expr) -> bool:
    """Whether a value outlives the cell that asks for it, as a module does: a logger."""
    called = value.func if isinstance(value, ast.Call) else None
    return last_name(called) in _SHARED


def _names(root_name: str, *nodes: ast.AST) -> frozenset[str]:
    return frozenset(set().union(*map(all_names, nodes)) - {root_name} - _BUILTINS)
