"""An export from the notebooks to the folder: what `neutrino build` and the export pane both do."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from neutrino_lab.export import check, draft, writer
from neutrino_lab.export.check import Outcome
from neutrino_lab.export.draft import Draft, FindEnvironment, Stages
from neutrino_lab.export.lock import Locker, Memory
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.notebook.project import Project


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be exported, and where to. `environment` finds the Python that versions come from,
    `memory` are the locks that are known already."""

    project: Project
    out: Path
    options: BuildOptions
    environment: FindEnvironment
    memory: Memory = field(default_factory=Memory)

    def draft(self, stages: Stages) -> Draft:
        """Work out the folder without writing it; raises what `draft.draft` raises."""
        # The settings of this process: those of a kernel say nothing of indexes.
        lock = Locker(os.environ, self.out, stages.cancellation, memory=self.memory)
        return draft.draft(self.project, self.options, stages, self.environment, lock=lock)


@dataclass(frozen=True, slots=True)
class Built:
    """How far a build came. `outcome` is None where nothing was checked. `edited` are the copies of
    files that had been edited, None where nothing was written."""

    draft: Draft
    outcome: Outcome | None = None
    edited: tuple[PurePosixPath, ...] | None = None


def build(  # noqa: PLR0913 - who is told what, by name
    order: Order,
    stages: Stages,
    *,
    check_with: Callable[[], Mapping[str, str]] | None = None,
    on_draft: Callable[[Draft], None] = lambda _: None,
    may_check: Callable[[Draft], bool] = lambda _: True,
    on_check: Callable[[Outcome], None] = lambda _: None,
) -> Built:
    """Write the folder, if the notebooks have no errors and the app passes its check.

    `check_with` gives the environment variables for the check, None for no check. `on_draft` is
    called before the check, `on_check` before the folder is written; where `may_check` says no, the
    build ends before its check.

    Raises what `draft.draft`, `check.check` and `writer.write` raise.
    """
    drafted = order.draft(stages)
    on_draft(drafted)
    if not drafted.is_sound:
        return Built(drafted)
    outcome: Outcome | None = None
    if check_with is not None:
        # Whether the folder may be replaced is cheaper to find out than how the app does.
        writer.check(drafted.plan, order.out)
        if not may_check(drafted):
            return Built(drafted)
        outcome = check.check(drafted, stages, check_with())
        on_check(outcome)
        if not outcome.ok:
            return Built(drafted, outcome)
    total = len(drafted.plan.files)
    edited = writer.write(
        drafted.plan,
        order.out,
        cancellation=stages.cancellation,
        on_file=lambda done: stages.progress("writing", done, total),
    )
    return Built(drafted, outcome, edited)


def compose_command(folder: Path) -> str:
    """Give the command that runs a build with Docker Compose, from any folder."""
    return shlex.join(["docker", "compose", "-f", str(folder / "compose.yaml"), "up", "--build"])
