"""The tools of this server over MCP: kernels, and the endpoints of the notebooks that it serves."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from mcp.server.stdio import stdio_server
from starlette.types import Scope

from neutrino_lab import __version__
from neutrino_lab.kernels import local, toolset
from neutrino_lab.kernels.executions import Execution
from neutrino_lab.kernels.service import Service
from neutrino_lab.kernels.settings import Settings
from neutrino_lab.lab.execution import artifact
from neutrino_lab.lab.execution.live import Live
from neutrino_lab.lab.execution.served_tools import ServedTools
from neutrino_lab.runtime.tools import mcp_server
from neutrino_lab.runtime.tools.definition import Progress, Tool, ToolResult

_TITLE = "Neutrino Lab: Python on Jupyter kernels"
_INSTRUCTIONS = (
    "Run Python with executeNotebook; open a session first to keep its state. Tools that are named "
    "after functions call the endpoints of notebooks that are served here."
)
# In the words that users and models read.
_PHASES = {
    "starting": "waiting for a kernel that is starting",
    "queued": "waiting for what runs in the session",
    "running": "running",
}


def notebook_page(asking: Scope) -> str:
    """Write the page; it leads to JupyterLab where that is there."""
    return artifact.page(lab=str(asking["neutrino"]["lab"]) if asking else "")


_PAGES = (mcp_server.Page(toolset.PAGE, "Notebook", notebook_page),)


def http(live: Live) -> mcp_server.Http:
    """Give an ASGI app. Host and Origin are checked by the handler in front of it, which names the
    user, and gives him the tools of notebooks that he may call."""
    return mcp_server.Http(_server(_KernelTools(live.service)), has_sessions=True)


async def stdio(settings: Settings) -> None:
    """Serve one client over standard input and output, with kernels of this process's own, until
    that ends."""
    async with local.service(settings) as service:

        async def given() -> Service:
            return service

        server = _server(_KernelTools(given))
        async with stdio_server() as (reads, writes):
            await server.run(reads, writes, server.create_initialization_options())


class _KernelTools:
    def __init__(self, service: Callable[[], Awaitable[Service]]) -> None:
        self._service = service

    async def listed(self, asking: Scope) -> Sequence[Tool]:
        tools = toolset.tools((await self._service()).settings)
        return [*tools, *(each.tool for each in await _served(asking).listed())]

    async def call(
        self, name: str, arguments: Mapping[str, Any], asking: Scope, progress: Progress
    ) -> ToolResult:
        answer = await _served(asking).call(name, arguments)
        if answer is not None:
            return answer
        owner = str(asking["neutrino"]["owner"]) if asking else ""
        service = await self._service()
        return await toolset.call(service, owner, name, arguments, _follower(progress))


def _follower(progress: Progress) -> toolset.Follow:
    async def follow(execution: Execution) -> None:
        async with aclosing(execution.read()) as events:
            async for event in events:
                if event.kind != "progress":
                    continue
                limit_ms = event.data["limit_ms"]
                progress.message = _PHASES[event.data["phase"]]
                waited_s = time.monotonic() - progress.began - event.data["elapsed_ms"] / 1000
                progress.total_s = None if limit_ms is None else waited_s + limit_ms / 1000

    return follow


def _served(asking: Scope) -> ServedTools:
    found = asking["neutrino"]["served"] if asking else ServedTools()
    assert isinstance(found, ServedTools)
    return found


def _server(tools: _KernelTools) -> Any:
    return mcp_server.make(
        tools, version=__version__, title=_TITLE, instructions=_INSTRUCTIONS, pages=_PAGES
    )
