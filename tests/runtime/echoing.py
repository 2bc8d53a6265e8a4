"""A WebSocket that returns what it is sent."""

from __future__ import annotations

from typing import Any

from tests.wire import (
    ws,
)


def echo(event: str = "event", *, body: str = "return event", **declared: Any) -> Any:
    return ws("/ws", f"from typing import *\nasync def f({event}):\n    {body}\n", **declared)
