"""What a state may hold: what JSON has, so that it comes back as what it was.

The standard library alone: sandboxed operators check their states with it too.
"""

from __future__ import annotations

import json
from typing import Any


class StateError(Exception):
    """A state that cannot be stored or read."""


def dumps(state: Any) -> str:
    """Write a state as JSON. Raises StateError where it would come back as something else."""
    _check(state, "")
    return json.dumps(state, ensure_ascii=False, separators=(",", ":"))


def _check(value: Any, where: str, depth: int = 0) -> None:
    if value is None or isinstance(value, str | bool | int | float):
        return
    if depth > 100:
        raise StateError("the state is nested too deeply, or contains itself")
    if type(value) is list:
        for each in value:
            _check(each, where, depth + 1)
    elif type(value) is dict:
        for name, each in value.items():
            if not isinstance(name, str):
                raise StateError(f"the state has the key {name!r:.80}, which is no text")
            _check(each, where or name, depth + 1)
    else:
        kind = type(value).__name__
        raise StateError(
            f"the state `{where}` is a {kind}, which JSON has not: it would come back as something "
            "else"
        )
