"""How much a caller may ask for: size, time and rate. Pure ASGI layers around an app."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from ..settings import MB
from .access import CALLER, is_health

_TOO_BIG = 1009
_TRY_AGAIN_LATER = 1013
_UTF8_MOST = 4


class Body:
    """Refuses request bodies above a size, while they come in: none is kept here.

    JSON has a limit of its own, as it is read and validated as a whole; 0 is none.
    """

    def __init__(self, app: ASGIApp, most: int, most_json: int = 0) -> None:
        self.app = app
        self._most = most
        self._most_json = min(filter(None, (most, most_json)), default=0)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self.app(scope, receive, send)
        length = _length(scope)
        most = self._most_json if _is_json(scope) else self._most
        if length == 0 or not most:
            return self.app(scope, receive, send)
        if length is None:
            return self.app(scope, _counted(receive, most), send)
        if length > most:
            refusal = _too_large(most)
            answer = JSONResponse({"detail": refusal.detail}, refusal.status_code)
            return answer(scope, receive, send)
        return self.app(scope, receive, send)


class Messages:
    """Closes a WebSocket that gets a message above a size."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self._most = most

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "websocket":
            return self.app(scope, receive, send)

        async def measured() -> Message:
            message = await receive()
            if self._is_too_big(message):
                await send({"type": "websocket.close", "code": _TOO_BIG})
                return {"type": "websocket.disconnect", "code": _TOO_BIG}
            return message

        return self.app(scope, measured, send)

    def _is_too_big(self, message: Message) -> bool:
        text, most = message.get("text") or "", self._most
        if len(text) * _UTF8_MOST > most:
            return len(text.encode()) > most
        return len(message.get("bytes") or b"") > most


LATE = "neutrino.late"
"""What the scope of a request says once it was answered for the app, which took too long."""


class Deadline:
    """Answers 504 for an app that does not begin its answer in time. What streams may go on."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self._seconds = seconds
        self._late: set[asyncio.Future[None]] = set()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self.app(scope, receive, send)
        return self._within(scope, receive, send)

    async def _within(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def sender(message: Message) -> None:
            if begun.cancelled():
                return  # too late: the client has its answer
            if not begun.done():
                begun.set_result(None)
            await send(message)

        answering = asyncio.ensure_future(self.app(scope, receive, sender))
        try:
            await asyncio.wait(
                {answering, begun}, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if answering.done() or begun.done():
                await answering
                return
        except asyncio.CancelledError:
            answering.cancel()
            raise
        begun.cancel()
        scope[LATE] = True
        # A function in a thread cannot be ended: nobody waits for it any more.
        answering.cancel()
        self._late.add(answering)
        answering.add_done_callback(self._forget)
        detail = f"There was no answer within {self._seconds:g} s."
        await JSONResponse({"detail": detail}, 504)(scope, receive, send)

    def _forget(self, answering: asyncio.Future[None]) -> None:
        self._late.discard(answering)
        if not answering.cancelled():
            answering.exception()  # the app has logged what there was to say


class Rate:
    """Counts the requests and the WebSocket messages of each key, or else of each address.

    A window begins with the first request in it. The messages count as well: each runs the same
    function as a request would. One too many gets an error, and the WebSocket stays open.
    """

    def __init__(
        self,
        app: ASGIApp,
        items: tuple[Any, ...],
        *,
        is_open: Callable[[Scope], bool] = is_health,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.app = app
        self._is_open = is_open
        self._items = items
        self._clock = clock
        # Not at the top: only who sets a rate needs the library.
        storage = import_module("limits.storage").MemoryStorage()
        self._windows = import_module("limits.strategies").FixedWindowRateLimiter(storage)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        kind = scope["type"]
        if kind == "lifespan" or self._is_open(scope):
            return self.app(scope, receive, send)
        caller = _caller(scope)
        wait_s = self._count(caller)
        if wait_s:
            if kind == "websocket":
                return WebSocketClose(_TRY_AGAIN_LATER)(scope, receive, send)
            headers = {"Retry-After": str(wait_s)}
            return JSONResponse(_too_many(wait_s, "detail"), 429, headers)(scope, receive, send)
        if kind == "websocket":
            return self.app(scope, self._counted(caller, receive, send), send)
        return self.app(scope, receive, send)

    def _counted(self, caller: str, receive: Receive, send: Send) -> Receive:
        async def counted() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive" or not (wait_s := self._count(caller)):
                    return message
                text = json.dumps(_too_many(wait_s, "error"))
                await send({"type": "websocket.send", "text": text})

        return counted

    def _count(self, caller: str) -> int:
        """Count one more; gives how many seconds to wait where it is one too many, else 0."""
        for item in self._items:
            if not self._windows.hit(item, caller):
                ends: float = self._windows.get_window_stats(item, caller).reset_time
                return max(1, math.ceil(ends - self._clock()))
        return 0


def _length(scope: Scope) -> int | None:
    """How long a body says it is; None where it does not say, or has none."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None


def _counted(receive: Receive, most: int) -> Receive:
    """Count what a request without a length brings."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise _too_large(most)
        return message

    return counted


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"The body is larger than {round(most / MB, 3):g} MB.")


def _is_json(scope: Scope) -> bool:
    """Whether a body may be read as JSON: also one that does not say what it is."""
    for name, value in scope["headers"]:
        if name == b"content-type":
            media: bytes = value.partition(b";")[0].strip().lower()
            return media == b"application/json" or media.endswith(b"+json")
    return True


def _caller(scope: Mapping[str, Any]) -> str:
    client = scope.get("client") or ("",)
    return str(scope.get(CALLER) or client[0])


def _too_many(wait_s: int, key: str) -> dict[str, str]:
    return {key: f"Too many requests; try again in {wait_s} s."}
