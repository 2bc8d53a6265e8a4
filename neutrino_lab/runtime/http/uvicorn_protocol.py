"""A protocol class for uvicorn that answers ordinary requests before a scope exists.

    uvicorn main:app --http runtime.http.uvicorn_protocol:Protocol

The app stays an ordinary ASGI app: what is not plainly in order takes uvicorn's own way through
it. `Protocol` is uvicorn's own class where uvicorn is not as this one needs it.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from .compiled import Compiled
from .extraction import Unusual
from .table import Table
from .uvicorn_request import Request, Target

if TYPE_CHECKING:
    from uvicorn.protocols.http import httptools_impl
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
else:
    try:
        from uvicorn.protocols.http import httptools_impl
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:  # no httptools: uvicorn parses in Python
        httptools_impl, HttpToolsProtocol = None, object

LOGGER = logging.getLogger("uvicorn.error")

# Larger bodies are left to uvicorn, which lets their sender wait for the reader.
MOST_BODY_BYTES = 1 << 20

# What is used of uvicorn's class, and would be missed.
_ATTRIBUTES = frozenset(
    {
        *("access_log", "access_logger", "app", "client", "config", "cycle", "flow", "loop"),
        *("headers", "limit_concurrency", "parser", "root_path", "scheme", "server", "tasks"),
        *("server_state", "transport", "expect_100_continue", "logger", "app_state"),
        *("pipeline", "timeout_keep_alive", "timeout_keep_alive_task"),
    }
)
_METHODS = {
    "connection_made": ("self", "transport"),
    "data_received": ("self", "data"),
    "_unset_keepalive_if_required": ("self",),
    "on_message_begin": ("self",),
    "on_url": ("self", "url"),
    "on_header": ("self", "name", "value"),
    "on_headers_complete": ("self",),
    "on_body": ("self", "body"),
    "on_message_complete": ("self",),
    "on_response_complete": ("self",),
    "shutdown": ("self",),
    "timeout_keep_alive_handler": ("self",),
}
_CYCLE = (
    *("self", "scope", "transport", "flow", "logger", "access_logger", "access_log"),
    *("default_headers", "message_event", "expect_100_continue", "keep_alive", "on_response"),
)


Listen: TypeAlias = Callable[[Scope, bytes], None]

# A request line that stands for itself, up to what the parser might see differently.
_LINE = re.compile(rb"(GET|POST|PUT|PATCH|DELETE) (/[\w.~!$&'()*+,;=:@%/?-]*) HTTP/1\.1")
# Longer headers are not remembered: it is done for each connection.
_MOST_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class _Head:
    """The headers of a request that was answered here, as text and as the app sees them, and how
    many bytes of a body followed."""

    text: bytes
    headers: list[tuple[bytes, bytes]]
    body_bytes: int


class Fast(HttpToolsProtocol):
    """Looks the endpoint up when the headers are complete, and calls it when the body is.

    While an answer is pending, `cycle` is a stand-in that says so: uvicorn then queues what is
    pipelined behind it, and closes the connection after it when the server shuts down.

    A client says the same headers with each of its requests, and often the same line. What was
    found out about them when the parser read them still holds where the same bytes come again.

    A timer for each answer costs more than all the rest of ending one. So one is left to run
    through requests, and looks when it ends whether the connection has been idle for all that time.
    """

    _front: Any = None
    listen: Listen | None = None
    _request: Request | None = None
    _defaults: tuple[Any, dict[int, bytes]] = (None, {})
    _is_between = True  # no request has been read in part
    _chunk = b""  # what was received last, if a request began with it
    _head: _Head | None = None
    _target: tuple[bytes, Target] | None = None  # the line of a request, and what it asks for
    _answered = 0.0  # when the last answer ended, by the loop's clock

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # These concern uvicorn, whatever is asked.
        added = {name for name, _ in self.config.encoded_headers}
        is_plain = not (self.limit_concurrency or self.root_path or b"connection" in added)
        self._front = _front(self.app, self.server) if is_plain else None
        self.listen = getattr(self._front, "listen", None)

    def data_received(self, data: bytes) -> None:
        if self._is_between:
            if self._head is not None and self._repeats(self._head, data):
                return
            self._chunk = data
        else:
            self._chunk = b""
        super().data_received(data)

    def _repeats(self, head: _Head, data: bytes) -> bool:
        """Answer a request with the headers of the one before; false leaves it to the parser."""
        line_end = data.find(b"\r\n")
        head_end = line_end + len(head.text)
        if len(data) != head_end + head.body_bytes or not data.startswith(head.text, line_end):
            return False
        if not self._is_free():
            return False
        target = self._asked(data[:line_end])
        if target is None:
            return False
        request = self._make(target, head.headers)
        if request is None:
            return False
        if head.body_bytes:
            request.body = data[head_end:]
        if not request.reads_body():
            return False
        self.cycle = request  # type: ignore[assignment]
        request.answer()
        return True

    def _asked(self, line: bytes) -> Target | None:
        """Read a request line, or recall what the same line has asked for before."""
        known = self._target
        if known is not None and known[0] == line and known[1].table is self._front.fast_table:
            return known[1]
        match = _LINE.fullmatch(line)
        target = match and self._look_up(match[1].decode("ascii"), match[2])
        if target is None:
            return None
        self._target = line, target
        return target

    def _remember(self, request: Request) -> None:
        """Keep the headers of a request that came in one piece and by itself."""
        chunk, self._chunk = self._chunk, b""
        line_end, head_end = chunk.find(b"\r\n"), chunk.find(b"\r\n\r\n") + 4
        text, body_bytes = chunk[line_end:head_end], len(request.body)
        # One line for each header that the parser has seen: none hides an end, or goes over two.
        lines = len(self.headers) + 2
        is_plain = all(text.count(mark) == lines for mark in (b"\r\n", b"\r", b"\n"))
        if is_plain and len(text) <= _MOST_HEAD_BYTES and len(chunk) == head_end + body_bytes:
            self._head = _Head(text, request.headers, body_bytes)

    def head(self, status: int) -> bytes:
        """The line of a status, and the headers that uvicorn adds to each answer, which change once
        a second."""
        headers = self.server_state.default_headers
        if self._defaults[0] is not headers:
            self._defaults = headers, {}
        heads = self._defaults[1]
        if status not in heads:
            lines = [b"%s: %s\r\n" % (name, value) for name, value in headers]
            heads[status] = b"".join((httptools_impl.STATUS_LINE[status], *lines))
        return heads[status]

    def on_response_complete(self) -> None:
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._answered = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        left_s = self._answered + self.timeout_keep_alive - self.loop.time()
        if not self._is_free():
            return  # the end of the answer begins another
        if left_s > 0:
            self._wait(left_s)
        else:
            super().timeout_keep_alive_handler()

    def _wait(self, pause_s: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            pause_s, self.timeout_keep_alive_handler
        )

    def on_message_begin(self) -> None:
        self._is_between = False
        self._request = None
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        method = self.parser.get_method().decode("ascii")
        headers = self._front.admits(self.headers) if self._front and self._is_usual() else None
        request = None
        if headers is not None and (target := self._look_up(method, self.url)) is not None:
            request = self._make(target, [*headers])
        if request is not None and not request.compiled.extraction.takes_body and self._has_body():
            request = None  # it is answered before a body that nobody reads has come
        self._request = request
        if request is None:
            self._leave_to_uvicorn()
        else:
            self.cycle = request  # type: ignore[assignment]

    def on_body(self, body: bytes) -> None:
        request = self._request
        if request is None:
            super().on_body(body)
            return
        if not request.body:
            request.body = bytearray()
        request.body += body
        takes_body = request.compiled.extraction.takes_body
        if len(request.body) > MOST_BODY_BYTES or not takes_body:
            self._hand_over(request)

    def on_message_complete(self) -> None:
        self._is_between = True
        request = self._request
        if request is not None and request.reads_body():
            self._request = None
            self._remember(request)
            request.answer()
            return
        if request is not None:
            self._hand_over(request)
        super().on_message_complete()

    def shutdown(self) -> None:
        if self._request is not None:
            # No task waits for its body yet, which the end of the server could cut short.
            self._hand_over(self._request)
        super().shutdown()

    def _look_up(self, method: str, url: bytes) -> Target | None:
        """Find what answers at a URL."""
        table: Table[Compiled] | None = self._front and self._front.fast_table
        if table is None:
            return None
        raw_path, _, query = url.partition(b"?")
        path = raw_path.decode("ascii")
        if "%" in path:
            path = unquote(path)
        found = table.find(method, path)
        return None if found is None else Target(table, method, url, *found, query)

    def _make(self, target: Target, headers: list[tuple[bytes, bytes]]) -> Request | None:
        """Make the request, unless something about its values is unusual."""
        try:
            values = target.compiled.extraction.values(target.segments, target.query, headers)
        except Unusual:
            return None
        return Request(self, target, values, headers)

    def _is_free(self) -> bool:
        """Whether nothing is under way."""
        return self.cycle is None or self.cycle.response_complete

    def _is_usual(self) -> bool:
        """Whether nothing is under way, and nothing about the head concerns uvicorn."""
        return (
            self._is_free()
            and not self.expect_100_continue
            and self.parser.get_http_version() == "1.1"
            # By any header that the parser knows of, as is `Proxy-Connection`.
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
            # Browsers and most libraries say what holds anyway.
            and all(
                name != b"connection" or value.lower() == b"keep-alive"
                for name, value in self.headers
            )
            and self.url.startswith(b"/")
            and self.url.isascii()
            and b"#" not in self.url
        )

    def _has_body(self) -> bool:
        """Whether the head tells of a body."""
        return any(
            name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
            for name, value in self.headers
        )

    def _hand_over(self, request: Request) -> None:
        """Leave a request to uvicorn of whose body some has come."""
        self._request = None
        self.cycle = None  # type: ignore[assignment]
        self._leave_to_uvicorn()
        super().on_body(bytes(request.body))

    def _leave_to_uvicorn(self) -> None:
        """Begin the request once more, as uvicorn does."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url = url
        self.headers += headers
        self.expect_100_continue = expects
        super().on_headers_complete()


