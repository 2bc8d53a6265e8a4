"""WebSockets between the browser and a served notebook."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import aiohttp
from jupyter_server.auth.decorator import ws_authenticated
from tornado.httputil import HTTPServerRequest
from tornado.routing import PathMatches
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from neutrino_lab.lab import forwarding
from neutrino_lab.lab.errors import WorkerFailedError
from neutrino_lab.lab.handler import Handler
from neutrino_lab.lab.proxy import allowed, public_address, split
from neutrino_lab.runtime.settings import MB, MOST_MESSAGE_MB
from neutrino_lab.serve.call_context import CALL_HEADER

GOING_AWAY = 1001
ABNORMAL = 1011
_PING_S = 30.0
# What a worker may send in one message, which the Jupyter server holds in memory as a whole.
_MOST_BYTES = 256 * MB
# Said by an end of a connection to itself, never sent.
_UNSENT = {1004, 1005, 1006, 1015}


class UpgradeMatches(PathMatches):
    """A path, where the request wants a WebSocket."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Match the path of a request that opens a WebSocket; None for any other request."""
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return None
        return super().match(request)


class SocketHandler(Handler, WebSocketHandler):
    """Relays messages both ways, and how either end closes.

    The worker's socket is opened first, so that its choice of sub-protocol, or its refusal, is what
    the client gets.
    """

    ping_interval = ping_timeout = _PING_S
    # As in the worker, so that what it would refuse is not first read to its end here.
    max_message_size = MOST_MESSAGE_MB * MB

    _upstream: aiohttp.ClientWebSocketResponse[bool] | None = None
    _relay: asyncio.Task[None] | None = None

    @ws_authenticated
    async def get(self, *_: str) -> None:
        await allowed(self)
        id_, prefix = split(self.request.path, self.base_url)
        notebook = self.notebook(id_)
        path = forwarding.inner_path(self.request.path, prefix)
        upstream = await notebook.reach()
        where = public_address(self, prefix)
        headers = forwarding.request_headers(
            (each for each in self.request.headers.get_all() if not _is_handshake(each[0])),
            where,
            str(self.request.remote_ip),
        )
        if call := forwarding.call(self.request.query):
            headers.append((CALL_HEADER, call))
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        try:
            self._upstream = await upstream.session.ws_connect(
                upstream.url(path, forwarding.query(self.request.query)),
                protocols=[each.strip() for each in offered.split(",") if each.strip()],
                headers=[*headers, *upstream.headers.items()],
                max_msg_size=_MOST_BYTES,
                autoping=True,
                compress=0,
            )
        except aiohttp.WSServerHandshakeError as error:
            raise HTTPError(error.status if error.status >= 400 else 502) from None
        except (aiohttp.ClientError, OSError):
            raise WorkerFailedError("The notebook's process broke off.") from None
        await super().get()
        if self.ws_connection is None and self._upstream is not None:
            await self._upstream.close(code=GOING_AWAY)

    def select_subprotocol(self, _subprotocols: list[str]) -> str | None:
        """Answer with the sub-protocol that the worker has chosen."""
        assert self._upstream is not None
        return self._upstream.protocol

    def get_compression_options(self) -> None:
        """Leave compression off: frames are passed on as they are."""
        return None

    def open(self, *_: str) -> None:
        self._relay = asyncio.create_task(self._receive())

    async def on_message(self, message: str | bytes) -> None:
        assert self._upstream is not None
        with suppress(ConnectionError, aiohttp.ClientError):
            if isinstance(message, bytes):
                await self._upstream.send_bytes(message)
            else:
                await self._upstream.send_str(message)

    def on_close(self) -> None:
        if self._upstream is not None and not self._upstream.closed:
            code = self.close_code
            if code is None or code in _UNSENT:
                code = GOING_AWAY
            closing = self._upstream.close(code=code, message=(self.close_reason or "").encode())
            self._relay = asyncio.create_task(_quietly(closing))

    async def _receive(self) -> None:
        """Pass on what the worker sends, as fast as the client takes it, and how it ends."""
        upstream = self._upstream
        assert upstream is not None
        reason = ""
        try:
            while True:
                message = await upstream.receive()
                if message.type is aiohttp.WSMsgType.TEXT:
                    await self.write_message(message.data)
                elif message.type is aiohttp.WSMsgType.BINARY:
                    await self.write_message(message.data, binary=True)
                else:
                    if message.type is aiohttp.WSMsgType.CLOSE:
                        reason = message.extra or ""
                    break
        except WebSocketClosedError:
            return
        code = upstream.close_code
        if code is None or code in _UNSENT:
            # No frame said goodbye: the process has gone, or closed without a code.
            code = 1000 if code == 1005 else ABNORMAL
        self.close(code, reason)


async def _quietly(closing: Any) -> None:
    with suppress(Exception):
        await closing


def _is_handshake(name: str) -> bool:
    return name.lower().startswith("sec-websocket-")
