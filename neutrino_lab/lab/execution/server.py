"""`neutrino kernels serve`: a Jupyter server that runs code on kernels, and does nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError
from traitlets import TraitError

from neutrino_lab.kernels import isolation
from neutrino_lab.kernels.errors import NoKernelError, UnknownKernelError
from neutrino_lab.kernels.pool import Pool

_END_S = 8.0


class PooledKernelManager(AsyncMappingKernelManager):
    """Takes the kernels that its API starts from the pool; the pool itself starts its own here."""

    pool: Pool | None = None

    async def start_kernel(self, *, kernel_id: str | None = None, **options: Any) -> str:  # type: ignore[override]
        """Lend a kernel of the pool and give its id; one of a given id is started. Raises
        HTTPError: 400 for an unknown name, 503 where none can be had."""
        # A server without contents has no folders to start a kernel in.
        options.pop("path", None)
        if self.pool is None or kernel_id is not None or isolation.is_wanted():
            return await super().start_kernel(kernel_id=kernel_id, **options)
        try:
            return await self.pool.lend(options.get("kernel_name") or self.default_kernel_name)
        except UnknownKernelError as error:
            raise HTTPError(400, str(error)) from None
        except NoKernelError as error:
            raise HTTPError(503, str(error)) from None

    def kernel_model(self, kernel_id: str) -> Any:
        """Describe a kernel. Raises KeyError for one that is just being taken in and has no
        activity yet: a list of all, which would fail with it, leaves it out then."""
        try:
            return super().kernel_model(kernel_id)  # type: ignore[no-untyped-call]
        except TraitError:
            raise KeyError(kernel_id) from None

    def remove_kernel(self, kernel_id: str) -> Any:
        """Remove a kernel that has ended, and tell the pool that its place is free."""
        removed = super().remove_kernel(kernel_id)
        if self.pool is not None:
            self.pool.give_back(kernel_id)
        return removed


class KernelServer(ServerApp):
    """A Jupyter server of kernels alone: contents, files, terminals and sessions are not there."""

    name = "neutrino-kernels"
    description = "Run code on isolated kernels, over HTTP and MCP."
    has_failed = False
    default_services: Any = ("api", "auth", "kernels", "kernelspecs", "security", "shutdown")

    def load_config_file(self, *_: Any, **__: Any) -> None:
        """Read no configuration of JupyterLab's: this is another service."""

    async def cleanup_kernels(self) -> None:
        """End the kernels. A gateway may be away, and an error would keep the server running."""
        try:
            await asyncio.wait_for(super().cleanup_kernels(), _END_S)
        except Exception:  # noqa: BLE001 - there is nothing left to do but to end
            self.log.warning("not all kernels have told that they have ended")

    def find_server_extensions(self) -> None:
        """Load no extension but ours, whatever is installed."""
