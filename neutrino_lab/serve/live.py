"""A project that is served in this process and follows its files."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from anyio import to_thread
from starlette.types import Receive, Scope, Send

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.declare.diagnostics import Diagnostic, has_errors
from neutrino_lab.notebook.project import find
from neutrino_lab.runtime.app import Service
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.errors import CellError, EndpointError
from neutrino_lab.runtime.spec import App
from neutrino_lab.serve.mount import Mount, local_modules
from neutrino_lab.serve.revision import Revision, read_revision

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
    """A revision after it was run; `service` is None where nothing was run, or it could not be."""

    revision: Revision
    diagnostics: tuple[Diagnostic, ...]
    started: float
    service: Service | None = None
    cells_run: int = 0


@dataclass(frozen=True, slots=True)
class _Failed:
    """A revision that raised when it was run, and when its files had been written."""

    revision: Revision
    written_ns: tuple[int, ...]
    diagnostics: tuple[Diagnostic, ...]


class Live:
    """An ASGI app that serves the last good revision of a project; `refresh` reads a newer one."""

    def __init__(self, path: Path, *, engine: Engine | None = None) -> None:
        self.path = path
        self.root = find(path).root
        self.mount = Mount(engine=engine)
        self._compiler = Compiler()
        self._current: Revision | None = None
        self._failed: _Failed | None = None
        self._shown: tuple[Diagnostic, ...] = ()

    def files(self) -> list[Path]:
        """The notebooks that are being served."""
        notebooks = self._current.notebooks if self._current else ()
        return [self.root / each.path for each in notebooks]

    def load(self) -> Update:
        """Bring up the first revision, in this thread: as an exported app does at import."""
        return self._adopt(self._prepare(modules_changed=False))

    async def refresh(self, *, modules_changed: bool = False) -> Update:
        """Read the project again, and the Python modules beside it if they were edited."""
        candidate = await to_thread.run_sync(lambda: self._prepare(modules_changed))
        return self._adopt(candidate)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self.mount(scope, receive, send)

    def _prepare(self, modules_changed: bool) -> _Candidate:
        started = time.perf_counter()
        written_ns = self._written_ns()
        revision = read_revision(self.path, self._compiler)
        if not revision.is_sound or (revision == self._current and not modules_changed):
            return _Candidate(revision, revision.diagnostics, started)
        failed = self._failed
        is_known = failed and (failed.revision, failed.written_ns) == (revision, written_ns)
        if failed and is_known and not modules_changed:
            # One save is noticed more than once; what a cell did before it raised, it did once.
            return _Candidate(revision, failed.diagnostics, started)
        reload_modules = local_modules(self.root) if modules_changed else frozenset()
        changes = revision.changes_since(self._current, reload_modules=reload_modules)
        cells = revision.cells()
        try:
            service = self.mount.prepare(
                revision.app, cells, changes, reload_modules=reload_modules
            )
        except (CellError, EndpointError) as error:
            diagnostics = (*revision.diagnostics, revision.blamed(error))
            self._failed = _Failed(revision, written_ns, diagnostics)
            return _Candidate(revision, diagnostics, started)
        cells_run = sum(map(len, cells.values())) if changes is None else len(changes.run)
        ran = revision.after(changes)
        self._failed = None
        return _Candidate(ran, ran.diagnostics, started, service, cells_run)

    def _written_ns(self) -> tuple[int, ...]:
        """When each notebook was written; one that is gone counts as never."""
        paths = [source.path for source in find(self.path).sources]
        return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)

    def _adopt(self, candidate: _Candidate) -> Update:
        is_old_news = candidate.diagnostics == self._shown
        self._shown = candidate.diagnostics
        state: State
        if candidate.service is not None:
            self.mount.adopt(candidate.service)
            self._current = candidate.revision
            state = "live"
        elif is_old_news:
            state = "unchanged"
        elif has_errors(candidate.diagnostics):
            state = "serving previous" if self.mount.is_live else "not served"
        else:
            state = "live"  # what is served already was saved again, to take back a mistake
        return Update(
            state=state,
            app=candidate.revision.app,
            diagnostics=candidate.diagnostics,
            cells_run=candidate.cells_run,
            duration_s=time.perf_counter() - candidate.started,
        )
