"""`neutrino kernels serve`: a Jupyter server that runs code on kernels, and does nothing else; how
it is set up, and what it prints."""

from __future__ import annotations

import asyncio
import shlex
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError
from traitlets import TraitError
from traitlets.config import Config

from neutrino_lab.kernels import isolation
from neutrino_lab.kernels.errors import KernelsError, NoKernelError, UnknownKernelError
from neutrino_lab.kernels.pool import Pool
from neutrino_lab.lab.execution.app import Execution

EXTENSION = "neutrino_lab.lab.execution"
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


def configuration(options: Mapping[str, Any], root: str) -> Config:
    """Give the configuration of a server for these options, with `root` as its folder."""
    config = Config()
    config.ServerApp.update(
        {
            "ip": options["ip"],
            "port": options["port"],
            "port_retries": 0,
            "open_browser": False,
            "answer_yes": True,
            "allow_root": True,
            "root_dir": root,
            "jpserver_extensions": {EXTENSION: True},
            "log_level": "WARN",
            "quit_button": False,
            "terminals_enabled": False,
            "kernel_manager_class": "neutrino_lab.lab.execution.server.PooledKernelManager",
        }
    )
    config.IdentityProvider.token = options["token"]
    config.Execution.update(
        {
            "pool": options["pool"],
            "prefill": True,
            "isolate_all": True,
            "isolation": options["isolation"],
            "network": options["network"],
            "image": options["image"],
            "limits": options["limits"],
            "packages": options["packages"],
        }
    )
    if options["gateway_url"]:
        del config.ServerApp["kernel_manager_class"]
        config.GatewayClient.url = options["gateway_url"]
        config.GatewayClient.auth_token = options["gateway_token"]
        # A gateway that is away for a while is asked again, and does not end the server.
        config.GatewayClient.gateway_retry_max = 1
        config.GatewayClient.connect_timeout = 5.0
        config.GatewayClient.request_timeout = 30.0
    return config


def run(options: Mapping[str, Any]) -> int:
    """Serve until a signal ends it; 1 where it cannot begin."""
    with tempfile.TemporaryDirectory(prefix="neutrino-root-") as root:
        app = KernelServer(config=configuration(options, root))
        try:
            app.initialize(argv=[], find_extensions=False)
        except SystemExit:
            where = f"{options['ip']}:{options['port']}"
            sys.stderr.write(f"neutrino: cannot listen on {where}; choose another with --port\n")
            return 1
        app.io_loop.add_callback(_announce, app, options["token"])
        app.start()
    return 1 if app.has_failed else 0


async def _announce(app: KernelServer, token: str) -> None:
    """Say where it is once kernels can be had; the token is said here and in no log."""
    extensions = app.extension_manager.extension_apps[EXTENSION]
    execution = next(each for each in extensions if isinstance(each, Execution))
    try:
        service = await execution.live.service()
        await service.check_kernel(service.settings.kernel_name)
    except KernelsError as error:
        hint = (
            " Install one: pip install ipykernel" if isinstance(error, UnknownKernelError) else ""
        )
        sys.stderr.write(f"neutrino: {error}{hint}\n")
        app.has_failed = True
        app.stop()
        return
    url = app.connection_url.rstrip("/")
    kept = service.settings.isolation
    body = shlex.quote('{"code": "print(6 * 7)"}')
    sys.stdout.write(
        f"""kernels are served at {url}

  token      {token}
  isolation  {kept.kind}{"" if kept.network or kept.kind == "process" else ", no network"}
  pool       {service.settings.pool} kernels kept ready

  curl {url}/api/jupyter/execute -H 'Authorization: token {token}' -d {body}

  MCP        {url}/mcp  (Authorization: token {token})
  OpenAPI    {url}/api/jupyter/openapi.json
"""
    )
    sys.stdout.flush()
