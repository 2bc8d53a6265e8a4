"""Results that come bit by bit: generators and other iterators → a streamed response.

A stream is closed as soon as its client leaves, and a plain generator never blocks the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any, Protocol

from anyio import to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..encoding import encode
from . import responses

LINES = "application/x-ndjson"
EVENTS = "text/event-stream"
TEXT = "text/plain"

_END: Any = object()


class Source(Protocol):
    """Where the chunks come from: `next` gives `_END` after the last one or once left."""

    async def next(self) -> Any:
        """Wait for the next chunk; what the stream raises is raised here."""

    def leave(self) -> None:
        """Say that nobody listens any more."""

    async def close(self) -> None:
        """End the stream, so that its `finally` has run."""


class Stream(Response):
    """A response whose first chunk is there already and whose rest follows."""

    def __init__(
        self, source: Source, first: bytes | None, write: Callable[[Any], bytes], media: str
    ) -> None:
        self.source = source
        self.first = first
        self.write = write
        self.status_code = 200
        self.media_type = media
        self.background = None
        self.init_headers({"cache-control": "no-cache"} if media.startswith(EVENTS) else None)

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        watch = asyncio.ensure_future(self._watch(receive))
        try:
            start = {"type": "http.response.start", "status": self.status_code}
            await send({**start, "headers": self.raw_headers})
            body = self.first
            while body is not None and not watch.done():
                await send({"type": "http.response.body", "body": body, "more_body": True})
                chunk = await self.source.next()
                body = None if chunk is _END else self.write(chunk)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            watch.cancel()
            await self.source.close()
        if self.background is not None:
            await self.background()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.source.leave()


class _Threaded:
    """A plain iterator, each step in a worker thread."""

    def __init__(self, chunks: Iterator[Any]) -> None:
        self._chunks = chunks
        self._is_left = False

    async def next(self) -> Any:
        if self._is_left:
            return _END
        return await to_thread.run_sync(partial(next, self._chunks, _END))

    def leave(self) -> None:
        # A thread cannot be stopped: the step it is in is the last one.
        self._is_left = True

    async def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        if close is not None:
            # When this task was cancelled, the last step may still be in its thread.
            with contextlib.suppress(ValueError):
                await to_thread.run_sync(close)


class _Pumped:
    """An async iterator, run from start to end in one task of its own.

    Cancelling that task is what ends it: its `finally` may then still await, and what it holds
    open across its steps (a timeout, a task group) stays in one task.
    """

    def __init__(self, chunks: AsyncIterator[Any]) -> None:
        self._chunks = chunks
        self._is_left = False
        self._ready: asyncio.Queue[Any] = asyncio.Queue()
        self._room = asyncio.Semaphore(1)
        self._task = asyncio.ensure_future(self._pump())
        self._task.add_done_callback(lambda _: self._ready.put_nowait(_END))

    async def next(self) -> Any:
        chunk = await self._ready.get()
        self._room.release()
        if chunk is _END and not self._task.cancelled():
            self._task.result()
        return chunk

    def leave(self) -> None:
        self._is_left = True
        self._task.cancel()

    async def close(self) -> None:
        self.leave()
        await asyncio.wait((self._task,))
        if not self._task.cancelled():
            self._task.result()

    async def _pump(self) -> None:
        try:
            async for chunk in self._chunks:
                await self._room.acquire()
                self._ready.put_nowait(chunk)
                # A stream may swallow its cancellation; it ends at its next step all the same.
                if self._is_left:
                    break
        except (SystemExit, KeyboardInterrupt) as error:
            # A task would carry it to the event loop and end the server.
            raise RuntimeError(f"the stream raised {type(error).__name__}") from error
        finally:
            close = getattr(self._chunks, "aclose", None)
            if close is not None:
                await close()


def is_stream(result: Any) -> bool:
    """Whether a result is an iterator: something to be sent piece by piece."""
    kind = type(result)
    if isinstance(result, (io.BytesIO, io.StringIO)):
        return False
    return hasattr(kind, "__anext__") or (hasattr(kind, "__next__") and hasattr(kind, "__iter__"))


async def open_stream(result: Any, media: str) -> Stream:
    """Wait for the first chunk and make the response. Raises what the stream raises before it."""
    is_async = hasattr(type(result), "__anext__")
    source: Source = _Pumped(result) if is_async else _Threaded(result)
    try:
        chunk = await source.next()
        kind = media or _kind_of(chunk)
        write = _writer(kind)
        first = None if chunk is _END else write(chunk)
    except BaseException:
        await source.close()
        raise
    return Stream(source, first, write, kind)


def _kind_of(chunk: Any) -> str:
    if isinstance(chunk, (bytes, bytearray, memoryview)):
        return responses.BINARY
    return TEXT if isinstance(chunk, str) else LINES


def _writer(media: str) -> Callable[[Any], bytes]:
    kind = media.partition(";")[0].strip().lower()
    if kind == EVENTS:
        return _event
    if kind in (LINES, "application/jsonl", "application/ndjson", "application/json-seq"):
        return _line
    return partial(responses.content, media=media)


def _event(chunk: Any) -> bytes:
    if isinstance(chunk, (str, bytes, bytearray, memoryview)):
        return responses.content(chunk, EVENTS)
    return b"data: " + encode.dumps(chunk) + b"\n\n"


def _line(chunk: Any) -> bytes:
    if isinstance(chunk, (bytes, bytearray, memoryview)):
        return bytes(chunk)
    return encode.dumps(chunk) + b"\n"
