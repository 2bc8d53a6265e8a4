"""Frames as they come in: read one by one, and ahead only while the last one is being answered."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from .clients import Message, size

Receive: TypeAlias = Callable[[], Awaitable[Message]]

DISCONNECT = "websocket.disconnect"

FRAMES_AHEAD = 32
SIZE_AHEAD = 1024 * 1024


class Inbox:
    """Reading ahead is how a client that leaves is noticed while its message is being answered.

    It stops at a bound, so that a client which sends faster than it is answered has to wait.
    """

    def __init__(self, receive: Receive, on_gone: Callable[[], None]) -> None:
        self._receive = receive
        self._on_gone = on_gone
        self._ahead: deque[Message] = deque()
        self._size = 0
        self._reader: asyncio.Task[None] | None = None
        self.is_held = False
        self._wanted: asyncio.Future[Message] | None = None

    @property
    def is_ahead(self) -> bool:
        """True while only `get` gives the next frame; else the channel itself does."""
        return self._reader is not None or bool(self._ahead)

    async def get(self) -> Message:
        """Wait for the next frame, or the message that the client has gone."""
        if self._ahead:
            message = self._ahead.popleft()
            self._size -= size(message)
            return message
        if self._reader is None:
            return await self._receive()
        self._wanted = asyncio.get_running_loop().create_future()
        return await self._wanted

    def read_ahead(self) -> None:
        """Start to read what comes until a frame is asked for and there is none; not while this
        `is_held`, and somebody else is going to receive."""
        if self._reader is None and not self.is_held and self._has_room:
            self._reader = asyncio.ensure_future(self._read())

    def stop(self) -> None:
        """Read no more; what has been read is kept."""
        if self._reader is not None:
            self._reader.cancel()

    @property
    def _has_room(self) -> bool:
        return len(self._ahead) < FRAMES_AHEAD and self._size < SIZE_AHEAD

    async def _read(self) -> None:
        try:
            while self._has_room:
                message = await self._receive()
                is_gone = message["type"] == DISCONNECT
                if self._wanted is not None and not self._wanted.done():
                    self._wanted.set_result(message)
                    self._wanted = None
                    return
                self._ahead.append(message)
                self._size += size(message)
                if is_gone:
                    self._on_gone()
                    return
        finally:
            self._reader = None
