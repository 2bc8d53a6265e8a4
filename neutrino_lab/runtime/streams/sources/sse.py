"""Server-sent events with JSON as a source."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from ..contract import MAX_FRAME_BYTES, Entry, Overflow, Source
from ..reconnect import connected
from .location import Location
from .websocket import decoded

OPEN_S = 10
AHEAD = 1_000

_HEADERS = {"Accept": "text/event-stream", "Cache-Control": "no-store"}


class Events(Source):
    """What another server sends, after the last event that was taken.

    The standard library reads HTTP, in a thread: asyncio has no client of it.
    """

    overflow: Overflow = "drop-oldest"

    def __init__(self, location: Location, _name: str) -> None:
        query = f"?{location.query}" if location.query else ""
        self._host = location.host
        self._path = location.path + query
        self._is_secure = location.scheme == "sse+https"
        self._shown = location.shown
        self._last_id = ""

    def values(self, position: Any) -> AsyncIterator[Sequence[Entry]]:
        self._last_id = position or ""
        losses = (OSError, http.client.HTTPException, TimeoutError)
        return connected(self._receive, losses, self._describe)

    async def _receive(self) -> AsyncIterator[Sequence[Entry]]:
        reading = _Reading(asyncio.get_running_loop(), self._connection(), self._path)
        reading.start(self._last_id)
        try:
            while True:
                events = await reading.take()
                if not events:
                    if reading.error is not None:
                        raise reading.error
                    return
                for last_id, data in events:
                    self._last_id = last_id
                    yield [decoded(data, self._shown, last_id or None)]
        finally:
            reading.stop()

    def _connection(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._is_secure else http.client.HTTPConnection
        return kind(self._host, timeout=OPEN_S)

    def _describe(self, error: BaseException | None) -> str:
        if error is None:
            return f"{self._shown} ended the stream"
        return f"{self._shown} cannot be read: {error or type(error).__name__}"


class _Reading:
    """One connection, read in a thread of its own until either side ends it."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, connection: http.client.HTTPConnection, path: str
    ) -> None:
        self.is_over = False
        self.error: BaseException | None = None
        self._loop = loop
        self._connection = connection
        self._path = path
        self._events: deque[tuple[str, str]] = deque()
        self._room = threading.Semaphore(AHEAD)
        self._changed = asyncio.Event()
        self._socket: socket.socket | None = None
        self._is_stopped = False

    def start(self, last_id: str) -> None:
        threading.Thread(target=self._read, args=(last_id,), name="sse", daemon=True).start()

    async def take(self) -> list[tuple[str, str]]:
        """Wait for events; none once it is over and all have been taken."""
        while not self._events and not self.is_over:
            await self._changed.wait()
            self._changed.clear()
        taken = list(self._events)
        for _ in taken:
            self._events.popleft()
            self._room.release()
        return taken

    def stop(self) -> None:
        self._is_stopped = True
        self._room.release()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _read(self, last_id: str) -> None:
        try:
            self._connection.connect()
            self._socket = self._connection.sock
            headers = {**_HEADERS, **({"Last-Event-ID": last_id} if last_id else {})}
            self._connection.request("GET", self._path or "/", headers=headers)
            response = self._connection.getresponse()
            if response.status != 200:
                where = response.headers.get("Location", "")
                where = f", and names {where}" if where else ""
                raise OSError(f"it answers {response.status}{where}")  # noqa: TRY301
            # An open stream may be quiet for as long as it likes.
            if self._socket is not None:
                self._socket.settimeout(None)
            for event in parsed(response, last_id):
                self._room.acquire()
                if self._is_stopped:
                    return
                self._events.append(event)
                self._wake()
        except Exception as error:  # noqa: BLE001 - raised again where it is awaited
            self.error = error
        finally:
            self.is_over = True
            self._connection.close()
            self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            self._loop.call_soon_threadsafe(self._changed.set)


def parsed(lines: Any, last_id: str = "") -> Iterator[tuple[str, str]]:
    """Read the events of an open file of bytes: the last id and the data of each. Raises OSError
    for an event that is too long."""
    data: list[str] = []
    size = 0
    while raw := lines.readline(MAX_FRAME_BYTES):
        line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
        size += len(line)
        if size >= MAX_FRAME_BYTES:
            raise OSError(f"an event has more than {MAX_FRAME_BYTES >> 20} MB")
        if not line:
            if data:
                yield last_id, "\n".join(data)
            data, size = [], 0
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "id" and "\0" not in value:
            last_id = value


make = Events
