"""The routes of one stream: WebSocket, server-sent events, its newest value, its state."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from ..encoding import encode
from ..errors import EndpointError
from ..functions import Functions
from ..middleware.access import SUBPROTOCOL
from ..paths import specificity
from ..sockets.clients import TOO_SLOW
from ..sockets.hub import GOING_AWAY, RESTARTED
from ..spec import Stream
from . import operator
from .contract import SourceError
from .flow import Flow
from .operator import Operator
from .outlet import Frame, Subscriber, written
from .report import describe
from .running import Streams
from .sources import table

UNAVAILABLE = 503

FIRST_S = 2.0
"""So long the newest value is waited for, where a flow has just begun."""
ALIVE_S = 15.0

LATEST = "/latest"
STATE = "/state"


def build(streams: Iterable[Stream], program: Functions) -> tuple[Operator, ...]:
    """Fit declarations and functions together, and change nothing. Raises EndpointError."""
    made = {each.stream: operator.fit(each, program) for each in streams}
    for each in made.values():
        _check_upstream(each, made)
    return tuple(made.values())


def add(api: FastAPI, operators: Iterable[Operator], streams: Streams) -> None:
    """Add the routes of streams that have a path: what each emits, and its state."""
    served = [each for each in operators if each.stream.path]
    for each in sorted(served, key=lambda made: specificity(made.stream.path)):
        path, name = each.stream.path, each.name
        handlers = _Handlers(each, streams)
        if "ws" in each.emits:
            api.router.add_websocket_route(path, handlers.websocket, name=name)
        if "sse" in each.emits:
            _add(api, each, "", handlers.events, "The values of the stream as they come.")
        if "latest" in each.emits:
            _add(api, each, LATEST, handlers.latest, "The newest value of the stream.")
        _add(api, each, STATE, handlers.state, "The state of the stream's operator.")


def _add(
    api: FastAPI,
    made: Operator,
    suffix: str,
    answer: Callable[..., Any],
    about: str,
) -> None:
    """Add a route whose parameters of the path are documented."""

    async def endpoint(**values: Any) -> Response:
        response: Response = await answer(values.pop("request"))
        return response

    parameter = inspect.Parameter
    shown = [
        parameter("request", parameter.KEYWORD_ONLY, annotation=Request),
        *(parameter(n, parameter.KEYWORD_ONLY, annotation=str) for n in made.parameters),
    ]
    endpoint.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    media = "application/json" if suffix else "text/event-stream"
    api.add_api_route(
        made.stream.path + suffix,
        endpoint,
        methods=["GET"],
        name=f"{made.name}{suffix.replace('/', '_')}",
        summary=about,
        description=made.stream.describe or inspect.getdoc(made.outline) or "",
        response_class=Response,
        responses={200: {"content": {media: {}}}},
    )


class _Handlers:
    """Answers for one stream, by whichever version runs."""

    def __init__(self, made: Operator, streams: Streams) -> None:
        self._name = made.name
        self._rate = made.stream.rate
        self._streams = streams

    async def websocket(self, websocket: WebSocket) -> None:
        is_offered = SUBPROTOCOL in websocket.scope.get("subprotocols", ())
        await websocket.accept(SUBPROTOCOL if is_offered else None)
        try:
            flow = self._streams.acquire(self._name, websocket.path_params)
        except SourceError as error:
            await websocket.send_text(json.dumps({"event": "error", "error": str(error)}))
            await websocket.close(RESTARTED)
            return
        subscriber = self._subscribe(flow)
        leaving = asyncio.ensure_future(_until_gone(websocket, subscriber))
        try:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                while frames := await subscriber.take():
                    for frame in frames:
                        await websocket.send_text(frame.text)
                if subscriber.is_too_slow:
                    await websocket.close(TOO_SLOW, "too slow")
                elif self._streams.is_closing:
                    await websocket.close(GOING_AWAY, "the server is shutting down")
                elif not leaving.done():
                    await websocket.close(RESTARTED, "the stream has ended")
        finally:
            leaving.cancel()
            subscriber.leave()
            self._streams.release(flow)

    async def events(self, request: Request) -> Response:
        flow = self._acquire(request)
        after = request.headers.get("last-event-id", "")
        subscriber = self._subscribe(flow, after)
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        events = self._events(flow, subscriber)
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    async def latest(self, request: Request) -> Response:
        flow = self._acquire(request)
        try:
            if flow.status != "failed":
                await flow.outlet.first(FIRST_S)
            newest = flow.outlet.latest
            wanted = request.query_params.get("key")
            if not newest and (reason := _hindrance(flow)):
                raise HTTPException(UNAVAILABLE, reason)
            found = [e for key, e in newest.items() if wanted is None or str(key) == wanted]
            if not found:
                raise HTTPException(404, "there is no value yet")
            text = written(flow.name, max(found, key=lambda each: each[0]))
            return Response(text, media_type="application/json")
        finally:
            self._streams.release(flow)

    async def state(self, request: Request) -> Response:
        flow = self._acquire(request)
        try:
            return Response(encode.dumps(describe(flow)), media_type="application/json")
        finally:
            self._streams.release(flow)

    def _acquire(self, request: Request) -> Flow:
        try:
            return self._streams.acquire(self._name, request.path_params)
        except SourceError as error:
            raise HTTPException(UNAVAILABLE, str(error)) from error

    def _subscribe(self, flow: Flow, after: str = "") -> Subscriber:
        subscriber = flow.outlet.subscribe(rate=self._rate, after=after)
        if flow.status in ("failed", "paused"):
            told = {"seq": flow.seq, "event": "error", "error": flow.reason}
            subscriber.offer([Frame(flow.seq, json.dumps(told), event="error")])
        return subscriber

    async def _events(self, flow: Flow, subscriber: Subscriber) -> AsyncIterator[str]:
        try:
            while True:
                try:
                    frames = await asyncio.wait_for(subscriber.take(), ALIVE_S)
                except asyncio.TimeoutError:
                    yield ": alive\n\n"
                    continue
                if not frames:
                    return
                yield "".join(_event(flow, frame) for frame in frames)
        finally:
            subscriber.leave()
            self._streams.release(flow)


def _event(flow: Flow, frame: Frame) -> str:
    name = f"event: {frame.event}\n" if frame.event else ""
    return f"id: {flow.outlet.id_of(frame)}\n{name}data: {frame.text}\n\n"


async def _until_gone(websocket: WebSocket, subscriber: Subscriber) -> None:
    """Read and ignore what comes until the client leaves: a stream takes no messages."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass
    subscriber.leave()


