"""The context variables that cells set, by `var.set()`, `np.seterr()` or `decimal.getcontext()`.

A kernel has one context for all that it runs. Here requests come in contexts of their own, copied
from that of the server, so what cells have left in a context since the server began is carried
along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextvars import Context, ContextVar, Token, copy_context
from types import MappingProxyType
from typing import Any

Variables = Mapping[ContextVar[Any], Any]
Key = tuple[str, str]

NO_VARIABLES: Variables = MappingProxyType({})
_OURS = "neutrino_"
_UNSET: Any = object()


class CellContext:
    """What each cell has left set; a cell is known by its module and its key.

    Cells that run before the server does leave it in the server's own context. Later ones run in a
    context that is made for them: as it was before all cells, with what those above have left.
    """

    def __init__(self) -> None:
        self.left: dict[Key, dict[ContextVar[Any], Any]] = {}
        self._before = copy_context()
        # What the server's own context has from cells.
        self._around: dict[ContextVar[Any], Any] = {}

    def made(self) -> Context:
        """Make a context that no cell has touched."""
        return self._before.copy()

    def enter(self, keys: Iterable[Key]) -> None:
        """Set here what these cells have left."""
        for key in keys:
            put(self.left.get(key, NO_VARIABLES))

    def record(self, key: Key, before: Context, after: Context, *, is_around: bool) -> None:
        """Note what a cell has left, and set it here, wherever it ran."""
        left = {
            variable: value
            for variable, value in after.items()
            if before.get(variable, _UNSET) is not value and not variable.name.startswith(_OURS)
        }
        put(left)
        if left:
            self.left[key] = left
        if is_around:
            self._around.update(left)

    def keep(self, keys: Iterable[Key]) -> None:
        """Forget what other cells have left."""
        wanted = set(keys)
        self.left = {key: each for key, each in self.left.items() if key in wanted}

    def variables(self, keys: Iterable[Key]) -> Variables:
        """Give what is to be set for a call, so that it finds what these cells have left."""
        wanted: dict[ContextVar[Any], Any] = {}
        for key in keys:
            wanted.update(self.left.get(key, NO_VARIABLES))
        found = {v: x for v, x in wanted.items() if self._around.get(v, _UNSET) is not x}
        found.update(self._untouched(wanted))
        return found

    def _untouched(self, wanted: Variables) -> Iterator[tuple[ContextVar[Any], Any]]:
        """What no cell sets any more, as it was before; one without a default stays as it is."""
        for variable in self._around.keys() - wanted.keys():
            value = self._before.get(variable, _UNSET)
            if value is _UNSET:
                value = Context().run(_default, variable)
            if value is not _UNSET:
                yield variable, value


def _default(variable: ContextVar[Any]) -> Any:
    try:
        return variable.get()
    except LookupError:
        return _UNSET


def put(variables: Variables) -> None:
    """Set the variables in this context."""
    for variable, value in variables.items():
        variable.set(value)


class LeftValues:
    """What cells have left, in one context that outlives versions of them."""

    def __init__(self) -> None:
        self._before: dict[ContextVar[Any], Token[Any]] = {}

    def set(self, variables: Variables) -> None:
        """Set them in the context that this is always called in; what an earlier call has set
        besides is as it was before that."""
        if not (variables or self._before):
            return
        for variable in [each for each in self._before if each not in variables]:
            variable.reset(self._before.pop(variable))
        for variable, value in variables.items():
            token = variable.set(value)
            self._before.setdefault(variable, token)
