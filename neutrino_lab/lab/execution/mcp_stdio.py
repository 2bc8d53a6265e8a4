"""`neutrino mcp`: the tools for a desktop client, with kernels of this process's own."""

from __future__ import annotations

from neutrino_lab.kernels import local
from neutrino_lab.kernels.settings import Settings
from neutrino_lab.lab.execution import mcp_server


async def run(settings: Settings) -> None:
    """Serve standard input and output until the client closes them."""
    async with local.service(settings) as service:
        await mcp_server.stdio(service)
