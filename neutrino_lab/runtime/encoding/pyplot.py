"""pyplot as a kernel's inline backend leaves it: figures end with the cell or call that drew them.

pyplot itself has one current figure for all threads, so callers would draw into each other's.
"""

from __future__ import annotations

import os
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

_Managers = OrderedDict[int, Any]


class _Own(_Managers):
    """The managers of the figures of one context; `newest` is kept once it is closed."""

    newest: Any = None


_OWN: ContextVar[_Own | None] = ContextVar("neutrino_figures", default=None)


def draw_off_screen() -> None:
    """Let pyplot, once it is imported, open no windows."""
    if os.environ.get("MPLBACKEND", "module://").startswith("module://"):
        # A kernel's inline backend is a module:// that a service may lack.
        os.environ["MPLBACKEND"] = "Agg"


def begin_call() -> None:
    """Give this context, and the threads that are called from it, figures of its own."""
    if "matplotlib.pyplot" in sys.modules:
        _divided()
        _OWN.set(_Own())


def end_cell() -> None:
    """Close what a cell has drawn."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def current_figure() -> Any:
    """The figure that this context has drawn last, None if there is none. One that was closed
    counts where no other is left: `plt.show()` had shown it, in a notebook."""
    own = _OWN.get()
    if own is None:
        return None
    manager = next(reversed(own.values())) if own else own.newest
    return manager and manager.canvas.figure


def _divided() -> None:
    """Let pyplot keep its figures apart by context. It has no public place for that."""
    pylab: Any = sys.modules["matplotlib._pylab_helpers"]
    if not isinstance(pylab.Gcf.figs, _ByContext):
        pylab.Gcf.figs = _ByContext(pylab.Gcf.figs)


class _ByContext:
    """An ordered dict for each context, and one for what has none."""

    def __init__(self, shared: _Managers) -> None:
        self._shared = shared

    def _managers(self) -> _Managers:
        own = _OWN.get()
        return self._shared if own is None else own

    def __getattr__(self, name: str) -> Any:
        return getattr(self._managers(), name)

    def __contains__(self, number: object) -> bool:
        return number in self._managers()

    def __getitem__(self, number: int) -> Any:
        return self._managers()[number]

    def __setitem__(self, number: int, manager: Any) -> None:
        managers = self._managers()
        managers[number] = manager
        if isinstance(managers, _Own):
            managers.newest = manager

    def __delitem__(self, number: int) -> None:
        del self._managers()[number]

    def __iter__(self) -> Iterator[int]:
        return iter(self._managers())

    def __len__(self) -> int:
        return len(self._managers())

    def __reversed__(self) -> Iterator[int]:
        return reversed(self._managers())
