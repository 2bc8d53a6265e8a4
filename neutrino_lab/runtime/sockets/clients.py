"""One open connection as the hub sees it: the frames on their way to a client, within bounds."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import uuid4

from ..eager import Rest, first
from ..spec import WebSocket
from . import uvicorn_frames

Message: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

TOO_SLOW = 1013


@dataclass(frozen=True, slots=True)
class Limits:
    """What may wait for one client, and for how long nothing may be taken by it."""

    frames: int = 1_000
    size: int = 16 * 1024 * 1024
    stall_s: float = 30.0


class Frame:
    """A payload to send, put into form once however many clients it goes to."""

    __slots__ = ("message", "payload", "whole")

    def __init__(self, payload: str | bytes) -> None:
        kind = "text" if isinstance(payload, str) else "bytes"
        self.payload = payload
        self.message: Message = {"type": "websocket.send", kind: payload}
        # Its bytes on the wire.
        self.whole = uvicorn_frames.frame(payload)


def size(message: Message) -> int:
    """Count the characters of a text frame, the bytes of a binary one."""
    return len(message.get("text") or message.get("bytes") or "")


class Client:
    """Sends frames in order without ever making the sender wait.

    While the server takes frames at once, as it does until its buffer is full, they are sent from
    where they come from: a task for each client would make a broadcast a third slower. The task
    exists only while the client lags behind.
    """

    __slots__ = (
        "_frames",
        "_limits",
        "_on_close",
        "_send",
        "_size",
        "_taken",
        "_write_whole",
        "client_id",
        "has_left",
        "id",
        "is_open",
        "key",
        "name",
        "path",
        "room_id",
        "writer",
    )

    def __init__(  # noqa: PLR0913 - what a connection is known by
        self,
        send: Send,
        *,
        path: str,
        name: str = "",
        client_id: str | None = None,
        room_id: str | None = None,
        limits: Limits | None = None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        # What no other connection has, on whatever replica; a client may choose its client_id.
        self.id = uuid4().hex
        self.path = path
        self.key = WebSocket.key_of(path)
        self.name = name or client_id or ""
        self.client_id = client_id
        self.room_id = room_id
        self._send = send
        self._limits = limits or Limits()
        self._on_close = on_close
        self._frames: deque[Message] = deque()
        self._size = 0
        self.is_open = True
        self.has_left = False  # by itself: what it had sent before is still answered
        self.writer: asyncio.Task[None] | None = None
        self._write_whole: uvicorn_frames.Write | None = None
        self._taken: asyncio.Future[None] | None = None

    def use_uvicorn_frames(self) -> None:
        """Send past ASGI from now on, where the server is known; the connection is accepted."""
        self._write_whole = uvicorn_frames.find(self._send)

    def offer(self, frame: Frame) -> bool:
        """Send a frame, or keep it until the client takes it, without waiting.

        A client that lags behind by more than its limits is closed with 1013, and what waits for it
        is dropped. Returns False where it is closed: the frame is lost.
        """
        if not self.is_open:
            return False
        if self.writer is None:
            if self._write_whole is not None and self._write_whole(frame.whole):
                return True
            return self._step(frame.message)
        limits, added = self._limits, len(frame.payload)
        is_full = len(self._frames) >= limits.frames or self._size + added > limits.size
        if is_full and self._frames:
            self._drop()
            self.close(TOO_SLOW, "too slow")
            return False
        self._frames.append(frame.message)
        self._size += added
        return True

    async def put(self, frame: Frame) -> bool:
        """Send a frame once the client has taken those before it.

        One that takes none for `stall_s` seconds is closed with 1013. Returns False where it is
        closed: the frame is lost.
        """
        while self._frames and self.is_open:
            if self._taken is None:
                self._taken = asyncio.get_running_loop().create_future()
            done, _ = await asyncio.wait({self._taken}, timeout=self._limits.stall_s)
            if not done:
                self._drop()
                self.close(TOO_SLOW, "too slow")
        return self.offer(frame)

    def close(self, code: int, reason: str = "") -> None:
        """Close behind the frames that wait; nothing is sent after that."""
        if not self.is_open:
            return
        self.is_open = False
        # A close frame holds 123 bytes of reason.
        fitting = reason.encode()[:123].decode(errors="ignore")
        last: Message = {"type": "websocket.close", "code": code, "reason": fitting}
        if self.writer is None:
            self._step(last)
        else:
            self._frames.append(last)
        self._on_close()

    def lose(self) -> None:
        """Note that the client has gone; what waits for it is dropped."""
        self._drop()
        if self.is_open:
            self.is_open = False
            self.has_left = True
            self._on_close()

    def _step(self, message: Message) -> bool:
        """Send as far as it goes without waiting; a task waits for the rest."""
        try:
            rest = first(self._send(message))
        except StopIteration:
            return True
        except Exception:  # noqa: BLE001 - servers differ in what they raise when a client is gone
            self.lose()
            return False
        self.writer = asyncio.ensure_future(self._write(Rest(*rest)))
        return True

    async def _write(self, rest: Rest) -> None:
        try:
            await rest
            while self._frames:
                message = self._frames.popleft()
                self._size -= size(message)
                self._tell_taken()
                await self._send(message)
        except Exception:  # noqa: BLE001 - as above
            self.lose()
        finally:
            self.writer = None
            self._tell_taken()

    def _drop(self) -> None:
        self._frames.clear()
        self._size = 0
        self._tell_taken()

    def _tell_taken(self) -> None:
        if self._taken is not None:
            if not self._taken.done():
                self._taken.set_result(None)
            self._taken = None
