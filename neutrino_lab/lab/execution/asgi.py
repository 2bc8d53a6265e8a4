"""An ASGI app behind a handler of the Jupyter server: request in, answer out as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from tornado.iostream import StreamClosedError

from neutrino_lab.kernels.tasks import call_off
from neutrino_lab.lab.execution.handler import ExecutionHandler

# Ours to set, or of the connection and not of the answer.
_NOT_PASSED = {"server", "date", "content-length", "transfer-encoding", "connection"}
# Settled by this server; the app has no use for them.
_SECRET = {"authorization", "cookie", "x-xsrftoken"}


async def serve(handler: ExecutionHandler, app: Any, state: Mapping[str, Any]) -> None:
    """Let an ASGI app answer a request. It is cancelled when the client goes away."""
    request = handler.request
    host, _, port = request.host.rpartition(":")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.protocol,
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": request.query.encode(),
        "root_path": "",
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in request.headers.get_all()
            if name.lower() not in _SECRET
        ],
        "client": (request.remote_ip, 0),
        "server": (host or request.host, int(port) if port.isdigit() else None),
        "state": dict(state),
        "neutrino": dict(state),
    }
    body = asyncio.Queue[dict[str, Any]]()
    body.put_nowait({"type": "http.request", "body": request.body, "more_body": False})

    async def receive() -> dict[str, Any]:
        if not body.empty():
            return body.get_nowait()
        await asyncio.shield(handler.gone)
        return {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            handler.set_status(message["status"])
            handler.clear_header("Content-Type")
            for name, value in message.get("headers", ()):
                if name.decode("latin-1").lower() not in _NOT_PASSED:
                    handler.add_header(name.decode("latin-1"), value.decode("latin-1"))
        elif message["type"] == "http.response.body":
            if chunk := message.get("body", b""):
                handler.write(chunk)
            if message.get("more_body"):
                with suppress(StreamClosedError):
                    await handler.flush()

    answering = asyncio.ensure_future(app(scope, receive, send))
    try:
        await asyncio.wait({answering, handler.gone}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            # It is told by `receive`, and may end by itself.
            await asyncio.wait({answering}, timeout=1.0)
        if answering.done():
            answering.result()
    finally:
        if not answering.done():
            await call_off(answering)
    if not handler.gone.done():
        handler.finish()
