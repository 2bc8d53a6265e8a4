"""By which names a server answers: what keeps a page whose own name was made to lead here out.

Such a page (DNS rebinding) is of one origin with the server, as far as its browser can tell.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from .. import uvicorn_server
from ..problems import LOGGER
from .access import is_health

_POLICY_VIOLATION = 1008
_MOST_NAMES = 128
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:\[\]@/\\?#,]+)(?::\d{0,5})?", re.IGNORECASE)


class Hosts:
    """Refuses requests that name another host. Without any `allowed`, a server that is bound to
    the loopback answers to loopback names alone, and any other one to all names."""

    def __init__(
        self,
        app: ASGIApp,
        allowed: tuple[str, ...] = (),
        *,
        is_open: Callable[[Scope], bool] = is_health,
    ) -> None:
        self.app = app
        self._allowed = allowed
        self._is_open = is_open
        self._server: Any = None
        # Asked of every request, and the names are few.
        self._is_known = lru_cache(maxsize=_MOST_NAMES)(self._look_up)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "lifespan":
            self._server = uvicorn_server.running()
            return self.app(scope, receive, send)
        given = [value for name, value in scope["headers"] if name == b"host"]
        if all(map(self._is_known, given)) or self._admits_all(scope):
            return self.app(scope, receive, send)
        if scope["type"] == "websocket":
            LOGGER.warning("a WebSocket to %r was refused: NEUTRINO_HOSTS allows it", given)
            return WebSocketClose(_POLICY_VIOLATION)(scope, receive, send)
        detail = "This server does not answer to this host; NEUTRINO_HOSTS names those it does."
        return JSONResponse({"detail": detail}, 403)(scope, receive, send)

    def admits(self, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Whether a request with these headers passes, as far as can be told without the rest."""
        if all(self._is_known(value) for name, value in headers if name == b"host"):
            return True
        if self._allowed:
            return False
        self._server = self._server or uvicorn_server.running()
        bound = uvicorn_server.bound(self._server, None)
        return bool(bound) and not any(map(is_loopback, bound))

    def _look_up(self, authority: bytes) -> bool:
        found = _AUTHORITY.fullmatch(authority.decode("latin-1").strip())
        if found is None:
            return False
        name = found[1].lower().removesuffix(".")
        return is_loopback(name.strip("[]")) or any(_matches(name, each) for each in self._allowed)

    def _admits_all(self, scope: Scope) -> bool:
        if self._allowed:
            return self._is_open(scope)
        address, port = scope.get("server") or ("", None)
        bound = uvicorn_server.bound(self._server, port)
        # Where nothing is known of the sockets, the address that was called tells.
        return not all(map(is_loopback, bound or [str(address)]))


def is_loopback(name: str) -> bool:
    """Whether a name or an address leads to the machine that it is used on, on every machine."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _matches(name: str, allowed: str) -> bool:
    if allowed.startswith("*."):
        return name.endswith(allowed[1:])
    return name == allowed
