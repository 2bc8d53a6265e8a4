"""The extension of the Jupyter server that runs code on kernels: its settings and its handlers."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join
from tornado.web import Application
from traitlets import Bool, Dict, Enum, Float, Integer, List, Unicode

from neutrino_lab.kernels import isolation, local, packages, wire
from neutrino_lab.kernels.gateway import GatewayWire
from neutrino_lab.kernels.isolation import Isolation
from neutrino_lab.kernels.limits import Limits
from neutrino_lab.kernels.provisioners.docker import DEFAULT_IMAGE
from neutrino_lab.kernels.service import Service
from neutrino_lab.kernels.settings import Settings
from neutrino_lab.kernels.tasks import Tasks
from neutrino_lab.lab.execution import (
    artifact,
    audit,
    chat,
    chat_handlers,
    handlers,
    mcp,
    push,
    socket,
)
from neutrino_lab.lab.execution.live import KEY, Live
from neutrino_lab.lab.execution.metrics import Metrics

_ID = r"([0-9a-f]+)"
AUTO = "auto"


class Execution(ExtensionApp):
    """Runs code that programs send, on kernels of their own."""

    name = "neutrino_execution"
    description = "Neutrino Lab: run code on isolated kernels."
    open_browser = Bool(False).tag(config=True)

    isolation = Unicode(
        AUTO,
        help="""How kernels are kept apart: process, bubblewrap or docker; auto takes bubblewrap
        where it works, else process.""",
    ).tag(config=True)
    image = Unicode(DEFAULT_IMAGE, help="The image of kernels in Docker.").tag(config=True)
    network = Bool(
        False, help="Let kernels use the network, where the isolation can keep them from it."
    ).tag(config=True)
    limits = Dict(help="Limits of a kernel by their names, such as {'memory_mb': 4096}.").tag(
        config=True
    )
    passed_environment = List(
        Unicode(), help="Names of environment variables that kernels are given."
    ).tag(config=True)
    kernel_name = Unicode("", help="The kernel of who names none.").tag(config=True)
    imports = List(Unicode(), help="Modules that a kernel has imported before it is used.").tag(
        config=True
    )
    pool = Integer(1, min=0, help="How many kernels are kept ready, from the first use on.").tag(
        config=True
    )
    prefill = Bool(False, help="Start them with the server.").tag(config=True)
    most_kernels = Integer(64, min=1, help="The most kernels at once.").tag(config=True)
    most_sessions = Integer(64, min=0, help="The most sessions of each user; 0: any.").tag(
        config=True
    )
    most_concurrent = Integer(32, min=0, help="The most executions of each user at once.").tag(
        config=True
    )
    executions_per_minute = Integer(600, min=0, help="For each user; 0 is no limit.").tag(
        config=True
    )
    timeout_s = Float(30.0, min=0.1, help="The time limit of who names none.").tag(config=True)
    most_timeout_s = Float(60.0, min=0.1, help="The longest time limit.").tag(config=True)
    kernel_wait_s = Float(60.0, min=0.1, help="How long a call waits for a kernel.").tag(
        config=True
    )
    return_s = Float(
        5.0, min=0.0, help="How long a client may be away before its stream is ended."
    ).tag(config=True)
    ttl_s = Float(3600.0, min=1.0, help="A session unused for so long is ended.").tag(config=True)
    output_bytes = Integer(1_000_000, min=1000, help="The most output of an execution.").tag(
        config=True
    )
    denied_names = List(
        Unicode(), help="Modules and names that code may not use. A lint, and no boundary."
    ).tag(config=True)
    packages = Enum(
        packages.POLICIES,
        "ask",
        help="""What becomes of a package that code imports and its kernel has not: it is named
        (ask), installed for that kernel (allow), or is not to be had (deny).""",
    ).tag(config=True)
    audit_code = Bool(True, help="Keep the code in the audit events, not its hash alone.").tag(
        config=True
    )
    isolate_all = Bool(
        False, help="Isolate every kernel of this server, those of /api/kernels too."
    ).tag(config=True)

    _base: Path | None = None
    _metrics: Metrics | None = None

    def initialize_settings(self) -> None:
        """Make what the handlers call, and nothing that runs yet."""
        self.settings[KEY] = self.live = Live(self._make)
        self.settings[mcp.KEY] = self.mcp = mcp.Endpoint(self.live)
        self.settings[chat.KEY] = self.chats = chat.Chats()
        self.settings[push.KEY] = self.pushes = Tasks()

    def initialize_handlers(self) -> None:
        """Add the handlers of the service to the server."""
        assert self.serverapp is not None
        add(self.serverapp.web_app, self.serverapp.base_url)

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:  # noqa: ARG002
        if self.prefill:
            (await self.live.service()).start()

    async def stop_extension(self) -> None:
        """Close pushes, chats and MCP, end every kernel, and remove their folders."""
        await self.pushes.close()
        await self.chats.close()
        await self.mcp.close()
        await self.live.close()
        if self._metrics is not None:
            self._metrics.close()
            self._metrics = None
        if self._base is not None:
            shutil.rmtree(self._base, ignore_errors=True)
            self._base = None

    async def _make(self) -> Service:
        assert self.serverapp is not None
        app = self.serverapp
        multi, specs = app.kernel_manager, app.kernel_spec_manager
        assert specs is not None
        is_remote = bool(
            getattr(app, "gateway_config", None) and app.gateway_config.gateway_enabled
        )
        kept = await self.kept_apart(is_remote=is_remote)
        if not is_remote:
            always = kept if self.isolate_all else None
            multi.kernel_spec_manager = isolation.over(specs, always)
        settings = Settings(
            isolation=kept,
            kernel_name=self.kernel_name or multi.default_kernel_name,
            imports=tuple(self.imports),
            pool=self.pool,
            most_kernels=self.most_kernels,
            kernel_wait_s=self.kernel_wait_s,
            timeout_s=min(self.timeout_s, self.most_timeout_s),
            most_timeout_s=self.most_timeout_s,
            return_s=self.return_s,
            ttl_s=self.ttl_s,
            output_bytes=self.output_bytes,
            sessions=self.most_sessions,
            concurrent=self.most_concurrent,
            per_minute=self.executions_per_minute,
            denied=tuple(self.denied_names),
            audit_code=self.audit_code,
            packages=self.packages,
        )
        context = wire.context(settings.output_bytes)

        def make_wire(manager: Any, on_message: wire.OnMessage, broken: Any) -> wire.Wire:
            if is_remote:
                return GatewayWire(manager.kernel_id, on_message, broken, settings.output_bytes)
            return wire.LocalWire(lambda: manager.client(context=context), on_message, broken)

        assert app.event_logger is not None
        service = Service(
            multi,
            specs,
            make_wire,
            settings,
            link=lambda path: f"{app.base_url}{path}",
            audit=audit.teller(app.event_logger),
            observe=self._observe,
            close=context.destroy,
        )
        self._metrics = Metrics(lambda: service.pool.idle, lambda: service.pool.count)
        if hasattr(multi, "pool"):
            multi.pool = service.pool
        return service

    def _observe(self, status: str, seconds: float) -> None:
        if self._metrics is not None:
            self._metrics.observe(status, seconds)

    async def kept_apart(self, *, is_remote: bool = False) -> Isolation:
        """Choose the isolation. Raises IsolationError where the one asked for does not work."""
        limits = Limits(**{**Limits().as_dict(), **self.limits})
        if is_remote:
            return Isolation(kind=isolation.GATEWAY, limits=limits)
        kind = self.isolation
        if kind == AUTO:
            kind = await asyncio.to_thread(isolation.strongest)
        await asyncio.to_thread(isolation.check, kind)
        if self._base is None:
            self._base = local.folder()
        return Isolation(
            kind=kind,
            limits=limits,
            network=self.network,
            passed=tuple(self.passed_environment),
            base=str(self._base),
            image=self.image,
            packages=self.packages == "allow",
        )


def add(web_app: Application, base_url: str) -> None:
    """Add the handlers below `base_url` and `api/jupyter/` to a server, and `mcp`."""

    def at(*parts: str) -> str:
        return re.escape(url_path_join(base_url, "api", "jupyter")) + "/" + "/".join(parts)

    session = ("kernel", _ID)
    web_app.add_handlers(
        ".*$",
        [
            (at("execute"), handlers.ExecuteHandler),
            (at("executions", _ID), handlers.ExecutionsHandler),
            (at("executions", _ID, "outputs", _ID), handlers.OutputHandler),
            (at("kernel"), handlers.SessionsHandler),
            (at("kernel", "events"), push.SessionsSocketHandler),
            (at(*session), handlers.SessionHandler),
            (at(*session, "interrupt"), handlers.InterruptHandler),
            (at(*session, "restart"), handlers.RestartHandler),
            (at(*session, "notebook"), handlers.NotebookHandler),
            (at(*session, "artifact"), artifact.ArtifactHandler),
            (at(*session, "events"), push.SessionEventsSocketHandler),
            (at(*session, "socket"), socket.SessionSocketHandler),
            (at(*session, "files", "(.*)"), handlers.FilesHandler),
            (at("chat"), chat_handlers.ChatsHandler),
            (at("chat", _ID), chat_handlers.ChatHandler),
            (at("chat", _ID, "calls", "([^/]+)"), chat_handlers.DecisionHandler),
            (at("tools"), handlers.ToolsHandler),
            (at("openapi.json"), handlers.OpenApiHandler),
            (re.escape(url_path_join(base_url, "mcp")), mcp.McpHandler),
        ],
    )
