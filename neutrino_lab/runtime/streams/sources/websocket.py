"""JSON over a WebSocket as a source."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from ..contract import MAX_FRAME_BYTES, SHOWN, Entry, Fault, Overflow, Source
from ..reconnect import connected
from .location import Location

OPEN_S = 10


class WebSocket(Source):
    """What another server sends, from now on."""

    overflow: Overflow = "drop-oldest"

    def __init__(self, location: Location, _name: str) -> None:
        query = f"?{location.query}" if location.query else ""
        self._uri = f"{location.scheme}://{location.host}{location.path}{query}"
        self._shown = location.shown

    def values(self, _position: Any) -> AsyncIterator[Sequence[Entry]]:
        return connected(self._receive, (OSError, TimeoutError, WebSocketException), self._describe)

    async def _receive(self) -> AsyncIterator[Sequence[Entry]]:
        async with connect(
            self._uri, max_size=MAX_FRAME_BYTES, open_timeout=OPEN_S, close_timeout=1
        ) as socket:
            async for frame in socket:
                yield [decoded(frame, self._shown)]

    def _describe(self, error: BaseException | None) -> str:
        if error is None:
            return f"{self._shown} closed the connection"
        if isinstance(error, ConnectionClosed):
            if error.sent is not None and error.sent.code == 1009:
                return f"{self._shown} sent a frame of more than {MAX_FRAME_BYTES >> 20} MB"
            return f"the connection to {self._shown} was lost"
        return f"{self._shown} cannot be reached: {error or type(error).__name__}"


def decoded(frame: str | bytes, shown: str, position: Any = None) -> Entry:
    """Read a frame of JSON into an entry with the time of now; a Fault where it is none. `shown` is
    what messages call the source."""
    try:
        return (json.loads(frame), time.time(), position)
    except (ValueError, RecursionError) as error:
        text = frame if isinstance(frame, str) else frame.decode(errors="replace")
        return Fault(f"{shown} sent what is no JSON: {error}", text[:SHOWN])


make = WebSocket
