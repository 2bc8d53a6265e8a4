"""pyplot as a kernel's inline backend leaves it: figures end with the cell or call that drew them,
and with the `plt.show()` that displays them.

pyplot itself has one current figure for all threads, so callers would draw into each other's.
"""

from __future__ import annotations

import os
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextvars import ContextVar
from functools import partial
from typing import Any

from ..import_hooks import after_import
from . import pictures

_Managers = OrderedDict[int, Any]
_HELPERS = "matplotlib._pylab_helpers"


class _Own(_Managers):
    """The managers of the figures of one context. `newest` is kept once it is closed, `displayed`
    is the figure that was shown last, and `picture` what it looked like then, where the call is to
    answer with a picture of the type `media`."""

    newest: Any = None
    displayed: Any = None
    picture: tuple[bytes, str] | None = None
    media = ""

    def keep(self, value: Any) -> None:
        """Keep what is displayed as it is now: the code may draw on it or clear it."""
        if not pictures.is_blank(value):
            self.displayed = value
            self.picture = pictures.draw(value, self.media) if self.media else None


_OWN: ContextVar[_Own | None] = ContextVar("neutrino_figures", default=None)


def draw_off_screen() -> None:
    """Let pyplot, once it is imported, open no windows, and keep figures apart by context."""
    if os.environ.get("MPLBACKEND", "module://").startswith("module://"):
        # A kernel's inline backend is a module:// that a service may lack.
        os.environ["MPLBACKEND"] = "Agg"
    after_import(_HELPERS, _divide)


def begin_call(media: str = "") -> None:
    """Give this context, and the threads that are called from it, figures of its own."""
    is_requested = media != "" and pictures.is_requested(media)
    if is_requested or _HELPERS in sys.modules:
        own = _Own()
        own.media = media if is_requested else ""
        _OWN.set(own)


def end_cell() -> None:
    """Close all figures of pyplot, if a cell has imported it."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def keep(value: Any) -> None:
    """Take note of a picture that a call displays."""
    own = _OWN.get()
    if own is not None and pictures.is_picture(value):
        own.keep(value)


def render_last(media: str) -> tuple[bytes, str] | None:
    """Draw what a notebook would show last of this context's pictures; None if there is none.

    A figure that was closed and not shown counts where no other is left.
    """
    own = _OWN.get()
    if own is None:
        return None
    figures = [manager.canvas.figure for manager in reversed(own.values())]
    for figure in figures:
        if not pictures.is_blank(figure):
            return pictures.render(figure, media)
    if own.picture is not None:
        return own.picture
    if own.displayed is None and own.newest is not None:
        return pictures.render(own.newest.canvas.figure, media)
    return pictures.render(own.displayed, media)


def _show(own: _Own, manager: Any) -> None:
    """Stands for `manager.show()`, which both `plt.show()` and `figure.show()` call."""
    figure = manager.canvas.figure
    own.keep(figure)
    of_figure = getattr(type(figure).show, "__code__", None)
    if sys._getframe(1).f_code is not of_figure:
        sys.modules["matplotlib.pyplot"].close(figure)


def _divide(helpers: Any) -> None:
    """Let pyplot keep its figures apart by context. It has no public place for that."""
    if not isinstance(helpers.Gcf.figs, _ByContext):
        helpers.Gcf.figs = _ByContext(helpers.Gcf.figs)


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
            manager.show = partial(_show, managers, manager)

    def __delitem__(self, number: int) -> None:
        del self._managers()[number]

    def __iter__(self) -> Iterator[int]:
        return iter(self._managers())

    def __len__(self) -> int:
        return len(self._managers())

    def __reversed__(self) -> Iterator[int]:
        return reversed(self._managers())
