"""Handlers of WebSockets → FastAPI routes that open connections with them."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from ..errors import EndpointError
from ..paths import specificity
from .connections import CHANNEL, Connection
from .handlers import Handler

_WEBSOCKET = "neutrino_websocket"


def add(api: FastAPI, made: Iterable[Handler]) -> None:
    """Serve handlers, the more specific paths first. Raises EndpointError."""
    listed = sorted(made, key=lambda handler: specificity(handler.path))
    for handler in listed:
        try:
            api.add_api_websocket_route(handler.path, _endpoint(handler), handler.socket.name)
        except Exception as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise EndpointError(handler.socket.module, handler.socket.cell, reason) from error
    if listed:
        api.add_middleware(_Channel)


def _endpoint(handler: Handler) -> Callable[..., Awaitable[None]]:
    """Make the function that FastAPI calls once it has validated the handshake."""
    parameters = handler.call.signature.parameters
    # FastAPI fills one parameter of this type only: the function's own serves us too.
    own = [name for name, p in parameters.items() if _is_websocket(p.annotation)]
    name = own[0] if own else _WEBSOCKET

    async def endpoint(**values: Any) -> None:
        websocket = values[name] if own else values.pop(name)
        await Connection(websocket, handler, values).run()

    given = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=WebSocket)
    shown = [*parameters.values(), *([] if own else [given])]
    endpoint.__name__ = endpoint.__qualname__ = handler.socket.name
    endpoint.__doc__ = handler.function.__doc__
    endpoint.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    return endpoint


def _is_websocket(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, WebSocket)


class _Channel:
    """Keeps the server's own channel at hand: each layer above it costs a broadcast a tenth."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            scope[CHANNEL] = (receive, send)
        await self.app(scope, receive, send)
