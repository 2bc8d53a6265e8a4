"""THE way from words to a cell: a built-in if they mean one, else drafts, checked and tried.

Nothing that a model wrote runs outside of its sandbox, and nothing at all in a stream: what comes
out waits for a person's yes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

from neutrino_lab.declare.tree import Tree
from neutrino_lab.generate import cell, edges, known, lint, prompts
from neutrino_lab.generate.answers import Draft
from neutrino_lab.generate.cell import Compiled, NoCellError
from neutrino_lab.generate.drafting import Drafted, Forms
from neutrino_lab.generate.errors import ModelError, TaskError
from neutrino_lab.generate.model import Message, Model, Usage
from neutrino_lab.generate.task import SHAPES, Candidate, Check, Evidence, Sample, Sent, Shape, Task
from neutrino_lab.generate.trial import Step, Trial
from neutrino_lab.notebook.provenance import hash_of
from neutrino_lab.runtime.sandbox import ladder
from neutrino_lab.runtime.sandbox.levels import Level
from neutrino_lab.runtime.settings import SANDBOX
from neutrino_lab.runtime.streams.operator import KINDS
from neutrino_lab.runtime.streams.operators import BUILTINS

ROUNDS = 3

Tell: TypeAlias = Callable[[str, Mapping[str, Any]], None]
"""Is told of each phase: `drafting`, `checking`, `trying`, `drafted`, with what belongs to it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all drafts: imports that are allowed, rounds, the weakest sandbox, how long
    one value may take in a trial (0 is what the cell says), and how long a whole answer may."""

    imports: frozenset[str] = lint.IMPORTS
    rounds: int = ROUNDS
    sandbox: Level = "landlock"
    timeout_s: float = 0.0
    answer_s: float = 300.0


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A draft and how far it got: how many checks it passed before the first that failed."""

    draft: Draft
    shape: Shape
    name: str
    source: str
    checks: tuple[Check, ...]
    evidence: Evidence

    @property
    def failure(self) -> Check | None:
        return next((each for each in self.checks if each.status == "failed"), None)

    @property
    def reached(self) -> int:
        statuses = [each.status for each in self.checks]
        return statuses.index("failed") if "failed" in statuses else len(statuses)


def terms(environ: Mapping[str, str]) -> Terms:
    """Read what the environment says. Raises ValueError."""
    more = environ.get("NEUTRINO_GENERATE_IMPORTS", "").replace(",", " ").split()
    return Terms(lint.IMPORTS | frozenset(more), sandbox=SANDBOX.parse(SANDBOX.text(environ)))


