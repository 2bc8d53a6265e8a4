"""Endpoints that answer ordinary requests themselves, before FastAPI is asked.

FastAPI's route stays the reference: it has made the validators, words every error, and gets each
request that is not plainly in order as it came, before the function has been called.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .. import cell_context, problems
from ..cell_context import Variables
from ..tools.served import INNER
from .calling import Calling
from .extraction import Extraction, Unusual
from .guard import Guard, Started, is_gone, now
from .responses import Rendered
from .table import Table


class Compiled:
    """One endpoint: reads its values, calls its function, writes the response."""

    __slots__ = ("calling", "extraction", "guard")

    def __init__(self, extraction: Extraction, calling: Calling, guard: Guard) -> None:
        self.extraction = extraction
        self.calling = calling
        self.guard = guard

    @classmethod
    def of(cls, route: APIRoute, calling: Calling, guard: Guard) -> Compiled | None:
        """Compile a route; None where it takes what only FastAPI can give."""
        extraction = Extraction.of(route)
        return None if extraction is None else cls(extraction, calling, guard)

    async def answer(
        self,
        path: Mapping[str, str],
        fastapi: ASGIApp,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Answer a request whose path has these parameters. One that is not plainly in order goes
        to `fastapi` as it came; what the function raises becomes an answer."""
        started = now()
        received: list[Message] = []
        try:
            values = self.extraction.values(path, scope["query_string"], scope["headers"])
            if self.extraction.takes_body:
                values |= self.extraction.body(await _body(receive, received))
        except Unusual:
            await fastapi(scope, _again(received, receive), send)
            return
        except (asyncio.CancelledError, *problems.RAISED) as error:
            # What refuses the rest of a body raises where it is read, as does the server's end.
            await self.refuse(error, started, scope, receive, send)
            return
        try:
            response = await self.calling.respond(values)
        except (asyncio.CancelledError, *problems.RAISED) as error:
            await self.refuse(error, started, scope, receive, send)
            return
        if type(response) is not Rendered:
            await self.guard.run(response, started, scope, receive, send)
            return
        await _send(response, send)
        self.guard.note(response.status_code, started)

    async def refuse(
        self, error: BaseException, started: Started, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer an exception of the function, or say that it was cut short."""
        await self.guard.run(problems.raising(error), started, scope, receive, send)


class Dispatch:
    """Middleware that stands right before FastAPI's router; what that calls finds `variables`."""

    def __init__(self, app: ASGIApp, table: Table[Compiled], variables: Variables) -> None:
        self._app = app
        self._table = table
        self._variables = variables

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[INNER] = self
            path, root = scope["path"], scope.get("root_path", "")
            if root:
                path = path[len(root) :] if path.startswith(root) else ""
            found = self._table.find(scope["method"], path)
            if found is not None:
                compiled, values = found
                await compiled.answer(values, self._app, scope, receive, send)
                return
        cell_context.put(self._variables)
        await self._app(scope, receive, send)


async def _send(response: Response, send: Send) -> None:
    start = {"status": response.status_code, "headers": response.raw_headers}
    try:
        await send({"type": "http.response.start", **start})
        await send({"type": "http.response.body", "body": response.body})
    except (OSError, RuntimeError) as error:
        if not is_gone(error):
            raise


async def _body(receive: Receive, received: list[Message]) -> bytes:
    """Read a whole body, and keep what came. Raises Unusual where the client leaves meanwhile."""
    while True:
        message: Any = await receive()
        received.append(message)
        if message["type"] != "http.request":
            raise Unusual
        if not message.get("more_body", False):
            break
    if len(received) == 1:
        return bytes(received[0].get("body", b""))
    return b"".join(each.get("body", b"") for each in received)


def _again(received: list[Message], receive: Receive) -> Receive:
    """Give what was read already once more, and then what follows."""
    if not received:
        return receive
    waiting = iter(received)

    async def again() -> Message:
        for message in waiting:
            return message
        return await receive()

    return again
