"""The tools over MCP, behind this server's own authentication."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from importlib import import_module
from typing import Any, cast

from tornado.web import HTTPError, authenticated

from neutrino_lab.lab.execution import asgi
from neutrino_lab.lab.execution.handler import ExecutionHandler
from neutrino_lab.lab.execution.live import Live
from neutrino_lab.lab.handler import executes, reads

KEY = "neutrino_lab_mcp"
MISSING = "MCP needs the package mcp: pip install 'neutrino-lab[mcp]'"


class Endpoint:
    """The MCP server, which is made when it is first asked for."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._lock = asyncio.Lock()
        self._app: Any = None
        self._stack = AsyncExitStack()
        self._running: asyncio.Task[None] | None = None
        self._end = asyncio.Event()

    async def app(self) -> Any:
        """Give the ASGI app. Raises ImportError where the package is not installed."""
        async with self._lock:
            if self._app is None:
                server = import_module("neutrino_lab.lab.execution.mcp_server")
                self._app, manager = server.http(self._live)
                ready = asyncio.Event()
                self._running = asyncio.create_task(self._run(manager, ready))
                await ready.wait()
            return self._app

    async def close(self) -> None:
        self._end.set()
        if self._running is not None:
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self, manager: Any, ready: asyncio.Event) -> None:
        # Its task group has to be left in the task that has entered it.
        async with manager.run():
            ready.set()
            await self._end.wait()


class McpHandler(ExecutionHandler):
    """Streamable HTTP: what the mcp package makes of each request."""

    @authenticated
    @reads
    async def get(self) -> None:
        await self._serve()

    @authenticated
    @executes
    async def post(self) -> None:
        await self._serve()

    @authenticated
    @executes
    async def delete(self) -> None:
        await self._serve()

    async def _serve(self) -> None:
        endpoint = cast("Endpoint", self.settings[KEY])
        try:
            app = await endpoint.app()
        except ImportError:
            raise HTTPError(501, MISSING) from None
        await asgi.serve(self, app, {"owner": self.user})
