"""Which version of a notebook runs next: what was read, what is served, what was refused.

The one answer for the command line's server in this process and for a worker in its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.runtime.program import Changes
from neutrino_lab.serve.revision import Revision


@dataclass(frozen=True, slots=True)
class Refusal:
    """A revision that did not come up. `is_deadly`: trying it again would end the worker again."""

    revision: Revision | None
    reason: str
    findings: tuple[Diagnostic, ...] = ()
    is_deadly: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A revision that is being brought up, the changes from what is served (None: everything), and
    the modules that are imported again for it. `takes_edits`: modules were edited before."""

    revision: Revision
    changes: Changes | None = None
    reload_modules: frozenset[str] = frozenset()
    takes_edits: bool = False


@dataclass(frozen=True, slots=True)
class Versions:
    """What is known of the versions of a notebook.

    `newest` was read last, `wanted` is the newest that may run, `adopted` is what the process
    serves, `good` the last that any process has served. `is_edited`: modules
    that it imports were edited since, which stays so until a version is adopted that has read them.
    `is_held`: what was saved waits to be asked for.
    """

    newest: Revision | None = None
    wanted: Revision | None = None
    good: Revision | None = None
    adopted: Revision | None = None
    run: Run | None = None
    refusal: Refusal | None = None
    is_edited: bool = False
    is_held: bool = False

    def read(self, revision: Revision) -> Versions:
        """Take in a revision that was read: it may run, unless saves wait to be asked for."""
        wanted = self.wanted if self.is_held else revision
        return replace(self, newest=revision, wanted=wanted)

    def retry(self) -> Versions:
        """The same text was saved again: a version that raised gets another try."""
        is_dropped = self.refusal is not None and not self.refusal.is_deadly
        return replace(self, refusal=None) if is_dropped else self

    def edit(self) -> Versions:
        """Modules that the notebook imports were edited, which may fix any version."""
        return replace(self, is_edited=True, refusal=self.refusal if self.is_held else None)

    def next(self) -> Revision | None:
        """Give what is to be run: the newest that may run, if it is sound and was not refused, and
        in a process that serves nothing yet the last good one instead."""
        wanted = self.wanted
        may_run = wanted is not None and wanted.is_sound and not self._is_refused(wanted)
        is_edited = self.is_edited and not self.is_held
        if may_run and (is_edited or wanted != self.adopted):
            return wanted
        if self.adopted is None and self.good is not None and not self._is_refused(self.good):
            return self.good
        return None

    @property
    def is_superseded(self) -> bool:
        """Whether what runs is no longer what should."""
        following = self.next()
        if self.run is None or following is None:
            return False
        return following != self.run.revision or (self.is_edited and not self.is_held)

    def begin(self, revision: Revision, modules: Callable[[], frozenset[str]]) -> Versions:
        """Bring a revision up; `modules` are those that are imported again if any was edited, and
        are asked for only then."""
        reload_modules = modules() if self.is_edited else frozenset()
        changes = revision.changes_since(self.adopted, reload_modules=reload_modules)
        run = Run(revision.after(changes, self.adopted), changes, reload_modules, self.is_edited)
        return replace(self, run=run, is_edited=False)

    def adopt(self) -> Versions:
        """What was brought up is served from now on."""
        assert self.run is not None
        adopted = self.run.revision
        is_dropped = self.refusal is not None and self.refusal.revision == adopted
        refusal = None if is_dropped else self.refusal
        return replace(self, adopted=adopted, good=adopted, run=None, refusal=refusal)

    def refuse(self, refusal: Refusal) -> Versions:
        """What was to be brought up is not tried again, and its modules wait for the next one."""
        is_edited = self.is_edited or (self.run is not None and self.run.takes_edits)
        return replace(self, refusal=refusal, run=None, is_edited=is_edited)

    def end(self) -> Versions:
        """The process is gone; another one imports every module by itself."""
        return replace(self, adopted=None, run=None, is_edited=False)

    def _is_refused(self, revision: Revision) -> bool:
        return self.refusal is not None and self.refusal.revision == revision
