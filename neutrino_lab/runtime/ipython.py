"""Harmless stand-ins for the names that IPython gives to every cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

NAMES = frozenset({"In", "Out", "_", "__", "___", "display", "get_ipython"})
"""What every cell finds without defining it."""


def names() -> dict[str, Any]:
    """Make the stand-ins for one notebook."""
    shell = InteractiveShell()
    return {
        **dict.fromkeys(("_", "__", "___"), ""),
        "In": [""],
        "Out": {},
        "display": display,
        "get_ipython": lambda: shell,
    }


def display(*values: Any, **_: Any) -> None:
    """Print the text form of values, as IPython does where it has no page to draw on."""
    for value in values:
        print(value if isinstance(value, str) else repr(value))  # noqa: T201 - its whole purpose


class InteractiveShell:
    """What `get_ipython()` gives: its magics, and whatever else it is asked to do, do nothing."""

    def __init__(self) -> None:
        self.config: Mapping[str, Any] = {}
        self.user_ns: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return _nothing


def _nothing(*_: Any, **__: Any) -> None: ...
