"""The tools as an MCP server: over HTTP behind the Jupyter server, or over standard streams."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ImageContent,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from neutrino_lab import __version__
from neutrino_lab.kernels import toolset
from neutrino_lab.kernels.errors import KernelsError
from neutrino_lab.kernels.executions import Execution
from neutrino_lab.kernels.service import Service
from neutrino_lab.lab.execution.live import Live

# What an answer may hold besides its text.
_MOST_PICTURES = 4
_MOST_PICTURE_CHARACTERS = 1_000_000

Context = ServerRequestContext[Any, Any]


def http(live: Live) -> tuple[Any, StreamableHTTPSessionManager]:
    """Give an ASGI app, and what is to run as long as it is used.

    Host and Origin are checked by the handler in front of it.
    """

    def owner(context: Context) -> str:
        request: Any = context.request
        return str(request.scope["neutrino"]["owner"])

    server = make(live.service, owner)
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    manager = StreamableHTTPSessionManager(server, security_settings=security)
    return manager.asgi_app, manager


async def stdio(service: Service) -> None:
    """Serve one client over standard input and output, until that ends."""

    async def given() -> Service:
        return service

    server = make(given, lambda _: "")
    async with stdio_server() as (reads, writes):
        await server.run(reads, writes, server.create_initialization_options())


def make(service: Callable[[], Awaitable[Service]], owner: Callable[[Context], str]) -> Server[Any]:
    """Make a server of the tools. `owner` names the user of a request."""

    async def list_tools(_: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        listed = toolset.tools((await service()).settings)
        return ListToolsResult(tools=[_tool(each) for each in listed])

    async def call_tool(context: Context, params: CallToolRequestParams) -> CallToolResult:
        follower: asyncio.Task[None] | None = None

        async def begun(execution: Execution) -> None:
            nonlocal follower
            follower = asyncio.create_task(_follow(context, execution))

        try:
            found = await service()
            answer = await toolset.call(
                found, owner(context), params.name, params.arguments or {}, begun
            )
        except KernelsError as error:
            answer = toolset.Answer(str(error), is_error=True)
        finally:
            if follower is not None:
                follower.cancel()
        return _result(answer)

    return Server(
        "neutrino-lab",
        version=__version__,
        title="Neutrino Lab: Python on Jupyter kernels",
        instructions="Run Python with executeNotebook; open a session first to keep its state.",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def _follow(context: Context, execution: Execution) -> None:
    """Tell the client that it runs, so that it does not give up."""
    async with aclosing(execution.read()) as events:
        async for event in events:
            if event.kind == "progress":
                elapsed_s = event.data["elapsed_ms"] / 1000
                await context.session.report_progress(elapsed_s, message="running")


def _tool(tool: toolset.Tool) -> Tool:
    return Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=dict(tool.schema),
        annotations=ToolAnnotations(
            title=tool.title,
            read_only_hint=tool.reads,
            destructive_hint=not tool.reads,
            open_world_hint=False,
        ),
    )


def _result(answer: toolset.Answer) -> CallToolResult:
    pictures = [
        ImageContent(data=data, mime_type=media)
        for media, data in answer.pictures[:_MOST_PICTURES]
        if len(data) <= _MOST_PICTURE_CHARACTERS
    ]
    return CallToolResult(
        content=[TextContent(text=answer.text), *pictures],
        structured_content=dict(answer.data) if answer.data is not None else None,
        is_error=answer.is_error,
    )
