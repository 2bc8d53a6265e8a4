"""One request that is answered before a scope exists: uvicorn's cycle for as long as that takes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from contextvars import copy_context
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.utils import get_client_addr, get_path_with_query_string

from .. import problems
from ..middleware.stack import nobody
from ..threads import Deliver
from .calling import Calling
from .compiled import Compiled
from .extraction import Unusual, Values
from .guard import now
from .responses import Rendered
from .table import Table

if TYPE_CHECKING:
    from uvicorn.protocols.http import httptools_impl

    from .uvicorn_protocol import Fast
else:
    try:
        from uvicorn.protocols.http import httptools_impl
    except ImportError:  # no httptools: uvicorn parses in Python
        httptools_impl = None


class _Unheard:
    """In the place of an event for which nobody waits."""

    def set(self) -> None:
        pass


_UNHEARD = _Unheard()
_CLOSE = (b"connection", b"close")


@dataclass(frozen=True, slots=True)
class Target:
    """What answers at a URL, as a version of the table had it, and the values in the URL."""

    table: Table[Compiled]
    method: str
    url: bytes
    compiled: Compiled
    segments: Mapping[str, str]
    query: bytes


class Request:
    """One request that is answered here; also uvicorn's cycle for as long as that takes."""

    __slots__ = (
        *("_protocol", "_started", "_target", "_values", "body", "compiled", "headers"),
        *("disconnected", "keep_alive", "message_event", "response_complete"),
    )

    def __init__(
        self,
        protocol: Fast,
        target: Target,
        values: Values,
        headers: list[tuple[bytes, bytes]],
    ) -> None:
        self.compiled = target.compiled
        self.body: bytes | bytearray = b""
        self._protocol = protocol
        self._values = values
        self._target = target
        self.headers = headers
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
        listen = self._protocol.listen
        if listen is None:
            self._call(self._from_thread)
            return
        context = copy_context()
        context.run(listen, self._scope(), bytes(self.body))

        def deliver(result: Any, error: BaseException | None) -> None:
            context.run(self._from_thread, result, error)

        context.run(self._call, deliver)

    def _call(self, deliver: Deliver) -> None:
        protocol, calling = self._protocol, self.compiled.calling
        if calling.is_on_loop:
            task = protocol.loop.create_task(self._on_loop(calling))
            protocol.tasks.add(task)
            task.add_done_callback(protocol.tasks.discard)
        else:
            # The server waits for it, and calls it off, as for a task.
            protocol.tasks.add(self)  # type: ignore[arg-type]
            calling.threads.submit(calling.alone, (self._values,), deliver)

    def cancel(self, msg: Any = None) -> None:
        """Say that the server's end has come first. The function cannot be stopped."""
        del msg
        if not self.response_complete:
            self.keep_alive = False
            self._send(problems.response(problems.CUT_SHORT))

    async def _on_loop(self, calling: Calling) -> None:
        try:
            response = await calling.respond(self._values)
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and not problems.is_users(error):
                self.cancel()
                raise
            # uvicorn and FastAPI say what it becomes.
            self._run(problems.raising(error))
        else:
            self._write(response)

    def _from_thread(self, result: Any, error: BaseException | None) -> None:
        self._protocol.tasks.discard(self)
        if self.response_complete:
            return  # it was called off
        if error is not None:
            self._run(problems.raising(error))
        elif type(result) is Rendered:
            self._write(result)
        else:

            async def finish(scope: Scope, receive: Receive, send: Send) -> None:
                response = await result.finish()
                await response(scope, receive, send)

            # What it gives piece by piece, or awaits, is the same call.
            result.context.run(self._run, finish)

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
            head = [protocol.head(response.status_code)]
            for name, value in response.raw_headers:
                head += (name, b": ", value, b"\r\n")
            if not self.keep_alive and _CLOSE not in response.raw_headers:
                head.append(b"%s: %s\r\n" % _CLOSE)
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
        raw_path, _, query = self._target.url.partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": protocol.config.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": protocol.server,
            "client": protocol.client,
            "scheme": protocol.scheme,
            "root_path": "",
            "headers": [*self.headers],  # shared with the requests that repeat them
            "state": protocol.app_state.copy(),
            "method": self._target.method,
            "path": unquote(raw_path.decode("ascii")),
            "raw_path": raw_path,
            "query_string": query,
        }

    def _log(self, status: int) -> None:
        scope: Any = self._scope()
        _name_caller(self._protocol.app, scope)
        self._protocol.access_logger.info(
            '%s - "%s %s HTTP/%s" %d',
            get_client_addr(scope),
            self._target.method,
            get_path_with_query_string(scope),
            "1.1",
            status,
        )


def _name_caller(app: Any, scope: Scope) -> None:
    """Let uvicorn's own layers say in a scope who has called by way of a proxy."""
    while isinstance(app, ProxyHeadersMiddleware):
        layer, app = copy(app), app.app
        layer.app = nobody  # type: ignore[assignment]
        with suppress(StopIteration):
            layer(scope, None, None).send(None)  # type: ignore[arg-type]


@lru_cache(maxsize=64)
def _is_safe(media_type: str | None) -> bool:
    """Whether a media type may be written into a head as it stands; uvicorn refuses others."""
    return media_type is None or (media_type.isascii() and media_type.isprintable())
