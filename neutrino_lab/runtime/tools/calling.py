"""A request to an ASGI app of this process, without a server between."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope

from ..middleware.access import CALLER
from .endpoints import Request
from .replies import MOST_BYTES, MOST_STREAM_S, Reply

# What a call has in common with the request that asks for it.
_SHARED = (
    *("type", "asgi", "http_version", "scheme", "client", "server", "root_path", "app"),
    CALLER,
)
# Of the headers of that request, those that say who calls: the app's own checks look at them.
_OF_CALLER = frozenset({b"authorization", b"cookie", b"x-api-key", b"user-agent", b"host"})


async def ask(app: ASGIApp, request: Request, asking: Scope) -> Reply:
    """Let an app answer, on behalf of the request `asking`. A reply that is too long, or takes too
    long, is cut. Cancelled, it tells the app that the client has gone. Raises what the app
    raises."""
    body = [{"type": "http.request", "body": request.body, "more_body": False}]
    begun, full, gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
    head: dict[str, Any] = {}
    parts: list[bytes] = []

    async def receive() -> Message:
        if body:
            return body.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            head.update(status=message["status"], headers=dict(message.get("headers", ())))
            begun.set()
        elif message["type"] == "http.response.body" and not full.is_set():
            parts.append(message.get("body", b""))
            if sum(map(len, parts)) > MOST_BYTES:
                full.set()
        # As at a connection: others get their turn, and what is not read is not sent.
        await (gone.wait() if full.is_set() else asyncio.sleep(0))
        if gone.is_set():
            raise OSError("the client has gone")

    answering = asyncio.ensure_future(app(_scope(request, asking), receive, send))
    waits = [asyncio.ensure_future(each.wait()) for each in (begun, full)]
    try:
        await asyncio.wait({answering, waits[0]}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait(
            {answering, waits[1]}, timeout=MOST_STREAM_S, return_when=asyncio.FIRST_COMPLETED
        )
        is_cut = not answering.done()
        if not is_cut:
            answering.result()
    finally:
        gone.set()
        for each in (answering, *waits):
            each.cancel()
        await asyncio.gather(answering, *waits, return_exceptions=True)
    headers = head.get("headers", {})
    return Reply(
        head.get("status", 500),
        headers.get(b"content-type", b"").decode("latin-1"),
        b"".join(parts)[:MOST_BYTES],
        headers.get(b"location", b"").decode("latin-1"),
        is_cut=is_cut or full.is_set(),
    )


def _scope(request: Request, asking: Scope) -> dict[str, Any]:
    path, _, query = request.target.partition("?")
    root = asking.get("root_path", "")
    own: list[tuple[bytes, bytes]] = [
        (name.lower().encode(), value.encode("latin-1")) for name, value in request.headers
    ]
    given = {name for name, _ in own}
    headers = [each for each in asking["headers"] if each[0] in _OF_CALLER - given]
    length = [(b"content-length", str(len(request.body)).encode())] if request.body else []
    state: Mapping[str, Any] = asking.get("state", {})
    return {
        **{name: asking[name] for name in _SHARED if name in asking},
        "state": dict(state),
        "method": request.method,
        "path": root + unquote(path),
        "raw_path": (root + path).encode(),
        "query_string": query.encode(),
        "headers": [*headers, *own, *length],
    }
