"""Exports of the notebooks among the contents: planned, checked and written as `neutrino build`
does it, each in a thread of its own, and called off by its id."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export import check, difference, writer
from neutrino_lab.export.build import Order, build, compose_command
from neutrino_lab.export.draft import Draft, Stage, Stages
from neutrino_lab.export.errors import ExportRefusedError
from neutrino_lab.export.installed import Installed
from neutrino_lab.export.lock import Memory
from neutrino_lab.export.options import BuildOptions, command_line
from neutrino_lab.export.processes import Cancellation
from neutrino_lab.export.requirements import Requirement
from neutrino_lab.export.selection import Choice
from neutrino_lab.lab import serialize
from neutrino_lab.lab.contents import Contents
from neutrino_lab.lab.errors import (
    BusyError,
    CheckFailedError,
    NotOwnerError,
    UnknownError,
    UnsoundError,
    UntrustedError,
)
from neutrino_lab.lab.executors import EXPORTS, Executor
from neutrino_lab.lab.protocol import exporting
from neutrino_lab.lab.protocol.exporting import Export, ExportPlan, ExportRequest, Progress
from neutrino_lab.lab.protocol.served import ServedEvent
from neutrino_lab.notebook.model import Notebook, Unreadable
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.wording import quote, say

Result = TypeVar("Result")

# For notebooks and the name of a kernel, empty for what they name.
FindEnvironment: TypeAlias = Callable[
    [Sequence[Notebook | Unreadable], str, Cancellation], Installed
]

TITLE_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class _Target:
    """What is asked for, as files."""

    notebook: Path
    out: Path
    request: ExportRequest


class Exports:
    """The plans, checks and exports that are under way, by the ids that the front end gave them."""

    def __init__(
        self,
        contents: Contents,
        environment: FindEnvironment,
        process_environment: Callable[[str], Mapping[str, str]],
        tell: Callable[[ServedEvent], None],
    ) -> None:
        self._contents = contents
        self._environment = environment
        self._process_environment = process_environment
        self._tell = tell
        self._locks = Memory()
        self._executor = Executor("export", EXPORTS)
        self._running: dict[str, tuple[Cancellation, str]] = {}

    async def plan(self, request: ExportRequest, user: str) -> ExportPlan:
        """Work out what an export would write, and write nothing."""
        return await self._apart(self._plan, request, user)

    async def check(self, request: ExportRequest, user: str) -> exporting.Check:
        """Run the app and its examples in a process of its own. Raises UntrustedError."""
        await self._demand_trust(request)
        return await self._apart(self._check, request, user)

    async def build(self, request: ExportRequest, user: str) -> Export:
        """Write the folder, where a check is asked for only if that goes well.

        Raises UnsoundError, UntrustedError, CheckFailedError, or what the writer raises.
        """
        if request.options.check:
            await self._demand_trust(request)
        return await self._apart(self._build, request, user)

    async def _demand_trust(self, request: ExportRequest) -> None:
        if request.trusted:
            return
        file = await asyncio.to_thread(self._contents.notebook, request.path)
        if not await self._contents.is_trusted(file):
            raise UntrustedError(
                f"{request.path} is not trusted: somebody else may have written it, and a check "
                "runs its code. Look at it first.",
                path=request.path,
            )

    def cancel(self, id_: str, user: str) -> None:
        """Call an export off. Raises UnknownError, NotOwnerError."""
        try:
            cancellation, owner = self._running[id_]
        except KeyError:
            raise UnknownError("There is no export under way with this id.") from None
        if owner != user:
            raise NotOwnerError("Another user exports this notebook.", owner=owner)
        cancellation.cancel()

    def close(self) -> None:
        """Call off all that is under way, and begin nothing more."""
        for cancellation, _ in self._running.values():
            cancellation.cancel()
        self._executor.close()

    async def _apart(
        self, work: Callable[[_Target, Stages], Result], request: ExportRequest, user: str
    ) -> Result:
        """Do the work in a thread, under the id of the request."""
        with self._registered(request.id, user) as cancellation:
            stages = Stages(self._teller(request.id), cancellation)
            try:
                target = await self._executor.run(self._target, request)
                return await self._executor.run(work, target, stages)
            except asyncio.CancelledError:
                # A thread cannot be stopped: it looks at this between its steps.
                cancellation.cancel()
                raise

    @contextmanager
    def _registered(self, id_: str, user: str) -> Iterator[Cancellation]:
        cancellation = Cancellation()
        name = id_ or f"#{id(cancellation)}"
        if name in self._running:
            raise BusyError("An export with this id is under way.")
        self._running[name] = cancellation, user
        try:
            yield cancellation
        finally:
            del self._running[name]

    def _teller(self, id_: str) -> Callable[[Stage, int, int], None]:
        loop = asyncio.get_running_loop()

        def tell(stage: Stage, done: int, total: int) -> None:
            progress = Progress(stage=stage, done=done, total=total)
            loop.call_soon_threadsafe(self._tell, ServedEvent(id=id_, progress=progress))

        return tell

    def _target(self, request: ExportRequest) -> _Target:
        file = self._contents.notebook(request.path)
        # As the contents name it: a link there must not lead the folder out of the root.
        folder = request.options.folder or self._contents.path(file.with_name(f"{file.stem}-build"))
        return _Target(file, self._contents.file(folder), request)

    def _order(self, target: _Target) -> Order:
        asked = target.request.options
        # The pane has read what the notebook keeps; the user may have taken some of it back.
        options = BuildOptions.of(asked.model_dump(), is_whole=True)

        def environment(
            notebooks: Sequence[Notebook | Unreadable], cancellation: Cancellation
        ) -> Installed:
            return self._environment(notebooks, target.request.kernel_name, cancellation)

        return Order(find(target.notebook), target.out, options, environment, self._locks)

    def _plan(self, target: _Target, stages: Stages) -> ExportPlan:
        drafted = self._order(target).draft(stages)
        found = [*drafted.findings, *_refusal(drafted, target.out)]
        files = difference.compare(drafted.plan, target.out) if drafted.plan.files else ()
        return ExportPlan(
            options=self._options(drafted, target),
            cells=[_cell(each) for each in drafted.selection.choices],
            requirements=[_requirement(each) for each in drafted.plan.requirements],
            files=[
                exporting.PlannedFile(
                    path=str(each.path), size=each.size, change=each.change, diff=each.diff
                )
                for each in files
            ],
            diagnostics=serialize.diagnostics(found),
            cli=_cli(drafted, target),
        )

    def _check(self, target: _Target, stages: Stages) -> exporting.Check:
        drafted = self._order(target).draft(stages)
        _demand_sound(drafted)
        environment = self._process_environment(target.request.kernel_name)
        return _checked(check.check(drafted, stages, environment))

    def _build(self, target: _Target, stages: Stages) -> Export:
        request = target.request
        built = build(
            self._order(target),
            stages,
            check_with=partial(self._process_environment, request.kernel_name)
            if request.options.check
            else None,
            on_draft=_demand_sound,
        )
        checked = None if built.outcome is None else _checked(built.outcome)
        if checked is not None:
            _demand_success(checked)
        drafted = built.draft
        return Export(
            folder=self._contents.path(target.out),
            command=compose_command(target.out),
            cli=_cli(drafted, target),
            files=len(drafted.plan.files),
            edited=[str(each) for each in built.edited or ()],
            diagnostics=serialize.diagnostics(drafted.findings),
            check=checked,
        )

    def _options(self, drafted: Draft, target: _Target) -> exporting.ExportOptions:
        """The options as they turned out, for the pane to show."""
        return exporting.ExportOptions(
            folder=self._contents.path(target.out),
            check=target.request.options.check,
            **{**drafted.options.to_dict(), "title": drafted.app.title},
        )


def _cli(drafted: Draft, target: _Target) -> str:
    request, python = target.request, drafted.environment.executable
    return command_line(
        target.notebook,
        target.out,
        drafted.options,
        executable=python if request.kernel_name and python != sys.executable else "",
        check=request.options.check,
    )


def _refusal(drafted: Draft, out: Path) -> list[Diagnostic]:
    """Why the folder cannot be written, as a finding: the rest of the plan is worth a look."""
    try:
        writer.check(drafted.plan, out)
    except ExportRefusedError as refused:
        hint = say("choose another folder for the export")
        where = drafted.project.sources[0].path.name
        return [Diagnostic("NL751", "error", quote(refused.reason), hint, where)]
    return []


def _demand_sound(drafted: Draft) -> None:
    """Raises UnsoundError where there is nothing sound to write or to try."""
    errors = [each for each in drafted.findings if each.severity == "error"]
    if not errors:
        return
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    where = f"cell {errors[0].cell}: " if errors[0].cell else ""
    found = [each.model_dump() for each in serialize.diagnostics(drafted.findings)]
    message = f"The notebook has errors: {where}{errors[0].message}{more}."
    raise UnsoundError(message, diagnostics=found)


def _cell(choice: Choice) -> exporting.PlannedCell:
    return exporting.PlannedCell(
        notebook=str(choice.notebook.path),
        cell=choice.cell.number,
        cell_id=choice.cell.id,
        title=_title(choice),
        included=choice.is_included,
        reason=choice.reason,
        needed_by=list(choice.needed_by),
    )


def _checked(outcome: check.Outcome) -> exporting.Check:
    return exporting.Check(
        ok=outcome.ok,
        examples=[exporting.CheckedExample(**asdict(each)) for each in outcome.examples],
        log=outcome.log,
        diagnostics=serialize.diagnostics(outcome.findings),
        armed=list(outcome.armed),
    )


def _demand_success(checked: exporting.Check) -> None:
    """Raises CheckFailedError where the check did not go well."""
    if checked.ok:
        return
    failed = [f"{each.key}: {each.message}" for each in checked.examples if not each.ok]
    reasons = [
        *(
            f"cell {each.cell}: {each.message}" if each.cell else each.message
            for each in checked.diagnostics
            if each.severity == "error"
        ),
        *failed,
    ]
    message = f"The check failed, so nothing was written: {'; '.join(reasons)}."
    raise CheckFailedError(message, check=checked.model_dump())


def _requirement(each: Requirement) -> exporting.Requirement:
    cells = sorted({place.cell for place in each.places if place.cell})
    return exporting.Requirement(line=each.line, origin=each.origin, cells=cells)


def _title(choice: Choice) -> str:
    """What a cell is known by: what it declares, or its first line that says something."""
    if choice.declares:
        return ", ".join(choice.declares)
    lines = [line.strip() for line in choice.cell.source.splitlines()]
    first = next((line for line in lines if line), "")
    return first if len(first) <= TITLE_CHARACTERS else f"{first[: TITLE_CHARACTERS - 1]}…"
