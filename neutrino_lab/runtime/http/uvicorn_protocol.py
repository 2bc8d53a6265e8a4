"""A protocol class for uvicorn that answers ordinary requests before a scope exists.

    uvicorn main:app --http runtime.http.uvicorn_protocol:Protocol

The app stays an ordinary ASGI app: what is not plainly in order takes uvicorn's own way through
it. `Protocol` is uvicorn's own class where uvicorn is not as this one needs it.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.utils import get_client_addr, get_path_with_query_string

from .. import problems
from .compiled import Compiled
from .extraction import Unusual, Values
from .guard import now
from .responses import Rendered
from .table import Table

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
    }
)
_METHODS = {
    "on_message_begin": ("self",),
    "on_url": ("self", "url"),
    "on_header": ("self", "name", "value"),
    "on_headers_complete": ("self",),
    "on_body": ("self", "body"),
    "on_message_complete": ("self",),
    "on_response_complete": ("self",),
}
_CYCLE = (
    *("self", "scope", "transport", "flow", "logger", "access_logger", "access_log"),
    *("default_headers", "message_event", "expect_100_continue", "keep_alive", "on_response"),
)


class Fast(HttpToolsProtocol):
    """Looks the endpoint up when the headers are complete, and calls it when the body is.

    While an answer is pending, `cycle` is a stand-in that says so: uvicorn then queues what is
    pipelined behind it, and closes the connection after it when the server shuts down.
    """

    _request: _Request | None = None
    _defaults: tuple[Any, bytes] = (None, b"")

    def default_head(self) -> bytes:
        """The headers that uvicorn adds to each answer, which change once a second."""
        headers = self.server_state.default_headers
        if self._defaults[0] is not headers:
            text = b"".join(b"%s: %s\r\n" % (name, value) for name, value in headers)
            self._defaults = headers, text
        return self._defaults[1]

    def on_message_begin(self) -> None:
        self._request = None
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        request = self._request = self._look_up()
        if request is None:
            self._leave_to_uvicorn()
        else:
            self.cycle = request  # type: ignore[assignment]

    def on_body(self, body: bytes) -> None:
        request = self._request
        if request is None:
            super().on_body(body)
            return
        request.body += body
        takes_body = request.compiled.extraction.takes_body
        if len(request.body) > MOST_BODY_BYTES or not takes_body:
            self._request = None
            self.cycle = None  # type: ignore[assignment]
            self._leave_to_uvicorn()
            super().on_body(bytes(request.body))

    def on_message_complete(self) -> None:
        request, self._request = self._request, None
        if request is None:
            super().on_message_complete()
        elif request.reads_body():
            request.answer()
        else:
            self.cycle = None  # type: ignore[assignment]
            self._leave_to_uvicorn()
            super().on_body(bytes(request.body))
            super().on_message_complete()

    def _look_up(self) -> _Request | None:
        """Find what answers, unless anything about the request is unusual."""
        front = _front(self.app)
        table: Table[Compiled] | None = front and front.fast_table
        if table is None or not self._is_usual() or not front.admits(self.headers):
            return None
        raw_path, _, query = self.url.partition(b"?")
        path = raw_path.decode("ascii")
        if "%" in path:
            path = unquote(path)
        method = self.parser.get_method().decode("ascii")
        found = table.find(method, path)
        if found is None:
            return None
        compiled, segments = found
        try:
            values = compiled.extraction.values(segments, query, self.headers)
        except Unusual:
            return None
        return _Request(self, compiled, values, method)

    def _is_usual(self) -> bool:
        """Whether nothing about the connection and the head concerns uvicorn."""
        is_free = self.cycle is None or self.cycle.response_complete
        return (
            is_free
            and not self.expect_100_continue
            and not self.limit_concurrency
            and not self.root_path
            and self.parser.get_http_version() == "1.1"
            and all(name != b"connection" for name, _ in self.headers)
            and self.url.startswith(b"/")
            and self.url.isascii()
            and b"#" not in self.url
        )

    def _leave_to_uvicorn(self) -> None:
        """Begin the request once more, as uvicorn does."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url = url
        self.headers += headers
        self.expect_100_continue = expects
        super().on_headers_complete()


class _Unheard:
    """In the place of an event for which nobody waits."""

    def set(self) -> None:
        pass


_UNHEARD = _Unheard()


