"""Results that come bit by bit: generators and other iterators → a streamed response.

A stream is closed as soon as its client leaves, and a plain generator never blocks the loop.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from functools import partial
from typing import Any

from anyio import to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..encoding import encode
from ..generators import END, InTask, InThreads
from . import responses

LINES = "application/x-ndjson"
EVENTS = "text/event-stream"
TEXT = "text/plain"


class Stream(Response):
    """A response whose first chunk is there already and whose rest follows."""

    def __init__(
        self,
        source: InTask | InThreads,
        first: bytes | None,
        write: Callable[[Any], bytes],
        media: str,
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
                body = None if chunk is END else self.write(chunk)
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


def is_stream(result: Any) -> bool:
    """Whether a result is an iterator: something to be sent piece by piece."""
    kind = type(result)
    if isinstance(result, (io.BytesIO, io.StringIO)):
        return False
    return hasattr(kind, "__anext__") or (hasattr(kind, "__next__") and hasattr(kind, "__iter__"))


async def open_stream(result: Any, media: str) -> Stream:
    """Wait for the first chunk and make the response. Raises what the stream raises before it."""
    is_async = hasattr(type(result), "__anext__")
    source = InTask(result) if is_async else InThreads(result, to_thread.run_sync)
    try:
        chunk = await source.next()
        kind = media or _kind_of(chunk)
        write = _writer(kind)
        first = None if chunk is END else write(chunk)
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
