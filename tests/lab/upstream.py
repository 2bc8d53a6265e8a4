"""A Starlette app in a worker's place."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from neutrino_lab.serve.status import Address, Status
from tests.jupyter import Lab

ID = "00c0ffee"


class Upstream:
    """The app behind the proxy, and what has happened to it."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.was_cancelled = asyncio.Event()
        self.received = asyncio.Event()
        self.seen: list[Any] = []
        self.app = Starlette(
            routes=[
                Route("/headers", self.headers, methods=["GET", "POST"]),
                Route("/raw/{rest:path}", self.raw),
                Route("/slow", self.slow),
                Mount("/upload", self.upload),
                Route("/breaks", self.breaks),
                Route("/answer", self.answer),
                Route("/redirect", self.redirect),
                Route("/twins", self.twins),
                Route("/length", self.length, methods=["GET", "HEAD"]),
                WebSocketRoute("/echo", self.echo),
                WebSocketRoute("/closes", self.closes),
                WebSocketRoute("/listens", self.listens),
            ]
        )

    async def headers(self, request: Request) -> Response:
        self.seen.append(request.url.path)
        return JSONResponse([[k, v] for k, v in request.headers.items()])

    async def raw(self, request: Request) -> Response:
        return JSONResponse([request.scope["raw_path"].decode(), request.url.query])

    async def slow(self, _request: Request) -> Response:
        async def lines() -> AsyncIterator[bytes]:
            try:
                yield b"data: one\n\n"
                await self.go_on.wait()
                yield b"data: two\n\n"
            except asyncio.CancelledError:
                self.was_cancelled.set()
                raise

        return StreamingResponse(lines(), media_type="text/event-stream")

    async def upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Not a StreamingResponse, which takes the messages of the body for its own.
        await send({"type": "http.response.start", "status": 200, "headers": []})
        is_more = True
        while is_more:
            message = await receive()
            is_more = message.get("more_body", False)
            body = message["body"].upper()
            await send({"type": "http.response.body", "body": body, "more_body": is_more})
            self.received.set()

    async def breaks(self, _request: Request) -> Response:
        async def half() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError

        return StreamingResponse(half(), headers={"Content-Length": "1000000"})

    async def answer(self, request: Request) -> Response:
        asked = json.loads(request.query_params["headers"])
        response = Response("body", media_type=request.query_params.get("type"))
        for name, text in asked:
            response.headers.append(name, text)
        return response

    async def redirect(self, request: Request) -> Response:
        return RedirectResponse(request.query_params["to"])

    async def twins(self, _request: Request) -> Response:
        response = HTMLResponse("<p>")
        response.set_cookie("a", "1")
        response.set_cookie("_xsrf", "mine", path="/", domain="127.0.0.1")
        return response

    async def length(self, _request: Request) -> Response:
        return PlainTextResponse("four")

    async def echo(self, socket: WebSocket) -> None:
        offered = socket.scope["subprotocols"]
        self.seen.append(dict(socket.headers))
        await socket.accept(subprotocol=offered[1] if len(offered) > 1 else None)
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                text = message.get("text")
                await (
                    socket.send_bytes(message["bytes"]) if text is None else socket.send_text(text)
                )

    async def closes(self, socket: WebSocket) -> None:
        if socket.query_params.get("refuse"):
            await socket.close()
            return
        await socket.accept()
        await socket.close(4123, "that is all")

    async def listens(self, socket: WebSocket) -> None:
        await socket.accept()
        message = await socket.receive()
        self.seen.append((message["code"], message.get("reason")))
        self.received.set()


class Stub:
    """What the registry asks of a supervisor."""

    def __init__(self, path: Path) -> None:
        self.address = Address(path=str(path))
        self.status = Status(state="live")

    async def stop(self, _reason: str = "") -> None:
        self.address = Address()


class Served(uvicorn.Server):
    async def __aenter__(self) -> None:
        self.ready = asyncio.Event()
        self.running = asyncio.create_task(self._serve())
        await asyncio.wait_for(self.ready.wait(), 10)

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def __aexit__(self, *_: object) -> None:
        # Not forced: its connections close in turns of the loop that are still to come.
        self.should_exit = True
        await self.running


def socket(lab: Lab, path: str, **options: Any) -> Any:
    headers = {"Authorization": f"token {lab.token}", **options.pop("headers", {})}
    return lab.session.ws_connect(
        lab.url(f"neutrino/live/{ID}{path}"), headers=headers, max_msg_size=0, **options
    )
