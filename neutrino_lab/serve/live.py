"""A project that is served in this process and follows its files."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from anyio import to_thread
from starlette.types import Receive, Scope, Send

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.declare.diagnostics import Diagnostic, has_errors
from neutrino_lab.notebook.project import Project, find
from neutrino_lab.notebook.wording import say
from neutrino_lab.runtime.app import Service
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.spec import App
from neutrino_lab.serve import diagnose
from neutrino_lab.serve.mount import Mount
from neutrino_lab.serve.revision import Revision, read_project
from neutrino_lab.serve.versions import Versions

# How long a notebook that is gone may take to come back.
_GONE_S = 0.5

State: TypeAlias = Literal["live", "unchanged", "serving previous", "not served"]


@dataclass(frozen=True, slots=True)
class Update:
    """What came of reading the project: `cells_run` of its cells ran, in `duration_s` seconds."""

    state: State
    app: App
    diagnostics: tuple[Diagnostic, ...]
    cells_run: int
    duration_s: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What came of a revision; `service` is None where nothing was to be run, or it could not."""

    versions: Versions
    started: float
    service: Service | None = None
    cells_run: int = 0


class Live:
    """An ASGI app that serves the last good revision of a project; `refresh` reads a newer one."""

    def __init__(
        self,
        path: Path,
        *,
        engine: Engine | None = None,
        on_cell: Callable[[CodeCell], None] | None = None,
    ) -> None:
        self.path = path
        self._on_cell = on_cell
        self.root = find(path).root
        self.mount = Mount(self.root, engine=engine)
        self._compiler = Compiler()
        self._versions = Versions()
        self._written_ns: tuple[int, ...] = ()
        self._files: tuple[Revision | None, list[Path]] = (None, [])
        self._modules: tuple[Revision | None, list[Path]] = (None, [])
        self._shown: tuple[Diagnostic, ...] = ()

    def files(self) -> list[Path]:
        """The paths of the notebooks in the version that is served; none before the first."""
        adopted = self._versions.adopted
        if self._files[0] is not adopted:  # it is asked a hundred times a second
            named = adopted.notebooks if adopted else ()
            self._files = (adopted, [self.root / each.path for each in named])
        return self._files[1]

    def modules(self) -> list[Path]:
        """The modules that it has imported from elsewhere than below its folder."""
        adopted = self._versions.adopted
        if self._modules[0] is not adopted:  # looked for once it is served: no save waits for it
            files = map(Path, self.mount.local.files())
            found = [path for path in files if not path.is_relative_to(self.root)]
            self._modules = (adopted, found)
        return self._modules[1]

    def load(self) -> Update:
        """Bring up the first revision, in this thread: as an exported app does at import."""
        return self._adopt(self._prepare(modules_changed=False))

    async def refresh(self, *, modules_changed: bool = False) -> Update:
        """Read the project again, and the Python modules beside it if they were edited."""
        self.mount.program.loop.use(asyncio.get_running_loop())
        self.modules()  # before some of them are taken away to be imported again
        candidate = await to_thread.run_sync(self._prepare, modules_changed)
        self.mount.engine.heap.edited()  # also where nothing is adopted: something was frozen
        return self._adopt(candidate)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self.mount(scope, receive, send)

    def _prepare(self, modules_changed: bool) -> _Candidate:
        started = time.perf_counter()
        versions = self._versions
        project = find(self.path)
        written_ns = _written_ns(project)
        if written_ns != self._written_ns:
            # One save is noticed more than once; what a cell did before it raised, it did once.
            self._written_ns = written_ns
            versions = versions.retry()
        if modules_changed:
            versions = versions.edit()
        with self.mount.engine.heap.added():
            versions = versions.read(self._read(project))
            following = versions.next()
            if following is None:
                return _Candidate(versions, started)
            versions = versions.begin(following, self.mount.local.names)
        assert versions.run is not None
        run, cells = versions.run, following.cells()
        try:
            service = self.mount.prepare(
                following.app,
                cells,
                run.changes,
                reload_modules=run.reload_modules,
                on_cell=self._on_cell,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the version before goes on
            return _Candidate(versions.refuse(diagnose.raised(following, error)), started)
        total = sum(map(len, cells.values()))
        cells_run = total if run.changes is None else len(run.changes.run)
        return _Candidate(versions, started, service, cells_run)

    def _read(self, project: Project) -> Revision:
        """Read the project as it was found. A notebook that is gone may be on its way to another
        text: editors and git put a new file in the place of the old one."""
        revision = read_project(project, self._compiler)
        adopted = self._versions.adopted
        if adopted is not None and {n.path for n in adopted.notebooks} - {
            each.path for each in revision.notebooks
        }:
            time.sleep(_GONE_S)
            revision = read_project(find(self.path), self._compiler)
        if adopted is not None:
            # What was served and cannot be read now is half written, or broken: it stays.
            served = {str(each.path) for each in adopted.notebooks}
            diagnostics = tuple(
                replace(each, severity="error")
                if each.notebook in served and each.code.startswith("NL00")
                else each
                for each in revision.diagnostics
            )
            revision = replace(revision, diagnostics=diagnostics)
        if revision.notebooks or has_errors(revision.diagnostics) or find(self.path).sources:
            return revision
        gone = Diagnostic(
            code="NL001",
            severity="error",
            message=say("there is no notebook any more"),
            hint=say("put it back, or end the server"),
            notebook=self.path.name,
        )
        return replace(revision, diagnostics=(gone,))

    def _adopt(self, candidate: _Candidate) -> Update:
        versions = candidate.versions
        revision = versions.newest
        assert revision is not None
        diagnostics = revision.diagnostics
        run, adopted = versions.run, versions.adopted
        serving = run.revision if run and candidate.service is not None else adopted
        if serving is not None:
            diagnostics = (*diagnostics, *serving.warnings)
        if versions.refusal is not None and versions.refusal.revision == revision:
            diagnostics = (*diagnostics, *versions.refusal.findings)
        is_old_news = diagnostics == self._shown
        self._shown = diagnostics
        state: State
        if candidate.service is not None:
            self.mount.adopt(candidate.service)
            versions = versions.adopt()
            state = "live"
        elif is_old_news:
            state = "unchanged"
        elif has_errors(diagnostics):
            state = "serving previous" if self.mount.is_live else "not served"
        else:
            state = "live"  # what is served already was saved again, to take back a mistake
        self._versions = versions
        return Update(
            state=state,
            app=revision.app,
            diagnostics=diagnostics,
            cells_run=candidate.cells_run,
            duration_s=time.perf_counter() - candidate.started,
        )


def _written_ns(project: Project) -> tuple[int, ...]:
    """When each notebook was written; one that is gone counts as never."""
    return tuple(_mtime_ns(each.path) for each in project.sources)


def _mtime_ns(path: Path) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - half the time of Path.stat
    except (OSError, ValueError):
        return 0