class _Request:
    """One request that is answered here; also uvicorn's cycle for as long as that takes."""

    def __init__(self, protocol: Fast, compiled: Compiled, values: Values, method: str) -> None:
        self.compiled = compiled
        self.body = bytearray()
        self._protocol = protocol
        self._values = values
        self._method = method
        self._url = protocol.url
        self._headers = protocol.headers
        self._started = now()
        # What uvicorn asks of a cycle, and tells one.
        self.keep_alive = True
        self.disconnected = False
        self.response_complete = False
        self.message_event = _UNHEARD

    def reads_body(self) -> bool:
        """Read the values of the body; false where FastAPI has to."""
        if self.compiled.extraction.takes_body:
            try:
                self._values |= self.compiled.extraction.body(bytes(self.body))
            except Unusual:
                return False
        return True

    def answer(self) -> None:
        """Call the function, and write what it gives as soon as that is there."""
        protocol, calling = self._protocol, self.compiled.calling
        if calling.is_on_loop:
            task = protocol.loop.create_task(self._on_loop())
            protocol.tasks.add(task)
            task.add_done_callback(protocol.tasks.discard)
        else:
            # The server waits for it, and calls it off, as for a task.
            protocol.tasks.add(self)  # type: ignore[arg-type]
            calling.threads.submit(calling.alone, (self._values,), self._from_thread)

    def cancel(self, msg: Any = None) -> None:
        """Say that the server's end has come first. The function cannot be stopped."""
        del msg
        if not self.response_complete:
            self.keep_alive = False
            self._send(problems.response(problems.CUT_SHORT))

    async def _on_loop(self) -> None:
        try:
            response = await self.compiled.calling.respond(self._values)
        except asyncio.CancelledError:
            self.cancel()
            raise
        except BaseException as error:  # noqa: BLE001 - uvicorn and FastAPI say what it becomes
            self._raise(error)
        else:
            self._write(response)

    def _from_thread(self, result: Any, error: BaseException | None) -> None:
        self._protocol.tasks.discard(self)
        if self.response_complete:
            return  # it was called off
        if error is not None:
            self._raise(error)
        elif type(result) is Rendered:
            self._write(result)
        else:

            async def finish(scope: Scope, receive: Receive, send: Send) -> None:
                response = await self.compiled.calling.finish(result)
                await response(scope, receive, send)

            self._run(finish)

    def _raise(self, error: BaseException) -> None:
        async def raising(_scope: Scope, _receive: Receive, _send: Send) -> None:
            raise error

        self._run(raising)

    def _write(self, response: Response) -> None:
        is_plain = type(response) is Rendered and _is_safe(response.media_type)
        if is_plain and not self._protocol.flow.write_paused:
            self._send(response)
        else:
            self._run(response)

    def _send(self, response: Response) -> None:
        """Write a response at once, as uvicorn writes it."""
        protocol, transport = self._protocol, self._protocol.transport
        if not transport.is_closing():
            if protocol.access_log:
                self._log(response.status_code)
            head = [httptools_impl.STATUS_LINE[response.status_code], protocol.default_head()]
            for name, value in response.raw_headers:
                head += (name, b": ", value, b"\r\n")
            if not self.keep_alive:
                head.append(b"connection: close\r\n")
            transport.write(b"".join((*head, b"\r\n", response.body)))
        self.response_complete = True
        self.compiled.guard.note(response.status_code, self._started)
        if not self.keep_alive:
            transport.close()
        protocol.on_response_complete()

    def _run(self, app: ASGIApp) -> None:
        """Answer with an ASGI app, as uvicorn runs one: what streams, waits or raises."""
        protocol = self._protocol

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            await self.compiled.guard.run(app, self._started, scope, receive, send)

        cycle = httptools_impl.RequestResponseCycle(
            scope=self._scope(),  # type: ignore[arg-type]
            transport=protocol.transport,
            flow=protocol.flow,
            logger=protocol.logger,
            access_logger=protocol.access_logger,
            access_log=protocol.access_log,
            default_headers=protocol.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=self.keep_alive,
            on_response=protocol.on_response_complete,
        )
        cycle.more_body = False
        cycle.message_event.set()
        cycle.disconnected = self.disconnected
        if protocol.cycle is self:  # type: ignore[comparison-overlap]
            protocol.cycle = cycle
        task = protocol.loop.create_task(cycle.run_asgi(guarded))  # type: ignore[arg-type]
        protocol.tasks.add(task)
        task.add_done_callback(protocol.tasks.discard)

    def _scope(self) -> Scope:
        protocol = self._protocol
        raw_path, _, query = self._url.partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": protocol.config.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": protocol.server,
            "client": protocol.client,
            "scheme": protocol.scheme,
            "root_path": "",
            "headers": self._headers,
            "state": protocol.app_state.copy(),
            "method": self._method,
            "path": unquote(raw_path.decode("ascii")),
            "raw_path": raw_path,
            "query_string": query,
        }

    def _log(self, status: int) -> None:
        scope: Any = self._scope()
        self._protocol.access_logger.info(
            '%s - "%s %s HTTP/%s" %d',
            get_client_addr(scope),
            self._method,
            get_path_with_query_string(scope),
            "1.1",
            status,
        )


def _front(app: Any) -> Any:
    """The app that is served, without what uvicorn puts around it."""
    while isinstance(app, ProxyHeadersMiddleware):
        app = app.app
    return app if hasattr(app, "fast_table") else None


@lru_cache(maxsize=64)
def _is_safe(media_type: str | None) -> bool:
    """Whether a media type may be written into a head as it stands; uvicorn refuses others."""
    return media_type is None or (media_type.isascii() and media_type.isprintable())


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
