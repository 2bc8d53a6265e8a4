"""What the server tells by itself, over WebSockets: a browser keeps few streams of other kinds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any, cast

from jupyter_server.auth.decorator import ws_authenticated
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from neutrino_lab.kernels import feed
from neutrino_lab.kernels.tasks import Tasks
from neutrino_lab.lab.execution.handler import ExecutionHandler
from neutrino_lab.lab.handler import reads

# The feeds that are being sent, which end with the server.
KEY = "neutrino_lab_pushes"
_PING_S = 30.0
_FAILED = 1011
Messages = AsyncGenerator[Any, None]


class _PushSocketHandler(ExecutionHandler, WebSocketHandler):
    """Sends what a feed gives, as fast as the client takes it."""

    ping_interval = ping_timeout = _PING_S

    _messages: Messages | None = None
    _sending: asyncio.Task[None] | None = None

    @ws_authenticated
    async def get(self, *arguments: str) -> None:
        self._messages = await self.feed(*arguments)
        await super().get()

    async def feed(self, *arguments: str) -> Messages:
        raise NotImplementedError

    def get_compression_options(self) -> None:
        return None

    def open(self, *_: str) -> None:
        self.set_nodelay(True)
        self._sending = cast("Tasks", self.settings[KEY]).begin(self._send())

    async def on_message(self, message: str | bytes) -> None:
        """Pass over what a client says: there is nothing to ask for."""

    def on_close(self) -> None:
        if self._sending is not None:
            self._sending.cancel()

    async def _send(self) -> None:
        assert self._messages is not None
        code = None
        try:
            async with aclosing(self._messages) as messages:
                async for message in messages:
                    await self.write_message(json.dumps(message, default=str))
        except WebSocketClosedError:
            return
        except Exception:
            code = _FAILED
            self.log.exception("what was to be pushed has failed")
        with suppress(WebSocketClosedError):
            self.close(code)


class SessionsSocketHandler(_PushSocketHandler):
    """Your sessions, whenever one of them has changed."""

    @reads
    async def feed(self, *_: str) -> Messages:
        return self._sessions()

    async def _sessions(self) -> Messages:
        # To listen is no need for kernels.
        if not self.live.is_made:
            yield {"revision": 0, "sessions": []}
        service = await self.live.awaited()
        async with aclosing(feed.sessions(service, self.user)) as messages:
            async for message in messages:
                yield message


class SessionEventsSocketHandler(_PushSocketHandler):
    """All that one session holds, and what is run in it, whoever runs it."""

    @reads
    async def feed(self, *arguments: str) -> Messages:
        (id_,) = arguments
        service = await self.service()
        return self._events(service.sessions.get(id_, self.user))

    async def _events(self, session: Any) -> Messages:
        async with aclosing(feed.session(session)) as messages:
            async for message in messages:
                yield message.as_dict()
