"""An export before it is written: what `neutrino build` and the export pane both start from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from neutrino_lab.declare.diagnostics import Diagnostic, has_errors
from neutrino_lab.export import installed
from neutrino_lab.export.errors import ExportSystemError
from neutrino_lab.export.lock import Lock
from neutrino_lab.export.options import BuildOptions, merged
from neutrino_lab.export.plan import plan
from neutrino_lab.export.planned import Plan
from neutrino_lab.export.processes import Cancellation
from neutrino_lab.export.selection import Selection, select
from neutrino_lab.notebook.model import Notebook, Unreadable
from neutrino_lab.notebook.project import Project
from neutrino_lab.notebook.reader import read_all
from neutrino_lab.notebook.syntax import each_once
from neutrino_lab.runtime.spec import App

Stage: TypeAlias = Literal["planning", "resolving", "checking", "writing"]
Progress: TypeAlias = Callable[[Stage, int, int], None]
FindEnvironment: TypeAlias = Callable[
    [Sequence[Notebook | Unreadable], Cancellation], installed.Installed
]


@dataclass(frozen=True, slots=True)
class Draft:
    """A project as it would be exported, with the versions of `environment`.

    `findings` are those of the notebooks and of the plan.
    """

    project: Project
    options: BuildOptions
    selection: Selection
    plan: Plan
    environment: installed.Installed

    @property
    def app(self) -> App:
        """The app of the chosen cells."""
        return self.selection.compilation.app

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """What compiling, choosing cells and planning have found, in this order."""
        parts = (self.selection.compilation, self.selection, self.plan)
        return tuple(found for each in parts for found in each.diagnostics)

    @property
    def is_sound(self) -> bool:
        """Whether it can be written: none of the findings is an error."""
        return not has_errors(self.findings)


def _in_silence(_stage: Stage, _done: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Stages:
    """How an export reports its progress, and learns that it is to stop."""

    progress: Progress = _in_silence
    cancellation: Cancellation = field(default_factory=Cancellation)

    def enter(self, stage: Stage, done: int = 0, total: int = 0) -> None:
        """Report that a step is under way, with `done` of `total` of its parts, 0 where it has
        none. Raises ExportCancelledError."""
        self.cancellation.check()
        self.progress(stage, done, total)


@each_once()
def draft(
    project: Project,
    options: BuildOptions,
    stages: Stages,
    environment: FindEnvironment | None = None,
    *,
    lock: Lock | None = None,
) -> Draft:
    """Read a project and work out its export, for this interpreter unless told otherwise, and
    without a `lock` if none is given.

    The notebooks' own options are added, unless the given ones are the whole. Raises
    ExportOptionError, ExportSystemError, ExportCancelledError, and whatever `environment` raises.
    """
    stages.enter("planning")
    notebooks = read_all(project)
    for notebook in notebooks:
        if isinstance(notebook, Notebook) and not options.is_whole:
            options = merged(options, notebook.metadata)
    options = options.checked()
    selection = select(options.title or project.title, notebooks, options)
    stages.enter("resolving")
    found = environment(notebooks, stages.cancellation) if environment else installed.scan()
    options = replace(options, python=options.python or found.minor)
    try:
        planned = plan(
            selection.compilation,
            project,
            selection.notebooks,
            options,
            environment=found,
            lock=lock,
        )
    except OSError as error:  # a file of the project is closed to us, or gone just now
        raise ExportSystemError(error) from error
    return Draft(project, options, selection, planned, found)
