"""`neutrino kernels` and `neutrino mcp`: their arguments, and what they do."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import shlex
import sys
from argparse import Namespace
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from neutrino_lab.kernels import isolation
from neutrino_lab.kernels.isolation import Isolation
from neutrino_lab.kernels.limits import Limits
from neutrino_lab.kernels.packages import POLICIES
from neutrino_lab.kernels.settings import Settings
from neutrino_lab.listing import UsageError

AUTO = "auto"
DEFAULT_PORT = 8888
DEFAULT_POOL = 4
# The variables of Kernel Gateway, for users who come from there.
PORT, ADDRESS = "KG_PORT", "KG_IP"
TOKEN, POOL = "KG_AUTH_TOKEN", "KG_PRESPAWN_COUNT"


def add(verbs: Any) -> None:
    """Add the parsers of `kernels` and `mcp` to the subparsers of `neutrino`."""
    kernels = verbs.add_parser("kernels", help="run code that programs and models send")
    kinds = kernels.add_subparsers(metavar="COMMAND", required=True)
    serve_ = kinds.add_parser("serve", help="serve kernels over HTTP, WebSockets and MCP")
    serve_.add_argument("--ip", help=f"address to listen on (127.0.0.1, or {ADDRESS})")
    serve_.add_argument("--port", type=int, help=f"0 takes a free one ({DEFAULT_PORT}, or {PORT})")
    serve_.add_argument("--token", help=f"what callers show; made if left out ({TOKEN})")
    serve_.add_argument("--pool", type=int, help=f"kernels kept ready ({DEFAULT_POOL}, or {POOL})")
    serve_.add_argument("--gateway-url", default="", help="run the kernels on this Jupyter gateway")
    serve_.add_argument("--gateway-token", default="", help="what that gateway asks for")
    _add_isolation(serve_)
    serve_.set_defaults(command=serve)
    image_ = kinds.add_parser("image", help="write a Dockerfile and compose.yaml of the service")
    image_.add_argument("--out", type=Path, default=Path("kernels"), metavar="FOLDER")
    image_.set_defaults(command=image)

    mcp = verbs.add_parser("mcp", help="give the tools to an MCP client over standard streams")
    _add_isolation(mcp)
    mcp.set_defaults(command=serve_mcp)


def serve(arguments: Namespace) -> int:
    """Serve kernels until a signal ends it; give the exit code. Raises UsageError, and
    IsolationError where what is asked for does not work here."""
    options = _options(arguments, os.environ)
    if not arguments.gateway_url and arguments.isolation != AUTO:
        isolation.check(arguments.isolation)
    # Not at the top: the other commands need no Jupyter server.
    return int(import_module("neutrino_lab.lab.execution.server").run(options))


def image(arguments: Namespace) -> int:
    """Write the files of an image, where none of them is yet. Raises UsageError."""
    try:
        written = import_module("neutrino_lab.lab.execution.image").write(arguments.out)
    except OSError as error:
        raise UsageError(str(error)) from error
    for path in written:
        sys.stdout.write(f"wrote {path}\n")
    compose = shlex.quote(str(arguments.out / "compose.yaml"))
    sys.stdout.write(f"\nServe it:  KG_AUTH_TOKEN=... docker compose -f {compose} up --build\n")
    return 0


def serve_mcp(arguments: Namespace) -> int:
    """Serve one MCP client until it closes standard input. Raises UsageError, and IsolationError
    where what is asked for does not work here."""
    try:
        server = import_module("neutrino_lab.lab.execution.mcp_server")
    except ImportError:
        raise UsageError("MCP needs the package mcp: pip install 'neutrino-lab[mcp]'") from None
    kind = arguments.isolation
    limits = Limits(memory_mb=arguments.memory_mb)
    chosen = isolation.strongest() if kind == AUTO else kind
    isolation.check(chosen)
    kept = Isolation(kind=chosen, limits=limits, network=arguments.network, image=arguments.image)
    settings = Settings(isolation=kept, pool=1, packages=arguments.packages)
    asyncio.run(server.stdio(settings))
    return 0


def _add_isolation(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--isolation",
        choices=[AUTO, *isolation.KINDS],
        default=AUTO,
        help="auto is bubblewrap where it works, else process",
    )
    verb.add_argument("--memory-mb", type=int, default=2048, help="for each kernel (%(default)s)")
    verb.add_argument(
        "--packages",
        choices=POLICIES,
        default="ask",
        help="a package that code imports and its kernel has not is named, installed or denied",
    )
    verb.add_argument("--network", action="store_true", help="let kernels use the network")
    verb.add_argument("--image", default="neutrino-kernel", help="for docker (%(default)s)")


def _options(arguments: Namespace, environment: Mapping[str, str]) -> dict[str, Any]:
    """Put together what the server is told. Raises UsageError."""

    def number(given: int | None, variable: str, default: int) -> int:
        text = environment.get(variable, "")
        if given is None and text and not text.isdecimal():
            raise UsageError(f"{variable}={text} is no number")
        return given if given is not None else int(text or default)

    port = number(arguments.port, PORT, DEFAULT_PORT)
    pool = number(arguments.pool, POOL, DEFAULT_POOL)
    if pool < 0 or not 0 <= port <= 65535:
        raise UsageError("--pool has to be 0 or more, and --port between 0 and 65535")
    if arguments.memory_mb < 0:
        raise UsageError("--memory-mb has to be 0 or more")
    return {
        "ip": arguments.ip or environment.get(ADDRESS) or "127.0.0.1",
        "port": port,
        "token": arguments.token or environment.get(TOKEN) or secrets.token_urlsafe(32),
        "pool": pool,
        "isolation": arguments.isolation,
        "network": arguments.network,
        "image": arguments.image,
        "limits": {"memory_mb": arguments.memory_mb},
        "packages": arguments.packages,
        "gateway_url": arguments.gateway_url,
        "gateway_token": arguments.gateway_token,
    }
