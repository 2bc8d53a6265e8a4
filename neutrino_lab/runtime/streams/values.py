"""Values on their way through a flow: as they come in, and as an operator gives them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..encoding import encode

SHOWN = 2_000
"""So many characters of a text are told."""

Taken: TypeAlias = tuple[Any, float, Any, int]
"""A value that came in: itself, its time, its position, the number of its source."""

Key: TypeAlias = str | int | float | bool | None


class Json:
    """A value as the JSON it is sent as: what an operator changes later does not reach it."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


Result: TypeAlias = tuple[Key, Any, float]
"""What an operator gave: the key, a plain scalar or Json, the time of the value it came from."""

SCALARS = frozenset({int, str, bool, float})


@dataclass(frozen=True, slots=True)
class Failure:
    """One value that was lost, or something else that went wrong; `version` is the operator's."""

    at: float
    kind: str
    message: str
    version: int
    value: str = ""
    traceback: str = ""


class Slot:
    """What an operator keeps for one key: its own state, and that of its window."""

    __slots__ = ("acc", "window")

    def __init__(self, acc: dict[str, Any]) -> None:
        self.acc = acc
        self.window: dict[str, Any] = {}


Item: TypeAlias = tuple[Key, Slot, Any, float]
"""What an operator is given at once: a value, or those of a window, for the state of one key."""


class InterruptedOperatorError(BaseException):
    """Raised into an operator that does not end. No `except Exception` of its own holds it."""


class SandboxedError(Exception):
    """What an operator raised in its sandbox, of which there is text alone."""

    def __init__(self, kind: str, message: str, traceback: str = "") -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.traceback = traceback


def frozen(value: Any) -> Any:
    """Make what is emitted safe from later changes. Raises EncodeError for what is no JSON."""
    if type(value) in SCALARS:
        return value
    return Json(encode.dumps(value).decode())


def thawed(value: Any) -> Any:
    """Give the next stream a value of its own."""
    return json.loads(value.text) if isinstance(value, Json) else value


def shown(value: Any) -> str:
    """Write a value for people, however large it is."""
    return cut(value.text if isinstance(value, Json) else repr(value))


def cut(text: str) -> str:
    """Shorten a text to the `SHOWN` characters that are shown of a value."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
