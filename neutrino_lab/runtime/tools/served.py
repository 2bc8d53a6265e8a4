"""The endpoints of an app at `/mcp`: what is served is what is called, in the same process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import ToolError
from . import calling, endpoints, replies
from .definition import Progress, Tool, ToolResult
from .endpoints import EndpointTool

# What stands right before the routes: it answers calls behind the layers that the request for them
# has passed already.
INNER = "neutrino.inner"
_VERSION = "neutrino.tools"
_INSTRUCTIONS = "Each tool is an HTTP endpoint of this service."


class Mcp:
    """Lives as long as the server; each request is for the version of the app that takes it."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._http: Any = None

    async def start(self) -> None:
        """Begin to answer. Loads the MCP library, which nothing needs before."""
        mcp_server = import_module(".mcp_server", __package__)
        server = mcp_server.make(
            _Calls(), version="1", title=self._title, instructions=_INSTRUCTIONS
        )
        # Without sessions: any process of a service may answer.
        self._http = mcp_server.Http(server, has_sessions=False)
        await self._http.start()

    async def stop(self) -> None:
        """End the calls that are under way; `start` may follow."""
        if self._http is not None:
            await self._http.stop()
            self._http = None

    def version(self, described: Callable[[], Sequence[EndpointTool]]) -> ASGIApp:
        """Give the ASGI app that answers for one version of an app. `described` is called by the
        first request that needs the tools."""
        return _Version(self, described)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of MCP's transport over HTTP; not before `start`."""
        assert self._http is not None
        await self._http(scope, receive, send)


class _Version:
    """Answers for one version of an app."""

    def __init__(self, mcp: Mcp, described: Callable[[], Sequence[EndpointTool]]) -> None:
        self._mcp = mcp
        self._described = described
        self._tools: Mapping[str, EndpointTool] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            # There is no stream to open, and no session to end.
            await Response(status_code=405, headers={"allow": "POST"})(scope, receive, send)
            return
        await self._mcp.answer({**scope, _VERSION: self}, receive, send)

    def by_name(self) -> Mapping[str, EndpointTool]:
        if not self._tools:
            self._tools = {each.tool.name: each for each in self._described()}
        return self._tools


class _Calls:
    """The tools of the version for which a request came."""

    async def listed(self, asking: Scope) -> Sequence[Tool]:
        return [each.tool for each in asking[_VERSION].by_name().values()]

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        asking: Scope,
        progress: Progress,  # noqa: ARG002
    ) -> ToolResult:
        found = asking[_VERSION].by_name().get(name)
        if found is None:
            raise ToolError(f"There is no tool {name}.")
        request = endpoints.request(found, arguments)
        return replies.answer(found.tool, await calling.ask(asking[INNER], request, asking))
