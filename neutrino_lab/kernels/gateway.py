"""The messages of a kernel on a Jupyter gateway: over its WebSocket, the only way there."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import aiohttp
from jupyter_server.gateway.gateway_client import GatewayClient

from neutrino_lab.kernels.errors import NoKernelError
from neutrino_lab.kernels.tasks import call_off
from neutrino_lab.kernels.wire import OnMessage

LOGGER = logging.getLogger(__name__)

_CONNECT_S = 30.0
_HEARTBEAT_S = 20.0


class GatewayWire:
    """One WebSocket to one kernel. `broken` is called when it has closed."""

    is_remote = True

    def __init__(
        self, kernel_id: str, on_message: OnMessage, broken: Callable[[], None], most_bytes: int
    ) -> None:
        self._kernel_id = kernel_id
        self._on_message = on_message
        self._broken = broken
        self._most_bytes = 8 * most_bytes + 2**20
        self._session_id = uuid4().hex
        self._http: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse[bool] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._reads_iopub = True

    async def open(self) -> None:
        """Connect to the kernel, and begin to read and write. Raises NoKernelError."""
        gateway: Any = GatewayClient.instance()
        options = gateway.load_connection_args()
        base = f"{(gateway.ws_url or '').rstrip('/')}{gateway.kernels_endpoint}"
        url = f"{base}/{quote(self._kernel_id)}/channels?session_id={self._session_id}"
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        try:
            self._socket = await asyncio.wait_for(
                self._http.ws_connect(
                    url,
                    headers=options.get("headers") or {},
                    max_msg_size=self._most_bytes,
                    heartbeat=_HEARTBEAT_S,
                    compress=0,
                    ssl=bool(options.get("validate_cert", True)),
                ),
                _CONNECT_S,
            )
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:
            await self.close()
            raise NoKernelError(f"The gateway does not let us reach its kernel: {error}") from None
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]

    async def close(self) -> None:
        tasks, self._tasks = self._tasks, []
        await call_off(*tasks)
        for each in (self._socket, self._http):
            if each is not None:
                with suppress(Exception):
                    await asyncio.wait_for(each.close(), 2.0)
        self._socket = self._http = None

    def send(self, kind: str, content: dict[str, Any]) -> str:
        id_ = uuid4().hex
        header = {
            "msg_id": id_,
            "msg_type": kind,
            "username": "neutrino",
            "session": self._session_id,
            "date": datetime.now(timezone.utc).isoformat(),
            "version": "5.3",
        }
        message = {
            "channel": "shell",
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
            "buffers": [],
        }
        self._outbox.put_nowait(json.dumps(message))
        return id_

    def stop_reading(self) -> None:
        # Both channels share the socket: what is published is read and passed over.
        self._reads_iopub = False

    async def _write(self) -> None:
        assert self._socket is not None
        with suppress(ConnectionError, aiohttp.ClientError):
            while True:
                await self._socket.send_str(await self._outbox.get())

    async def _read(self) -> None:
        assert self._socket is not None
        async for frame in self._socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                continue
            try:
                message = json.loads(frame.data)
                channel, header = message["channel"], message["header"]
                if channel != "iopub" or self._reads_iopub or header["msg_type"] == "status":
                    self._on_message(channel, {"msg_type": header["msg_type"], **message})
            except (ValueError, KeyError, TypeError):
                LOGGER.debug("a message of a gateway cannot be read", exc_info=True)
        self._broken()
