"""The newest values that came in, and a copy of the state: what a new version is tried on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..encoding import encode

if TYPE_CHECKING:
    from .flow import Flow

MOST_VALUES = 100
MOST_CHARACTERS = 1_000_000
_ATTEMPTS = 5


def as_json(flow: Flow | None) -> dict[str, Any]:
    """Give both as JSON text; values that are no JSON, and what is too much, are left out."""
    if flow is None:
        return {"values": "[]", "state": "null"}
    recent = _steady(lambda: tuple(flow.recent.newest))[-MOST_VALUES:]
    written: list[str] = []
    left = MOST_CHARACTERS
    for value, at, _, _ in reversed(recent):
        try:
            text = f"[{encode.dumps(value).decode()},{at!r}]"
        except encode.EncodeError:
            continue
        left -= len(text)
        if left < 0:
            break
        written.insert(0, text)
    state = _steady(lambda: json.dumps(flow.process.snapshot(), default=repr))
    return {
        "values": f"[{','.join(written)}]",
        "state": state if len(state) <= MOST_CHARACTERS else "null",
    }


def _steady(read: Callable[[], Any]) -> Any:
    """Read what a thread may be changing just now."""
    for _ in range(_ATTEMPTS):
        try:
            return read()
        except RuntimeError:
            continue
    return read()
