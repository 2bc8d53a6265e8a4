"""What compiled code says of the names that it uses: no source is needed, and no tree."""

from __future__ import annotations

import dis
import inspect
import sys
from collections.abc import Iterator, Mapping, Set
from types import CodeType, FunctionType
from typing import Any

_STORES = frozenset({"DELETE_NAME", "STORE_NAME"})
_GLOBAL_STORES = frozenset({"DELETE_GLOBAL", "STORE_GLOBAL"})
_LOADS = frozenset(each for each in dis.opmap if each.startswith(("LOAD_GLOBAL", "LOAD_NAME")))
_LOADS |= {"LOAD_FROM_DICT_OR_GLOBALS"} & dis.opmap.keys()
_REFLECTION = frozenset({"exec", "eval", "globals", "vars", "locals"})
_REFLECTION_OF_ANY = _REFLECTION | {"__globals__", "f_globals"}
_HAS_DOCSTRING = 0x4000000  # `inspect.CO_HAS_DOCSTRING`, which Python 3.14 brought


def all_code(code: CodeType) -> Iterator[CodeType]:
    """Give a piece of code, and the code of every function, class and comprehension inside of
    it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from all_code(each)


def reachable(code: CodeType, namespace: Mapping[str, Any]) -> Iterator[CodeType]:
    """Give a cell's code, all that is defined in it, and the functions of the namespace that it
    names, or that these name, and so on."""
    pending, seen = [code], set()
    while pending:
        for each in all_code(pending.pop()):
            if each in seen:
                continue
            seen.add(each)
            yield each
            for name in each.co_names:
                found = namespace.get(name)
                if isinstance(found, FunctionType) and found.__globals__ is namespace:
                    pending.append(found.__code__)


def reachable_names(code: CodeType, namespace: Mapping[str, Any]) -> set[str]:
    """Give the names and attributes that a cell may use, itself or in functions it may call."""
    return {name for each in reachable(code, namespace) for name in each.co_names}


def written(code: CodeType, namespace: Mapping[str, Any]) -> set[str] | None:
    """Give the names that running a cell may set in its namespace; None if they cannot be told."""
    found = set(_named(code, _STORES))
    for each in reachable(code, namespace):
        found.update(_named(each, _GLOBAL_STORES))
    return None if _is_opaque(code) else found


def sets_globally(code: CodeType) -> Iterator[str]:
    """Give the names that a function sets through `global`."""
    yield from _named(code, _GLOBAL_STORES)


def may_read(code: CodeType, text: str, names: Set[str]) -> bool:
    """Tell whether a function's code may look one of these names up in its namespace, also by a
    text that holds it, as `DataFrame.query` does; `text` is that of `texts`."""
    if not _REFLECTION_OF_ANY.isdisjoint(code.co_names):
        return True
    if not names.isdisjoint(code.co_names) and not names.isdisjoint(_named(code, _LOADS)):
        return True
    return bool(text) and any(name in text for name in names)


def runs_text(code: CodeType) -> bool:
    """Tell whether code may run code that is written nowhere in it."""
    return not _REFLECTION.isdisjoint(code.co_names)


def texts(code: CodeType) -> str:
    """Give the strings in a piece of code, line by line, without the docstring of a function."""
    constants = code.co_consts
    if sys.version_info >= (3, 14):
        is_documented = bool(code.co_flags & _HAS_DOCSTRING)
    else:  # the first constant of a function is its docstring, or None
        is_documented = bool(code.co_flags & inspect.CO_OPTIMIZED) and code.co_name[0] != "<"
    found, pending = [], [*constants[is_documented:]]
    while pending:
        each = pending.pop()
        if isinstance(each, str):
            found.append(each)
        elif isinstance(each, tuple | frozenset):
            pending += each
    return "\n".join(found)


def _named(code: CodeType, operations: frozenset[str]) -> Iterator[str]:
    # An instruction is a byte and its argument another; `dis` takes a hundred times as long.
    if {dis.opmap[each] for each in operations}.isdisjoint(code.co_code[::2]):
        return
    for each in dis.get_instructions(code):
        if each.opname in operations:
            yield str(each.argval)


def _is_opaque(code: CodeType) -> bool:
    if runs_text(code):
        return True
    # An instruction of its own before Python 3.12, an argument since.
    return any("IMPORT_STAR" in each.opname + each.argrepr for each in dis.get_instructions(code))
