"""Copies of functions that read their names from another namespace than the originals do."""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from types import CellType, FunctionType
from typing import Any

# Python 3.14 works annotations out when they are asked for.
_COPIED = (
    *("__kwdefaults__", "__qualname__", "__module__", "__doc__", "__type_params__"),
    "__annotate__" if sys.version_info >= (3, 14) else "__annotations__",
)


class Snapshot(dict[str, Any]):
    """A namespace as it was; names in `live` it takes from the original at every look.

    Those are what goes on outside of an update: a thread or a task that counts, or fetches.
    """

    def __init__(self, original: dict[str, Any], live: frozenset[str]) -> None:
        super().__init__((name, value) for name, value in original.items() if name not in live)
        self._original = original
        self._live = live

    def __missing__(self, name: str) -> Any:
        if name in self._live:
            return self._original[name]
        raise KeyError(name)


class Rebinding:
    """Copies functions from namespaces to their twins, with all that they hold on to.

    `twins` are the other namespaces, by the id of each original. Functions in closures are copied
    along, as decorators keep them, and those inside `functools.partial`. Methods, and what is not
    written in Python, stay as they are.
    """

    def __init__(self, twins: Mapping[int, dict[str, Any]]) -> None:
        self._twins = twins
        self._made: dict[int, Any] = {}
        self._originals: dict[int, Any] = {}

    def of(self, value: Any) -> Any:
        """Give the twin of a value, itself if it has none."""
        if isinstance(value, dict):
            return self._twins.get(id(value), value)
        if isinstance(value, FunctionType):
            return self._function(value) if self._has_twin(value, set()) else value
        if type(value) is functools.partial and self._has_twin(value, set()):
            return functools.partial(self.of(value.func), *value.args, **value.keywords)
        return value

    def original(self, value: Any) -> Any:
        """Give the function that a twin was made of; any other value as it is."""
        return self._originals.get(id(value), value)

    def _has_twin(self, value: Any, seen: set[int]) -> bool:
        if id(value) in seen:
            return False
        seen.add(id(value))
        if isinstance(value, dict):
            return id(value) in self._twins
        if type(value) is functools.partial:
            return self._has_twin(value.func, seen)
        return isinstance(value, FunctionType) and (
            id(value.__globals__) in self._twins
            or any(self._has_twin(_content(cell), seen) for cell in value.__closure__ or ())
        )

    def _function(self, function: FunctionType) -> Any:
        if id(function) in self._made:
            return self._made[id(function)]
        # A cell is shared where it can be: what a closure counts is counted for both.
        cells = [
            CellType() if self._has_twin(_content(cell), set()) else cell
            for cell in function.__closure__ or ()
        ]
        copy = FunctionType(
            function.__code__,
            self.of(function.__globals__),
            function.__name__,
            function.__defaults__,
            tuple(cells) if function.__closure__ else None,
        )
        # Known before its closure is filled, which may hold the function itself.
        self._made[id(function)], self._originals[id(copy)] = copy, function
        for own, cell in zip(cells, function.__closure__ or (), strict=True):
            if own is not cell:
                own.cell_contents = self.of(cell.cell_contents)
        copy.__dict__.update({name: self.of(value) for name, value in vars(function).items()})
        for name in _COPIED:
            if hasattr(function, name):
                setattr(copy, name, getattr(function, name))
        return copy


def code_of(value: Any) -> tuple[int, ...]:
    """Give what a function and its twin have in common, and no function that was made again has:
    its code, that of the functions in its closure, and what else it holds on to there."""
    found: list[int] = []
    pending, seen = [value], set()
    while pending:
        each = pending.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if type(each) is functools.partial:
            pending += [each.func, *each.args, *each.keywords.values()]
        elif isinstance(each, FunctionType):
            found.append(id(each.__code__))
            pending += [_content(cell) for cell in each.__closure__ or ()]
        else:
            found.append(id(each))
    return tuple(found)


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not set yet
        return None
