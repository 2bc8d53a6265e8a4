"""Who may call: API keys, and web pages of other origins. Pure ASGI layers around an app.

The header that carries a key is taken out, as a gateway would: the app never sees a key. A browser
can set no header on a WebSocket and shows no page with one, so there a key may also come as a
sub-protocol, and for the pages below /docs as the password of HTTP Basic. Basic opens nothing else:
browsers send it along with whatever another site makes them send.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from ..paths import DOCS, HEALTH_PATHS, MCP, OPENAPI
from ..problems import LOGGER
from ..settings import SHORTEST_KEY, Digests, digest

RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]]

# Who calls, where keys are asked for; the description of the API looks whether it is there.
CALLER = "neutrino.caller"
# Offered beside the key, as browsers want an answer to what they offer; the key is none.
SUBPROTOCOL = "neutrino"
KEY_SUBPROTOCOL = "neutrino.key."
_AFTER = len(KEY_SUBPROTOCOL)
_SUBPROTOCOLS = b"sec-websocket-protocol"

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}

_POLICY_VIOLATION = 1008
_BASIC = 'Basic realm="An API key as the password", charset="UTF-8"'


def is_health(scope: Scope) -> bool:
    """Whether somebody asks for nothing but the app's health, or whether it is ready."""
    is_read = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
    return is_read and path(scope) in HEALTH_PATHS


def path(scope: Scope) -> str:
    """The path of a request below the app's prefix, which is the scope's `root_path`."""
    whole: str = scope["path"]
    prefix = scope.get("root_path", "")
    return whole[len(prefix) :] if prefix and whole.startswith(f"{prefix}/") else whole


class Keys:
    """Lets in who knows a key. `is_open` tells which requests need none."""

    def __init__(
        self, app: ASGIApp, digests: Digests, *, is_open: Callable[[Scope], bool] = is_health
    ) -> None:
        self.app = app
        self._digests = digests
        self._is_open = is_open

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "lifespan" or self._is_open(scope):
            return self.app(scope, receive, send)
        is_page = _is_page(scope)
        number, is_given, scope["headers"] = self._take(scope["headers"], is_page)
        number = self._take_subprotocols(scope) or number
        if number:
            scope[CALLER] = f"key {number}"
            return self.app(scope, receive, send)
        if scope["type"] == "websocket":
            return WebSocketClose(_POLICY_VIOLATION)(scope, receive, send)
        bearer = 'Bearer error="invalid_token"' if is_given else "Bearer"
        headers = {"WWW-Authenticate": f"{_BASIC}, {bearer}" if is_page else bearer}
        detail = "The API key is not known." if is_given else "An API key is needed."
        return JSONResponse({"detail": detail}, 401, headers)(scope, receive, send)

    def admits(self, headers: RawHeaders) -> RawHeaders | None:
        """The headers that the app sees of a request with a key; None without one."""
        number, _, kept = self._take(headers, is_page=False)
        return kept if number else None

    def _take(self, headers: RawHeaders, is_page: bool) -> tuple[int, bool, RawHeaders]:
        """Take known keys out of headers; gives the number of one, whether any key came, and what
        is left. Sub-protocols are left out, which `_take_subprotocols` says."""
        number, is_given = 0, False
        kept = []
        for name, value in headers:
            key = _key_in(name, value, is_page)
            found = self._number(key) if key is not None else 0
            number, is_given = found or number, is_given or key is not None
            if not found and name != _SUBPROTOCOLS:
                kept.append((name, value))
        return number, is_given, kept

    def _take_subprotocols(self, scope: Scope) -> int:
        """Take keys out of what a WebSocket offers; gives the number of one that is known."""
        number = 0
        offered = scope.get("subprotocols")
        if offered:
            keys = [each for each in offered if each.startswith(KEY_SUBPROTOCOL)]
            scope["subprotocols"] = others = [each for each in offered if each not in keys]
            for each in keys:
                number = self._number(each[_AFTER:].encode()) or number
            said = [(_SUBPROTOCOLS, ", ".join(others).encode())] if others else []
            scope["headers"] = [*scope["headers"], *said]
        return number

    def _number(self, key: bytes) -> int:
        """Find a key, in a time that does not tell how far off it is; 0 where it is not known."""
        if len(key) < SHORTEST_KEY:
            # Whatever a hash is the hash of: no text or a few letters open nothing.
            return 0
        given, number = digest(key), 0
        for n, known in enumerate(self._digests, 1):
            if hmac.compare_digest(given, known):
                number = n
        return number


class Origins:
    """Keeps pages of other origins from opening WebSockets, which CORS does not, and from MCP."""

    def __init__(self, app: ASGIApp, allowed: tuple[str, ...], *, has_mcp: bool = False) -> None:
        self.app = app
        self._allowed = allowed
        self._has_mcp = has_mcp

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        is_mcp = self._has_mcp and scope["type"] == "http" and path(scope) == MCP
        if not (is_mcp or scope["type"] == "websocket") or self._admits(scope):
            return self.app(scope, receive, send)
        if is_mcp:
            detail = "This origin may not call; NEUTRINO_CORS_ORIGINS names those that may."
            return JSONResponse({"detail": detail}, 403)(scope, receive, send)
        LOGGER.warning(
            "a WebSocket from %r was refused: NEUTRINO_CORS_ORIGINS allows it", _origin(scope)
        )
        return WebSocketClose(_POLICY_VIOLATION)(scope, receive, send)

    def _admits(self, scope: Scope) -> bool:
        origin = _origin(scope)
        headers = dict(scope["headers"])
        # A page cannot set the second, so a proxy that changes the first may say what it was.
        hosts = {headers.get(b"host"), headers.get(b"x-forwarded-host")} - {None}
        return not origin or origin in self._allowed or _host(origin) in hosts


def secured(described: dict[str, Any]) -> dict[str, Any]:
    """Tell in a description of the API how a key is given."""
    components = described.get("components", {})
    schemes = {**SCHEMES, **components.get("securitySchemes", {})}
    return {
        **described,
        "components": {**components, "securitySchemes": schemes},
        "security": [{name: []} for name in SCHEMES],
    }


def _is_page(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
        return False
    asked = path(scope)
    return asked in {DOCS, OPENAPI} or asked.startswith(f"{DOCS}/assets/")


def _key_in(name: bytes, value: bytes, is_page: bool) -> bytes | None:
    """The key that a header gives."""
    if name == b"x-api-key":
        return value.strip()
    if name != b"authorization":
        return None
    scheme, _, given = value.strip().partition(b" ")
    if scheme.lower() == b"bearer":
        return given.strip()
    if scheme.lower() == b"basic" and is_page:
        try:
            return b64decode(given.strip(), validate=True).partition(b":")[2]
        except binascii.Error:
            return b""
    return None


def _origin(scope: Scope) -> str:
    given: bytes = dict(scope["headers"]).get(b"origin", b"")
    return given.decode("latin-1").lower()


def _host(origin: str) -> bytes:
    return urlsplit(origin).netloc.encode("latin-1")
