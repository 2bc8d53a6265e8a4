"""Tools over MCP: what the package `mcp` makes of definitions and of a function that calls them.

It is imported where MCP is wanted, and only there: the package is an extra.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import mcp.types as wire
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import NeutrinoError
from .definition import Progress, Tool, ToolResult, definitions

Context = ServerRequestContext[Any, Any]

_PROGRESS_S = 1.0
# What an answer may hold besides its text.
_MOST_PICTURES = 4
_MOST_PICTURE_CHARACTERS = 1_000_000


class Tools(Protocol):
    """Where tools come from. `asking` is the ASGI scope of the request, empty where it came over
    standard streams."""

    async def listed(self, asking: Scope) -> Sequence[Tool]:
        """Give the tools that the caller of a request may use."""

    async def call(
        self, name: str, arguments: Mapping[str, Any], asking: Scope, progress: Progress
    ) -> ToolResult:
        """Call a tool, and say in `progress` how far it is. Raises NeutrinoError where that cannot
        be done."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """A page of MCP Apps; `html` writes it for the request that asks for it."""

    uri: str
    title: str
    html: Callable[[Scope], str]


def make(
    tools: Tools, *, version: str, title: str, instructions: str, pages: Sequence[Page] = ()
) -> Server[Any]:
    """Make a server of tools. A call that is under way tells that it is, so that its client does
    not give it up."""

    async def list_tools(
        context: Context, _: wire.PaginatedRequestParams | None
    ) -> wire.ListToolsResult:
        described = definitions("mcp", await tools.listed(_asking(context)))
        return wire.ListToolsResult(tools=[wire.Tool.model_validate(each) for each in described])

    async def call_tool(
        context: Context, params: wire.CallToolRequestParams
    ) -> wire.CallToolResult:
        progress = Progress()
        telling = asyncio.create_task(_tell(context, progress))
        try:
            answer = await tools.call(
                params.name, params.arguments or {}, _asking(context), progress
            )
        except NeutrinoError as error:
            answer = ToolResult(str(error), is_error=True)
        finally:
            telling.cancel()
        return _result(answer)

    async def list_resources(
        _: Context, __: wire.PaginatedRequestParams | None
    ) -> wire.ListResourcesResult:
        listed = [
            wire.Resource(uri=each.uri, name=each.title, title=each.title, mime_type=APP_MIME_TYPE)
            for each in pages
        ]
        return wire.ListResourcesResult(resources=listed)

    async def list_templates(
        _: Context, __: wire.PaginatedRequestParams | None
    ) -> wire.ListResourceTemplatesResult:
        # There is none; clients ask wherever there are resources.
        return wire.ListResourceTemplatesResult(resource_templates=[])

    async def read_resource(
        context: Context, params: wire.ReadResourceRequestParams
    ) -> wire.ReadResourceResult:
        page = next((each for each in pages if each.uri == str(params.uri)), None)
        if page is None:
            raise MCPError(wire.INVALID_PARAMS, f"There is no resource {params.uri}.")
        text = page.html(_asking(context))
        content = wire.TextResourceContents(uri=page.uri, mime_type=APP_MIME_TYPE, text=text)
        return wire.ReadResourceResult(contents=[content])

    made: Server[Any] = Server(
        "neutrino-lab",
        version=version,
        title=title,
        instructions=instructions,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources if pages else None,
        on_list_resource_templates=list_templates if pages else None,
        on_read_resource=read_resource if pages else None,
    )
    if pages:
        made.extensions[EXTENSION_ID] = {}
    return made


class Http:
    """A server as an ASGI app, from `start` to `stop`. Who is in front of it checks callers, hosts
    and origins. Without sessions, each request stands for itself and any process may answer it."""

    def __init__(self, server: Server[Any], *, has_sessions: bool) -> None:
        self._manager = StreamableHTTPSessionManager(
            server,
            stateless=not has_sessions,
            security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        self._app: ASGIApp = self._manager.asgi_app
        self._end = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to answer; returns when requests may come."""
        ready = asyncio.Event()
        self._running = asyncio.create_task(self._run(ready))
        await ready.wait()

    async def stop(self) -> None:
        """End it, with the calls that are under way."""
        self._end.set()
        if self._running is not None:
            await asyncio.gather(self._running, return_exceptions=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def _run(self, ready: asyncio.Event) -> None:
        # Its task group has to be left in the task that has entered it.
        async with self._manager.run():
            ready.set()
            await self._end.wait()


def _asking(context: Context) -> Scope:
    request: Any = context.request
    return request.scope if request is not None else {}


async def _tell(context: Context, progress: Progress) -> None:
    while True:
        await asyncio.sleep(_PROGRESS_S)
        elapsed_s = round(time.monotonic() - progress.began, 1)
        total_s = None if progress.total_s is None else round(progress.total_s, 1)
        await context.session.report_progress(elapsed_s, total_s, progress.message)


def _result(answer: ToolResult) -> wire.CallToolResult:
    pictures = [
        wire.ImageContent(data=data, mime_type=media)
        for media, data in answer.pictures[:_MOST_PICTURES]
        if len(data) <= _MOST_PICTURE_CHARACTERS
    ]
    return wire.CallToolResult(
        content=[wire.TextContent(text=answer.text), *pictures],
        structured_content=dict(answer.data) if answer.data is not None else None,
        is_error=answer.is_error,
    )
