"""HTTP/1.1 with a worker through one connection: a request goes out, its answer comes in pieces.

aiohttp's client, which does far more, took a fifth of the time of a request through Jupyter.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from neutrino_lab.lab.errors import WorkerFailedError

Headers = Sequence[tuple[str, str]]

# What the worker may send before somebody takes it.
_AHEAD_BYTES = 64 * 1024
_MOST_HEAD_BYTES = 256 * 1024
_SWITCHING_PROTOCOLS = 101


class Connection(asyncio.Protocol):
    """One connection to a worker, for one request at a time.

    `freed` is called when it can take the next request, `lost` when it takes no more.
    """

    _transport: asyncio.Transport
    _answer: Answer | None = None
    _sending: asyncio.Task[None] | None = None

    def __init__(
        self, freed: Callable[[Connection], object], lost: Callable[[Connection], object]
    ) -> None:
        self._freed = freed
        self._lost = lost
        self._may_write = asyncio.Event()
        self._may_write.set()

    async def ask(
        self,
        method: str,
        target: str,
        headers: Headers,
        body: AsyncIterator[bytes] | None,
    ) -> Answer:
        """Send a request and wait for the head of its answer, which is a context: left, it frees
        the connection. The body goes on being sent, in chunks where no header tells its length.

        Raises ConnectionError where the worker leaves, WorkerFailedError where it sends no HTTP,
        and ValueError for a line break in a header.
        """
        self._answer = answer = Answer(self, has_body=method != "HEAD")
        try:
            is_chunked = body is not None and not any(
                name.lower() == "content-length" for name, _ in headers
            )
            self._transport.write(_head(method, target, headers, is_chunked=is_chunked))
            if body is not None:
                self._sending = asyncio.create_task(self._send(body, is_chunked=is_chunked))
            await answer.begin()
        except BaseException:
            answer.leave()
            raise
        return answer

    async def _send(self, body: AsyncIterator[bytes], *, is_chunked: bool) -> None:
        async for piece in body:
            if self._transport.is_closing():
                return
            is_chunk = is_chunked and piece  # An empty one would be the last.
            self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunk else piece)
            await self._may_write.wait()
        if is_chunked:
            self._transport.write(b"0\r\n\r\n")

    def free(self) -> None:
        """Take the next request, where this one has been sent to its end."""
        is_sent = self._sending is None or self._sending.done()
        if is_sent and not self._transport.is_closing():
            self._answer = self._sending = None
            self._freed(self)
        else:
            self.close()

    def close(self) -> None:
        """End the connection at once, and the answer with it."""
        if self._sending is not None:
            self._sending.cancel()
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.end(ConnectionAbortedError("The connection was closed."))
        self._transport.abort()

    def hold(self) -> None:
        """Let the worker wait with the rest of its answer."""
        self._transport.pause_reading()

    def go_on(self) -> None:
        """Read what the worker sends."""
        self._transport.resume_reading()

    # What follows is called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is not None:
            self._answer.feed(data)
        else:
            self.close()  # Nobody has asked.

    def eof_received(self) -> None:
        self._lost(self)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None:
            self._answer.end(error)
        self._may_write.set()
        self._lost(self)

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()


class Answer:
    """An answer of a worker: its head, and its body in pieces as they come.

    `length` is the length of the body in bytes, None where the head does not tell it.
    """

    status = 0
    reason = ""
    length: int | None = None

    _has_begun = False
    _is_chunked = False
    _is_complete = False
    _is_reusable = False
    _failure: Exception | None = None
    _received_bytes = 0

    def __init__(self, connection: Connection, *, has_body: bool) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self._connection = connection
        self._has_body = has_body
        # One for each answer: it would keep what stands behind a body for the next one.
        self._parser = HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._news = asyncio.Event()

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Give the connection back, or end it where the answer is not complete."""
        if self._is_complete and self._is_reusable:
            self._connection.free()
        else:
            self._connection.close()
        del self._parser  # They hold each other.

    async def begin(self) -> None:
        """Wait for the head. Raises ConnectionError, WorkerFailedError."""
        while not self._has_begun:
            await self._wait()

    async def read(self) -> bytes:
        """Give the whole body. Raises ConnectionError, WorkerFailedError where it breaks off."""
        return b"".join([piece async for piece in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the pieces of the body. Raises as `read` does."""
        while self._pieces or not self._is_complete:
            if not self._pieces:
                await self._wait()
                continue
            piece = b"".join(self._pieces)
            self._pieces.clear()
            self._connection.go_on()
            yield piece

    async def _wait(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._news.clear()
        await self._news.wait()

    def feed(self, data: bytes) -> None:
        """Take what the worker has sent."""
        self._received_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._is_reusable = False
        except HttpParserError:
            self._fail(WorkerFailedError("The notebook's process sent an answer that is no HTTP."))
        if not self._has_begun and self._received_bytes > _MOST_HEAD_BYTES:
            self._fail(WorkerFailedError("The notebook's process sent a head that is too long."))
        if not self._is_complete and sum(map(len, self._pieces)) > _AHEAD_BYTES:
            self._connection.hold()
        self._news.set()

    def end(self, error: Exception | None) -> None:
        """Take note that no more will come, which is how some bodies end."""
        if error is None and self._has_begun and self.length is None and not self._is_chunked:
            self._is_complete = True
        else:
            self._fail(error or ConnectionResetError("The worker closed the connection."))
        self._news.set()

    def _fail(self, failure: Exception) -> None:
        self._is_reusable = False
        if not self._is_complete:
            self._failure = self._failure or failure

    # What follows is called by the parser.

    def on_message_begin(self) -> None:
        self._is_reusable = False  # Nobody has asked for a second one.

    def on_status(self, reason: bytes) -> None:
        if not self._has_begun:
            self.reason += reason.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._has_begun:  # Else it stands behind the body.
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._has_begun:
            return
        self.status = self._parser.get_status_code()
        if self.status < 200 and self.status != _SWITCHING_PROTOCOLS:
            self.reason = ""  # The answer itself follows.
            self.headers.clear()
            return
        for name, value in self.headers:
            lowered = name.lower()
            if lowered == b"content-length":
                self.length = int(value)
            elif lowered == b"transfer-encoding":
                self._is_chunked = True
        self._has_begun = True
        # The parser would wait for the body that an answer to HEAD has not.
        self._is_complete = not self._has_body
        self._is_reusable = self._has_body and self._parser.should_keep_alive()

    def on_body(self, piece: bytes) -> None:
        if not self._is_complete:
            self._pieces.append(piece)

    def on_message_complete(self) -> None:
        self._is_complete = self._has_begun


def _head(method: str, target: str, headers: Headers, *, is_chunked: bool) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {text}" for name, text in headers)]
    if is_chunked:
        lines.append("Transfer-Encoding: chunked")
    head = "\r\n".join([*lines, "", ""])
    if not head.count("\r") == head.count("\n") == len(lines) + 1:
        raise ValueError("A header holds a line break.")
    return head.encode()