def _front(app: Any, server: tuple[str, int | None] | None) -> Any:
    """What tells of the app that is served at an address, without what uvicorn puts around it.

    It has a `fast_table` and `admits`, and `listen` where somebody is told of a request, in its own
    context, before its function is called. One app may be several, by the address.
    """
    while isinstance(app, ProxyHeadersMiddleware):
        app = app.app
    if hasattr(app, "front"):
        app = app.front(server)
    return app if hasattr(app, "fast_table") else None


def fits() -> bool:
    """Whether uvicorn's class is as `Fast` needs it."""
    if httptools_impl is None:
        return False
    names = set(HttpToolsProtocol.__init__.__code__.co_names)
    methods = {
        name: tuple(inspect.signature(getattr(HttpToolsProtocol, name, fits)).parameters)
        for name in _METHODS
    }
    cycle = inspect.signature(httptools_impl.RequestResponseCycle.__init__)
    return names >= _ATTRIBUTES and methods == _METHODS and tuple(cycle.parameters) == _CYCLE


def choose() -> type[asyncio.Protocol]:
    """Choose the class to serve with, and say so where it is uvicorn's own."""
    if fits():
        return Fast
    LOGGER.warning(
        "This uvicorn is not one that requests can be answered ahead in: "
        "they all take its own way, which is slower."
    )
    return AutoHTTPProtocol


Protocol = choose()
