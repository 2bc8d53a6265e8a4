"""The ways into a worker: through the Jupyter server, and by a port of its own; the loop for them.

Shipped to the kernel's interpreter with worker.py, hence the relative imports.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from ..runtime.middleware import stack
from ..runtime.middleware.access import RawHeaders
from ..runtime.settings import HASHED, Settings
from .call_context import Listening

LOOPBACK = "127.0.0.1"


def proxied(
    app: ASGIApp, settings: Settings, prefix: str, declared_health: Callable[[], frozenset[str]]
) -> ASGIApp:
    """What the Jupyter server gets: it has asked who calls, and says where requests come from."""
    layers = stack.around(settings, is_gated=True, declared_health=declared_health)
    limited = stack.wrap(app, layers)
    return ProxyHeadersMiddleware(_Prefixed(limited, prefix), trusted_hosts="*")  # type: ignore[arg-type, return-value]


class Own:
    """What answers at a port of its own, to who knows the key whose hash this is."""

    def __init__(
        self,
        app: Listening,
        settings: Settings,
        key: str,
        declared_health: Callable[[], frozenset[str]],
    ) -> None:
        keys = (*settings.api_keys, bytes.fromhex(key.removeprefix(HASHED)))
        keyed = replace(settings, api_keys=keys)
        self.listen = app.listen
        self._listening = app
        self._admits = stack.admits(keyed)
        self._app = stack.wrap(app, stack.around(keyed, declared_health=declared_health))

    @property
    def fast_table(self) -> Any:
        """What a server may answer from before it asks the app."""
        return self._listening.fast_table

    def admits(self, headers: RawHeaders) -> RawHeaders | None:
        """Give the headers that the app sees of a request that may be answered so."""
        return self._admits(headers) if self._listening.admits(headers) else None

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self._app(scope, receive, send)


def bind(wanted: int) -> socket.socket:
    """Bind the port that was wanted on the loopback, or any other where it is taken. Raises
    OSError."""
    for port in (wanted, 0):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            listener.close()
        else:
            return listener
    raise OSError("no port is free")


def new_loop() -> asyncio.AbstractEventLoop:
    """Make a loop of the fastest kind there is, as uvicorn would."""
    try:
        from uvloop import new_event_loop  # noqa: PLC0415 - not everywhere
    except ImportError:
        return asyncio.new_event_loop()
    return new_event_loop()


class Listeners:
    """Tells by the port at which a request has come in."""

    def __init__(self, proxied: ASGIApp, own: Mapping[int, Own]) -> None:
        self._proxied = proxied
        self._own = own

    def front(self, server: tuple[str, int | None] | None) -> Own | None:
        """What a server may answer from at an address; what is proxied goes through the app."""
        return self._own.get((server and server[1]) or 0)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return (self.front(scope.get("server")) or self._proxied)(scope, receive, send)


class _Prefixed:
    """Says below which path the Jupyter server shows the app."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix
        self._raw = prefix.encode("ascii")

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "lifespan":
            scope["root_path"] = self._prefix
            scope["path"] = self._prefix + scope["path"]
            scope["raw_path"] = self._raw + scope["raw_path"]
        return self._app(scope, receive, send)
