"""What `neutrino kernels serve` starts, and what it prints."""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

from traitlets.config import Config

from neutrino_lab.kernels.errors import KernelsError, UnknownKernelError
from neutrino_lab.lab.execution.app import Execution
from neutrino_lab.lab.execution.server import KernelServer

EXTENSION = "neutrino_lab.lab.execution"


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
