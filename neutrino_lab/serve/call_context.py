"""Who calls, for the journal: a name that comes with the request and that the app never sees.

Shipped to the kernel's interpreter with the worker.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from ..runtime.observe.output import Output, Recorder

CALL_HEADER = "X-Neutrino-Call"
RAW_HEADER = CALL_HEADER.lower().encode()
OUTPUT_CHARACTERS = 10_000

_ID = re.compile(rb"[\w.~-]{1,64}", re.ASCII)


class Call(Recorder):
    """An HTTP request: its name, and the first of what is printed for it."""

    def __init__(self, owner: Output, id_: str) -> None:
        super().__init__(owner, OUTPUT_CHARACTERS)
        self.id = id_


class Line(Recorder):
    """A WebSocket: its name, how many frames went out on it, and where its prints go.

    It may print for days, so nothing of that is kept here.
    """

    def __init__(self, owner: Output, id_: str) -> None:
        super().__init__(owner, 0)
        self.id = id_
        self.frames = 0
        self.tell: Callable[[str], None] | None = None

    def write(self, text: str) -> None:
        if self.tell is not None:
            self.tell(text)

    def number(self) -> int:
        """Number a frame that goes out."""
        self.frames += 1
        return self.frames


CALL: ContextVar[Call | None] = ContextVar("neutrino_call", default=None)
LINE: ContextVar[Line | None] = ContextVar("neutrino_line", default=None)


class Listening:
    """Takes a caller's name out of its headers before the app sees them, and records what is
    printed for it."""

    def __init__(self, app: ASGIApp, output: Output) -> None:
        self._app = app
        self._output = output

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        # No coroutine of its own around the app's. Each request has a context that ends with it.
        if scope["type"] == "http":
            call = Call(self._output, _take_id(scope))
            CALL.set(call)
            self._output.record(call)
        elif scope["type"] == "websocket":
            line = Line(self._output, _take_id(scope))
            LINE.set(line)
            self._output.record(line)
        return self._app(scope, receive, send)


def _take_id(scope: Scope) -> str:
    """Take the name out of the headers; what is no plain name counts as none."""
    found = [value for name, value in scope["headers"] if name == RAW_HEADER]
    if not found:
        return ""
    scope["headers"] = [each for each in scope["headers"] if each[0] != RAW_HEADER]
    return found[0].decode("ascii") if _ID.fullmatch(found[0]) else ""
