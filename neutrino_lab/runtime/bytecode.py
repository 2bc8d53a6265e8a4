"""What compiled code says of the names that it uses: no source is needed, and no tree."""

from __future__ import annotations

import dis
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

_STORES = frozenset({"DELETE_NAME", "STORE_NAME"})
_GLOBAL_STORES = frozenset({"DELETE_GLOBAL", "STORE_GLOBAL"})


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


def _named(code: CodeType, operations: frozenset[str]) -> Iterator[str]:
    # An instruction is a byte and its argument another; `dis` takes a hundred times as long.
    if {dis.opmap[each] for each in operations}.isdisjoint(code.co_code[::2]):
        return
    for each in dis.get_instructions(code):
        if each.opname in operations:
            yield str(each.argval)


def _is_opaque(code: CodeType) -> bool:
    if {"exec", "eval", "globals", "vars", "locals"} & {*code.co_names}:
        return True
    # An instruction of its own before Python 3.12, an argument since.
    return any("IMPORT_STAR" in each.opname + each.argrepr for each in dis.get_instructions(code))