def _hindrance(flow: Flow) -> str:
    """Why there is no value, where that is known: of an operator's own errors nothing is told."""
    if flow.status in ("failed", "paused"):
        return flow.reason
    errors = tuple(flow.process.errors)
    return errors[-1].message if errors and errors[-1].kind == "Gap" else ""


def _check_upstream(each: Operator, made: Mapping[str, Operator]) -> None:
    """Raise EndpointError where a stream has no stream to follow, or follows itself."""
    stream = each.stream

    def refuse(reason: str) -> EndpointError:
        return EndpointError(stream.module, stream.cell, reason)

    todo = [each]
    seen = set()
    while todo:
        one = todo.pop()
        for location in one.locations:
            if location.scheme != table.STREAM:
                continue
            upstream = made.get(location.about)
            if upstream is None:
                known = ", ".join(f"`{name}`" for name in made)
                raise refuse(f"there is no stream `{location.about}`; there are {known}")
            if upstream is each:
                raise refuse(f"`{each.name}` follows itself")
            missing = [name for name in upstream.parameters if name not in one.parameters]
            if missing:
                raise refuse(f"`{upstream.name}` needs `{{{missing[0]}}}` in the path")
            if upstream.name not in seen:
                seen.add(upstream.name)
                todo.append(upstream)
