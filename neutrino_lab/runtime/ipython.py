"""Harmless stand-ins for the names that IPython gives to every cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .encoding import pyplot

NAMES = frozenset({"In", "Out", "_", "__", "___", "display", "get_ipython"})
"""What every cell finds without defining it."""


def names(space: dict[str, Any]) -> dict[str, Any]:
    """Make the stand-ins for the notebook whose names are in `space`."""
    shell = InteractiveShell(space)
    return {
        **dict.fromkeys(("_", "__", "___"), ""),
        "In": [""],
        "Out": {},
        "display": display,
        "get_ipython": lambda: shell,
    }


def display(*values: Any, display_id: object = None, **_: Any) -> DisplayHandle | None:
    """Print the text form of values, as IPython does where it has no page to draw on. A picture may
    be what the call answers."""
    for value in values:
        pyplot.keep(value)
        print(value if isinstance(value, str) else repr(value))  # noqa: T201 - its whole purpose
    return DisplayHandle(display_id) if display_id else None


class DisplayHandle:
    """What `display(..., display_id=True)` gives, to show something else in its place later."""

    def __init__(self, display_id: object) -> None:
        self.display_id = display_id if isinstance(display_id, str) else "display"

    def display(self, value: Any, **_: Any) -> None:
        """Print a value."""
        display(value)

    update = display


class InteractiveShell:
    """What `get_ipython()` gives: its magics, and whatever else it is asked to do, do nothing."""

    def __init__(self, space: dict[str, Any]) -> None:
        self.config: Mapping[str, Any] = {}
        self.user_ns = space

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return _nothing


def _nothing(*_: Any, **__: Any) -> None: ...
