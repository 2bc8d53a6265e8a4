"""Who calls with what, for the journal: the request, and a name that the app never sees.

Shipped to the kernel's interpreter with the worker.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..runtime.middleware.access import RawHeaders
from ..runtime.observe.output import Output, Recorder
from ..runtime.observe.remarks import REMARKS, Remarks

CALL_HEADER = "X-Neutrino-Call"
RAW_HEADER = CALL_HEADER.lower().encode()
# In how many seconds the caller is answered by somebody else, who then waits no longer.
LIMIT_HEADER = "X-Neutrino-Limit"
_RAW_LIMIT = LIMIT_HEADER.lower().encode()
_OWN_HEADERS = frozenset({RAW_HEADER, _RAW_LIMIT})
OUTPUT_CHARACTERS = 10_000
TARGET_CHARACTERS = 2_000
BODY_BYTES = 4_000
MEDIA_BYTES = 100

_ID = re.compile(rb"[\w.~-]{1,64}", re.ASCII)
_LIMIT = re.compile(rb"\d{1,9}(?:\.\d{1,9})?")


_TEXT = re.compile(rb"text/|[/+](json|xml|yaml)\b|x-www-form-urlencoded", re.IGNORECASE)


class Request:
    """What was sent and from where. It is taken down for every call, and read for few."""

    __slots__ = ("_caller", "_method", "_path", "_query", "_root", "body", "media")

    def __init__(self, scope: Scope) -> None:
        # Not the scope itself, which the app changes.
        self._caller = scope.get("client") or ("", 0)
        self._method = scope["method"]
        self._path = scope["raw_path"]
        self._query = scope["query_string"]
        self._root = scope["root_path"]
        self.media = _header(scope, b"content-type")[:MEDIA_BYTES]
        self.body = b""

    @property
    def is_text(self) -> bool:
        """Whether its body can be read by people."""
        return _TEXT.search(self.media) is not None

    def size(self) -> int:
        """How much is kept of it, in bytes."""
        return len(self._path) + len(self._query) + len(self.media) + len(self.body)

    def to_dict(self) -> dict[str, Any]:
        """Give it as the protocol's journal has it: caller, method, target, media type, and the
        body as text."""
        path = self._path.decode("latin-1").removeprefix(self._root)
        query = self._query.decode("latin-1")
        return {
            "caller": self._caller[0],
            "method": self._method,
            "target": (f"{path}?{query}" if query else path)[:TARGET_CHARACTERS],
            "media": self.media.decode("latin-1"),
            "body": self.body.decode("utf-8", "replace"),
        }


class RecordedCall(Recorder):
    """An HTTP call: its name, the request, the first of what is printed for it, what is remarkable,
    and whether its caller had an answer from somebody else by then."""

    def __init__(self, owner: Output, id_: str, scope: Scope, limit_s: float = 0.0) -> None:
        super().__init__(owner, OUTPUT_CHARACTERS)
        self.id = id_
        self._deadline = time.monotonic() + limit_s if limit_s else math.inf
        self._has_begun = False
        self.remarks = Remarks()
        self.request = Request(scope)

    def listen(self, receive: Receive) -> Receive:
        """Keep the first of a body that is text, as it comes in."""
        request = self.request
        if not request.is_text:
            return receive

        async def received() -> Message:
            message = await receive()
            if len(request.body) < BODY_BYTES:
                request.body = (request.body + message.get("body", b""))[:BODY_BYTES]
            return message

        return received

    @property
    def is_late(self) -> bool:
        """Whether no answer had begun when the time was up."""
        return not self._has_begun and time.monotonic() > self._deadline

    def noting(self, send: Send) -> Send:
        """Note when the answer begins; a call without a limit need not know."""
        if self._deadline == math.inf:
            return send

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._has_begun = time.monotonic() <= self._deadline
            await send(message)

        return noted


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
        """Count a frame that goes out, and give its number, from 1."""
        self.frames += 1
        return self.frames


CALL: ContextVar[RecordedCall | None] = ContextVar("neutrino_call", default=None)
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
            limit_s = _take_limit_s(scope)
            call = RecordedCall(self._output, _take_id(scope), scope, limit_s)
            self._record(call)
            receive = call.listen(receive)
            send = call.noting(send)
        elif scope["type"] == "websocket":
            line = Line(self._output, _take_id(scope))
            LINE.set(line)
            self._output.record(line)
        return self._app(scope, receive, send)

    @property
    def fast_table(self) -> Any:
        """What a server may answer from before it asks the app."""
        return getattr(self._app, "fast_table", None)

    def admits(self, headers: RawHeaders) -> bool:
        """Whether the headers of a request name no caller, whom only the app itself would tell."""
        return all(name not in _OWN_HEADERS for name, _ in headers)

    def listen(self, scope: Scope, body: bytes) -> None:
        """Record, in this context, a request that is answered before the app is asked."""
        call = RecordedCall(self._output, "", scope)
        if call.request.is_text:
            call.request.body = body[:BODY_BYTES]
        self._record(call)

    def _record(self, call: RecordedCall) -> None:
        CALL.set(call)
        REMARKS.set(call.remarks)
        self._output.record(call)


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name == wanted), b"")


def _take_id(scope: Scope) -> str:
    """Take the name out of the headers; what is no plain name counts as none."""
    found = _take(scope, RAW_HEADER)
    return found.decode("ascii") if _ID.fullmatch(found) else ""


def _take_limit_s(scope: Scope) -> float:
    found = _take(scope, _RAW_LIMIT)
    return float(found) if _LIMIT.fullmatch(found) else 0.0


def _take(scope: Scope, header: bytes) -> bytes:
    found: list[bytes] = [value for name, value in scope["headers"] if name == header]
    if not found:
        return b""
    scope["headers"] = [each for each in scope["headers"] if each[0] != header]
    return found[0]
