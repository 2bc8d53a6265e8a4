"""Small functions and declarations for flows."""

from __future__ import annotations

from typing import Any

SIZE = [("window_size", "int", False, 5)]


def same(value: Any) -> Any:
    return value