class Generation:
    """One task on its way. `forms` is shared by all that one program asks for."""

    def __init__(self, task: Task, terms: Terms, forms: Forms, tell: Tell) -> None:
        """Look at the task. Raises TaskError."""
        try:
            self._tree: Tree = cell.tree_of(task.declaration)
        except NoCellError as error:
            raise TaskError(str(error)) from error
        if self._tree.word != "STREAM":
            raise TaskError("Only operators of @STREAM cells are drafted from words.")
        if not task.words.strip():
            raise TaskError("Say in words what the operator has to do.")
        self.task = task
        self._terms = terms
        self._forms = forms
        self._tell = tell
        op = self._tree.scalar("op")
        self._shape: Shape | None = next((s for s in SHAPES if s == (task.shape or op)), None)
        self._trial: Trial | None = None
        self._is_over = False
        self._sent: list[Sent] = []
        self._tokens = [0, 0]

    async def run(self, model: Callable[[], Model]) -> Candidate:
        """Go all the way; `model` is called only where one is needed.

        Raises TaskError, NoModelError, ModelError. Cancelled, it ends what it has begun.
        """
        try:
            found = self._known()
            if found is not None:
                self._tell("trying", {"round": 0, "builtin": found[0]})
                return await asyncio.to_thread(self._builtin, *found)
            client = model()
            try:
                return await self._generate(client)
            finally:
                await client.close()
        finally:
            self._is_over = True
            if self._trial is not None:
                self._trial.stop()

    @property
    def needs_model(self) -> bool:
        """Whether the words mean more than a built-in operator. Raises TaskError."""
        return self._known() is None

    def _known(self) -> tuple[str, dict[str, Any]] | None:
        if self.task.remark or self.task.last:
            return None
        among = known.BY_SHAPE[self._shape] if self._shape else known.ACCUMULATES
        if not self._shape:
            among = (*known.MAPS, *known.FILTERS, *known.ACCUMULATES)
        fields = {
            each.name.text: each.default.text
            for each in self._tree.fields("params")
            if each.default
        }
        try:
            return known.match(self.task.words, fields, among)
        except (known.ParamMissingError, ValueError) as error:
            raise TaskError(str(error)) from error

    def _builtin(self, op: str, params: Mapping[str, Any]) -> Candidate:
        """Make the candidate of a built-in operator, tried here: it is our own code."""
        kept = {name: repr(value) for name, value in params.items()}
        written = ", ".join(f"{name}:{type(params[name]).__name__}={kept[name]}" for name in kept)
        added = {"op": op, "params": written, "describe": cell.described(self.task.words)}
        dropped = ("op", "run", "state", *(("params",) if written else ()))
        source = cell.written(cell.completed(self.task.declaration, added, dropped=dropped), "")
        compiled = self._compiled(source)
        samples, is_made = self._samples(compiled)
        before = self._before(samples)
        trial = self._begin(compiled, None, self._terms.timeout_s)
        steps = trial.steps(samples)
        checks, evidence = trial.described(samples, steps, before, is_made=is_made)
        shape = self._shape or known.shape_of(op)
        return Candidate(
            words=self.task.words,
            shape=shape,
            name=op,
            code="",
            cell=source,
            hash=hash_of(source),
            checks=tuple(checks),
            evidence=evidence,
            builtin=op,
            notes=f"The built-in operator {op}: {BUILTINS[op].about}. No model was asked.",
        )

    async def _generate(self, model: Model) -> Candidate:
        try:
            level = await asyncio.to_thread(ladder.strongest, self._terms.sandbox)
        except ladder.SandboxError as error:
            raise TaskError(str(error)) from error
        best: _Attempt | None = None
        last: Draft | None = None
        failure: Check | None = None
        round_ = 0
        for round_ in range(1, self._terms.rounds + 1):
            self._tell(
                "drafting",
                {"round": round_, "model": model.settings.model, "host": model.settings.host},
            )
            messages = prompts.messages(
                self.task,
                imports=self._terms.imports,
                shape=self._shape,
                last=last,
                failure=failure,
            )
            self._sent.append(Sent(round_, tuple(messages)))
            drafted = await self._ask(model, messages)
            self._count(drafted.usage)
            if drafted.draft is None:
                failure = Check("answer", "failed", drafted.reason)
                self._told(round_, failure)
                continue
            last = drafted.draft
            self._tell("checking", {"round": round_})
            attempt = await self._try(last, level, round_)
            failure = attempt.failure
            self._told(round_, failure)
            if best is None or attempt.reached >= best.reached:
                best = attempt
            if failure is None:
                break
        if best is None:
            best = _nothing(failure, self._shape or "map", level)
        return self._candidate(best, model, round_)

    async def _ask(self, model: Model, messages: Sequence[Message]) -> Drafted:
        """Ask, and wait for no answer that trickles without an end."""
        within_s = self._terms.answer_s
        try:
            return await asyncio.wait_for(self._forms.ask(model, messages), within_s)
        except asyncio.TimeoutError:
            host = model.settings.host
            raise ModelError(f"{host} has not ended its answer within {within_s:g} s.") from None

    def _told(self, round_: int, failure: Check | None) -> None:
        told = {"failure": failure.name, "message": failure.message} if failure else {}
        self._tell("drafted", {"round": round_, **told})

    async def _try(self, draft: Draft, level: Level, round_: int) -> _Attempt:
        """Check a draft and try it: each step only where those before it went well."""
        name = self.task.name or draft.name or lint.last_function(draft.code)
        claimed = next((s for s in SHAPES if s == draft.kind), None)
        shape: Shape = self._shape or claimed or lint.shape_of(draft.code, name) or "map"
        checks = [*lint.check(draft.code, name, shape, self._terms.imports)]
        source = self._source(draft, shape, name)
        made = partial(_Attempt, draft, shape, name, source)
        if any(each.status == "failed" for each in checks):
            return made(tuple(checks), Evidence(level=level))
        try:
            compiled = cell.compiled(source)
        except NoCellError as error:
            checks.append(Check("declaration", "failed", str(error)))
            return made(tuple(checks), Evidence(level=level))
        checks.append(Check("declaration", "passed"))
        self._tell("trying", {"round": round_, "level": level})
        more, evidence = await asyncio.to_thread(self._tried, compiled, draft, level)
        return made((*checks, *more), evidence)

    def _tried(
        self, compiled: Compiled, draft: Draft, level: Level
    ) -> tuple[list[Check], Evidence]:
        samples, is_made = self._samples(compiled)
        state = _fitting(compiled, self.task.state)
        before = self._before(samples)
        trial = self._begin(compiled, level, self._terms.timeout_s)
        return trial.run(samples, draft.examples, state=state, before=before, is_made=is_made)

    def _begin(self, compiled: Compiled, level: Level | None, timeout_s: float = 0.0) -> Trial:
        self._trial = trial = Trial(compiled.operator, level, timeout_s=timeout_s)
        if self._is_over:  # it was called off while a thread was on its way here
            trial.stop()
        return trial

    def _source(self, draft: Draft, shape: Shape, name: str) -> str:
        is_told = lint.shape_of(draft.code, name) == shape
        fields = {
            "op": "" if is_told else shape,
            "state": draft.state if shape == "accumulate" else "",
            "params": draft.params,
        }
        is_builtin = self._tree.scalar("op") not in ("", *KINDS)
        declaration = self.task.declaration
        if is_builtin:
            declaration = cell.completed(declaration, {}, dropped=("op",))
        written = cell.written(cell.sandboxed(declaration, self.task.words, fields), draft.code)
        if self.task.state is None:
            return written
        try:
            fits = _fitting(cell.compiled(written), self.task.state) is not None
        except NoCellError:
            return written
        if fits:
            return written
        fields["migrate"] = "reset"
        return cell.written(cell.sandboxed(declaration, self.task.words, fields), draft.code)

    def _compiled(self, source: str) -> Compiled:
        try:
            return cell.compiled(source)
        except NoCellError as error:
            raise TaskError(str(error)) from error

    def _samples(self, compiled: Compiled) -> tuple[tuple[Sample, ...], bool]:
        if self.task.samples:
            return self.task.samples, False
        fields = compiled.stream.select
        made = edges.made([each.type for each in fields])
        if len(fields) == 1:
            made = tuple(replace(each, value=_nested(fields[0].name, each.value)) for each in made)
        return made, True

    def _before(self, samples: Sequence[Sample]) -> Sequence[str]:
        """What the operator that runs now gives for the same values, tried in a sandbox, too."""
        if not self.task.before:
            return ()
        try:
            compiled = cell.compiled(self.task.before)
            level = ladder.strongest(self._terms.sandbox)
        except (NoCellError, ladder.SandboxError):
            return ()
        state = _fitting(compiled, self.task.state)
        has_function = compiled.operator.function is not None
        trial = self._begin(compiled, level if has_function else None)
        return [_written(step) for step in trial.steps(samples, state)]

    def _count(self, usage: Usage | None) -> None:
        if usage is not None:
            self._tokens[0] += usage.prompt_tokens
            self._tokens[1] += usage.completion_tokens

    def _candidate(self, attempt: _Attempt, model: Model, rounds: int) -> Candidate:
        return Candidate(
            words=self.task.words,
            shape=attempt.shape,
            name=attempt.name,
            code=attempt.draft.code,
            cell=attempt.source,
            hash=hash_of(attempt.source),
            checks=attempt.checks,
            evidence=attempt.evidence,
            notes=attempt.draft.notes[:500],
            rounds=rounds,
            model=model.settings.model,
            host=model.settings.host,
            prompt_tokens=self._tokens[0],
            completion_tokens=self._tokens[1],
            sent=tuple(self._sent),
        )


def from_environment() -> Terms:
    """Read the terms of this process. Raises ValueError."""
    return terms(os.environ)


def _nothing(failure: Check | None, shape: Shape, level: Level) -> _Attempt:
    checks = (failure,) if failure else ()
    return _Attempt(Draft(code=""), shape, "", "", checks, Evidence(level=level))


def _fitting(compiled: Compiled, state: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Give a snapshot where the operator takes it over, as in a swap."""
    if state is None or state.get("op", "") not in ("", *KINDS):
        return None
    try:
        for _, acc, _ in state["slots"]:
            compiled.operator.fit_state(acc)
        compiled.operator.fit_params({}, {})
    except (ValueError, KeyError, TypeError):
        return None
    return {**state, "params": {}}


def _written(step: Step) -> str:
    return step.error or ", ".join(str(each) for each in step.outputs)


def _nested(path: str, value: Any) -> Any:
    for part in reversed(path.split(".")):
        value = {part: value}
    return value
