"""What serves a described app: it stands alone, and is copied as it is into every build."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .kinds import KINDS
from .spec import App, Field, Http, Schedule, WebSocket

if TYPE_CHECKING:
    from .app import create_app
    from .program import load

__all__ = ["App", "Field", "Http", "Schedule", "WebSocket", "create_app", "load"]

_SERVING = {"create_app": ".app", "load": ".program"}


def __getattr__(name: str) -> Any:
    # Checking and building describe apps and serve none: they need not wait for FastAPI to load.
    if name in _SERVING:
        return getattr(import_module(_SERVING[name], __name__), name)
    for kind in KINDS:
        if kind.spec.__name__ == name:
            return kind.spec
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
