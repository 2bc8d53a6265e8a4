"""The tools over MCP, behind this server's own authentication."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any, cast

from jupyter_core.utils import ensure_async
from tornado.web import HTTPError

from neutrino_lab.lab.execution import asgi
from neutrino_lab.lab.execution.documented import Documents
from neutrino_lab.lab.execution.handler import ExecutionHandler
from neutrino_lab.lab.execution.live import Live
from neutrino_lab.lab.execution.served_tools import ServedTools
from neutrino_lab.lab.handler import KEY as SERVICES
from neutrino_lab.lab.handler import RESOURCE, executes, reads

KEY = "neutrino_lab_mcp"
MISSING = "MCP needs the package mcp: pip install 'neutrino-lab[mcp]'"


class Endpoint:
    """The MCP server, which is made when it is first asked for."""

    def __init__(self, live: Live) -> None:
        self.documents = Documents()
        self._live = live
        self._lock = asyncio.Lock()
        self._http: Any = None

    async def app(self) -> Any:
        """Give the ASGI app. Raises ImportError where the package is not installed."""
        async with self._lock:
            if self._http is None:
                http = import_module("neutrino_lab.lab.execution.mcp_server").http(self._live)
                await http.start()
                self._http = http
            return self._http

    async def close(self) -> None:
        """End the transport; nothing happens where it was never asked."""
        if self._http is not None:
            await self._http.stop()


class McpHandler(ExecutionHandler):
    """Streamable HTTP: what the mcp package makes of each request."""

    @reads
    async def get(self) -> None:
        await self._serve()

    @executes
    async def post(self) -> None:
        await self._serve()

    delete = post

    async def _serve(self) -> None:
        endpoint = cast("Endpoint", self.settings[KEY])
        try:
            app = await endpoint.app()
        except ImportError:
            raise HTTPError(501, MISSING) from None
        state = {"owner": self.user, "served": await self._served(), "lab": self.lab()}
        await asgi.serve(self, app, state)

    async def _served(self) -> ServedTools:
        """Give the tools of served notebooks to who may run what they hold."""
        if SERVICES not in self.settings:
            return ServedTools()
        asked = self.authorizer.is_authorized(self, self.current_user, "execute", RESOURCE)
        if not await ensure_async(asked):
            return ServedTools()
        endpoint = cast("Endpoint", self.settings[KEY])
        services = self.services
        return ServedTools(
            endpoint.documents, services.registry.notebooks, services.request_timeout_s
        )
