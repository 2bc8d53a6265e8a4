"""The Jupyter server extension: its settings, its handlers, its start and its end."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join
from tornado.routing import Rule
from tornado.web import Application
from traitlets import Bool, Float, Integer, List, Unicode

from neutrino_lab import interpreters
from neutrino_lab.export import environments
from neutrino_lab.export.installed import Installed
from neutrino_lab.export.processes import Cancellation
from neutrino_lab.interpreters import Interpreter
from neutrino_lab.lab import docs, draft_handlers, drafts, events, handlers
from neutrino_lab.lab.analysis import DocumentAnalyzer
from neutrino_lab.lab.contents import Contents
from neutrino_lab.lab.exports import Exports
from neutrino_lab.lab.handler import KEY, Services
from neutrino_lab.lab.proxy import ProxyHandler
from neutrino_lab.lab.registry import Registry, RegistryOptions
from neutrino_lab.lab.sockets import SocketHandler, UpgradeMatches
from neutrino_lab.notebook.model import Notebook, Unreadable
from neutrino_lab.runtime.docs import STATIC
from neutrino_lab.serve.runtime_dir import RuntimeDir
from neutrino_lab.serve.status import Limits

_ID = r"([0-9a-f]+)"


class NeutrinoLab(ExtensionApp):
    """The Jupyter server extension that serves notebooks from JupyterLab."""

    name = "neutrino_lab"
    description = "Neutrino Lab: serve the notebook that is open."
    open_browser = Bool(False).tag(config=True)

    start_timeout_s = Float(
        3600.0,
        min=1.0,
        help="""The most seconds that a notebook may take to come up before it is ended; users set
        their own limit within it.""",
    ).tag(config=True)
    request_timeout_s = Float(
        0.0,
        min=0.0,
        help="How many seconds a served notebook may take to begin its answer; 0 is no limit.",
    ).tag(config=True)
    restarts = Integer(
        5,
        min=0,
        help="How many times within two minutes a worker that crashes is started again.",
    ).tag(config=True)
    memory_limit_mb = Integer(
        0,
        min=0,
        help="How much address space, in MiB, the process of a notebook may use; 0 is no limit.",
    ).tag(config=True)
    most_served = Integer(50, min=1, help="How many notebooks may be served at once.").tag(
        config=True
    )
    ready_idle_s = Float(
        600.0,
        min=0.0,
        help="""How many seconds a Python with FastAPI imported waits to serve a notebook of its
        kernel, so that the first answer comes sooner. It has read nothing of any notebook. 0 keeps
        none.""",
    ).tag(config=True)
    trust_pages = Bool(
        False,
        help="""Send the HTML pages of served notebooks without a sandbox. They can then call their
        own endpoints from scripts, but may also do with this server whatever their reader may.""",
    ).tag(config=True)
    may_stop_others = Bool(
        False,
        help="Where users are told apart, let each stop what another serves.",
    ).tag(config=True)
    hidden_environment = List(
        Unicode(),
        help="""Environment variables that served notebooks shall not see, as upper-case patterns
        such as 'AWS_*'. Those of Jupyter and JupyterHub are never seen.""",
    ).tag(config=True)

    _end_listening: Any = None

    def initialize_settings(self) -> None:
        """Make what the handlers share, and listen to what becomes of files."""
        assert self.serverapp is not None
        app = self.serverapp
        assert app.event_logger is not None
        contents = Contents(app.contents_manager)
        tell = events.teller(app.event_logger)
        registry = Registry(
            contents,
            RegistryOptions(
                limits=Limits(start_s=self.start_timeout_s, restarts=self.restarts),
                memory_mb=self.memory_limit_mb,
                most=self.most_served,
                ready_idle_s=self.ready_idle_s,
                may_stop_others=self.may_stop_others,
            ),
            base_url=app.base_url,
            secret=app.web_app.settings["cookie_secret"],
            runtime_dir=lambda: RuntimeDir(Path(jupyter_runtime_dir())),
            interpreter=self._interpreter,
            tell=tell,
        )
        self.services = Services(
            registry,
            DocumentAnalyzer(),
            Exports(
                contents,
                self._environment,
                lambda kernel_name: self._interpreter(kernel_name).environment,
                tell,
            ),
            sandboxed=not self.trust_pages,
            request_timeout_s=self.request_timeout_s,
        )
        self.settings[KEY] = self.services
        self.settings[drafts.KEY] = self.drafts = drafts.Drafts(registry)
        self._end_listening = events.listen(app.event_logger, registry)

    def initialize_handlers(self) -> None:
        """Route the calls of the protocol, the pages and the proxy."""
        assert self.serverapp is not None
        add(self.serverapp.web_app, self.serverapp.base_url)

    async def stop_extension(self) -> None:
        """Stop drafts, exports and analyses, and end every worker."""
        if self._end_listening is not None:
            self._end_listening()
            self._end_listening = None
        await self.drafts.close()
        self.services.exports.close()
        self.services.analyses.close()
        await self.services.registry.close()

    def _interpreter(self, kernel_name: str) -> Interpreter:
        assert self.serverapp is not None
        app = self.serverapp
        assert app.kernel_spec_manager is not None
        return interpreters.interpreter(
            app.kernel_spec_manager,
            kernel_name or app.kernel_manager.default_kernel_name,
            environment=os.environ,
            hidden=self.hidden_environment,
            tokens=[str(app.identity_provider.token)],
        )

    def _environment(
        self,
        notebooks: Sequence[Notebook | Unreadable],
        kernel_name: str,
        cancellation: Cancellation,
    ) -> Installed:
        assert self.serverapp is not None
        specs = self.serverapp.kernel_spec_manager
        assert specs is not None
        return environments.find(
            notebooks, specs, kernel_name=kernel_name, cancellation=cancellation
        )


def add(web_app: Application, base_url: str) -> None:
    """Add the handlers below `base_url` and `neutrino/` to a server."""

    def at(*parts: str) -> str:
        return re.escape(url_path_join(base_url, "neutrino")) + "/" + "/".join(parts)

    live = at("live", "[^/]+(?:/.*)?")
    assets = {"path": str(STATIC)}
    web_app.add_handlers(
        ".*$",
        [
            # First, since Tornado tries the patterns in turn, and these are asked most.
            Rule(UpgradeMatches(live), SocketHandler),
            (live, ProxyHandler),
            (at("api", "analyses"), handlers.AnalysesHandler),
            (at("api", "completions"), handlers.CompletionsHandler),
            (at("api", "hovers"), handlers.HoversHandler),
            (at("api", "declarations"), handlers.DeclarationsHandler),
            (at("api", "snippets"), handlers.SnippetsHandler),
            (at("api", "quickstart"), handlers.QuickstartHandler),
            (at("api", "served"), handlers.ServedHandler),
            (at("api", "served", _ID), handlers.ServedOneHandler),
            (at("api", "served", _ID, "port"), handlers.OwnPortHandler),
            (at("api", "served", _ID, "restart"), handlers.RestartHandler),
            (at("api", "kernel-code"), handlers.KernelCodeHandler),
            (at("api", "plans"), handlers.PlansHandler),
            (at("api", "served", _ID, "journal"), handlers.JournalHandler),
            (at("api", "served", _ID, "schedules"), handlers.SchedulesHandler),
            (at("api", "served", _ID, "streams"), handlers.StreamsHandler),
            (at("api", "checks"), handlers.ChecksHandler),
            (at("api", "judgements"), handlers.JudgementsHandler),
            (at("api", "exports"), handlers.ExportsHandler),
            (at("api", "exports", "([^/]+)"), handlers.ExportHandler),
            (at("api", "drafts"), draft_handlers.DraftsHandler),
            (at("api", "drafts", "preview"), draft_handlers.DraftPreviewsHandler),
            (at("api", "drafts", _ID), draft_handlers.DraftHandler),
            (at("api", "drafts", _ID, "accept"), draft_handlers.DraftAcceptedHandler),
            (at("docs", _ID), docs.DocsHandler),
            (at("static", f"({docs.ASSETS})"), docs.AssetHandler, assets),
        ],
    )
