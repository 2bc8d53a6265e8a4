"""A log of events as server-sent events, resumable by their ids."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, suppress
from typing import Any

from tornado.iostream import StreamClosedError

from neutrino_lab.kernels.event_log import Event, EventLog
from neutrino_lab.lab.execution.handler import ExecutionHandler
from neutrino_lab.lab.problem import failure

MEDIA_TYPE = "text/event-stream"
_COMMENT_S = 15.0


def is_wanted(handler: ExecutionHandler) -> bool:
    """Whether the client asks for server-sent events."""
    return MEDIA_TYPE in handler.request.headers.get("Accept", "")


def last_event(handler: ExecutionHandler) -> tuple[str, int]:
    """Read the id of the last event that a client has: its log, and its number."""
    id_, _, number = handler.request.headers.get("Last-Event-ID", "").rpartition(":")
    return (id_, int(number)) if number.isdecimal() and len(number) < 10 else ("", 0)


async def send(handler: ExecutionHandler, log: EventLog) -> None:
    """Send the events that a client does not have yet, and those to come, until it goes or the log
    is over."""
    id_, number = last_event(handler)
    after = number if id_ == log.id else 0
    handler.set_header("Content-Type", MEDIA_TYPE)
    handler.set_header("Cache-Control", "no-store")
    handler.set_header("X-Accel-Buffering", "no")
    with suppress(StreamClosedError):
        await handler.flush()
        async with aclosing(log.read(after)) as events:
            while True:
                following: asyncio.Task[Event] = asyncio.ensure_future(anext(events))
                try:
                    event = await _next(handler, following)
                except StopAsyncIteration:
                    return
                except StreamClosedError:
                    raise
                except Exception as error:  # noqa: BLE001 - the status has been sent already
                    handler.write(_written("failed", failure(error), ""))
                    return
                id_ = f"{log.id}:{event.number}"
                handler.write(_written(event.kind, event.data, id_))
                await handler.flush()


async def _next(handler: ExecutionHandler, following: asyncio.Task[Event]) -> Event:
    """Wait for the next event, saying now and then that we are here."""
    waited: set[asyncio.Future[Any]] = {following, handler.gone}
    try:
        while True:
            await asyncio.wait(waited, timeout=_COMMENT_S, return_when=asyncio.FIRST_COMPLETED)
            if handler.gone.done():
                raise StreamClosedError
            if following.done():
                return following.result()
            handler.write(": still running\n\n")
            await handler.flush()
    finally:
        if not following.done():
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following


def _written(kind: str, data: Any, id_: str) -> str:
    lines = [*([f"id: {id_}"] if id_ else []), f"event: {kind}"]
    return "\n".join([*lines, f"data: {json.dumps(data, default=str)}"]) + "\n\n"
