"""The way from words to a cell: a built-in if they mean one, else drafts, checked and tried.

Nothing that a model wrote runs outside of its sandbox, and nothing at all in a service: what comes
out waits for a person's yes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from neutrino_lab.declare import grammar
from neutrino_lab.declare.stream import KIND as STREAM
from neutrino_lab.declare.tree import Tree
from neutrino_lab.generate import cell, prompts
from neutrino_lab.generate.answers import Draft
from neutrino_lab.generate.cell import NoCellError
from neutrino_lab.generate.drafting import Drafted, Forms
from neutrino_lab.generate.endpoint_subject import EndpointSubject
from neutrino_lab.generate.errors import ModelError, TaskError
from neutrino_lab.generate.model import Model, PromptMessage, Usage
from neutrino_lab.generate.stream_subject import StreamSubject
from neutrino_lab.generate.subject import Subject, Written
from neutrino_lab.generate.task import Candidate, Check, Evidence, Sent, Task
from neutrino_lab.generate.terms import Terms
from neutrino_lab.generate.trial import Trial
from neutrino_lab.runtime.sandbox import ladder
from neutrino_lab.runtime.sandbox.levels import Level
from neutrino_lab.runtime.streams.operator import Operator

Tell: TypeAlias = Callable[[str, Mapping[str, Any]], None]
"""Is told of each phase: `drafting`, `checking`, `trying`, `drafted`, with what belongs to it."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A draft and how far it got: how many checks it passed before the first that failed."""

    draft: Draft
    written: Written
    checks: tuple[Check, ...]
    evidence: Evidence

    @property
    def failure(self) -> Check | None:
        return next((each for each in self.checks if each.status == "failed"), None)

    @property
    def reached(self) -> int:
        return self.checks.index(self.failure) if self.failure else len(self.checks)


class Generation:
    """One task on its way. `forms` is shared by all that one program asks for."""

    def __init__(self, task: Task, terms: Terms, forms: Forms, tell: Tell) -> None:
        """Look at the task. Raises TaskError."""
        try:
            self._tree: Tree = cell.tree_of(task.declaration)
        except NoCellError as error:
            raise TaskError(str(error)) from error
        kind = grammar.kind_of(self._tree.word)
        if kind is None:
            raise TaskError(f"Nothing is drafted from words for `@{self._tree.word}`.")
        if not task.words.strip():
            raise TaskError("Say in words what it has to do.")
        self.task = task
        self._terms = terms
        self._forms = forms
        self._tell = tell
        self._subject: Subject
        if kind is STREAM:
            self._subject = StreamSubject(task, self._tree, terms)
        else:
            try:
                cell.check_open(task.declaration)
            except NoCellError as error:
                raise TaskError(str(error)) from error
            self._subject = EndpointSubject(task, kind, terms)
        self._trial: Trial | None = None
        self._is_over = False
        self._sent: list[Sent] = []
        self._tokens = [0, 0]

    async def run(self, model: Callable[[], Model]) -> Candidate:
        """Go all the way; `model` is called only where one is needed.

        Raises TaskError, NoModelError, ModelError. Cancelled, it ends what it has begun.
        """
        try:
            found = self._subject.built_in()
            if found is not None:
                self._tell("trying", {"round": 0, "builtin": found.op})
                return await asyncio.to_thread(found.make, self._begin)
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
        return self._subject.built_in() is None

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
                self._subject.brief,
                last=last,
                failure=failure,
            )
            self._sent.append(Sent(round_, tuple(messages)))
            drafted = await self._ask(model, messages)
            self._count(drafted.usage)
            if drafted.draft is None:
                failure = Check("answer", "failed", drafted.reason)
                self._report(round_, failure)
                continue
            last = drafted.draft
            self._tell("checking", {"round": round_})
            attempt = await self._try(last, level, round_)
            failure = attempt.failure
            self._report(round_, failure)
            if best is None or attempt.reached >= best.reached:
                best = attempt
            if failure is None:
                break
        if best is None:
            best = _nothing(failure, level)
        return self._candidate(best, model, round_)

    async def _ask(self, model: Model, messages: Sequence[PromptMessage]) -> Drafted:
        """Ask, and wait for no answer that trickles without an end."""
        within_s = self._terms.answer_s
        try:
            asked = self._forms.ask(model, messages, self._subject.keys)
            return await asyncio.wait_for(asked, within_s)
        except asyncio.TimeoutError:
            host = model.settings.host
            raise ModelError(f"{host} has not ended its answer within {within_s:g} s.") from None

    def _report(self, round_: int, failure: Check | None) -> None:
        outcome = {"failure": failure.name, "message": failure.message} if failure else {}
        self._tell("drafted", {"round": round_, **outcome})

    async def _try(self, draft: Draft, level: Level, round_: int) -> _Attempt:
        """Check a draft and try it: each step only where those before it went well."""
        written = self._subject.written(draft)
        if written.attempt is None:
            return _Attempt(draft, written, written.checks, Evidence(level=level))
        self._tell("trying", {"round": round_, "level": level})
        more, evidence = await asyncio.to_thread(written.attempt, level, self._begin)
        return _Attempt(draft, written, (*written.checks, *more), evidence)

    def _begin(self, operator: Operator, level: Level | None) -> Trial:
        self._trial = trial = Trial(operator, level, timeout_s=self._terms.timeout_s)
        if self._is_over:  # it was called off while a thread was on its way here
            trial.stop()
        return trial

    def _count(self, usage: Usage | None) -> None:
        if usage is not None:
            self._tokens[0] += usage.prompt_tokens
            self._tokens[1] += usage.completion_tokens

    def _candidate(self, attempt: _Attempt, model: Model, rounds: int) -> Candidate:
        return Candidate(
            words=self.task.words,
            kind=self._tree.word,
            shape=attempt.written.shape or "",
            name=attempt.written.name,
            code=attempt.draft.code,
            cell=attempt.written.source,
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


def _nothing(failure: Check | None, level: Level) -> _Attempt:
    checks = (failure,) if failure else ()
    return _Attempt(Draft(code=""), Written("", "", checks), checks, Evidence(level=level))
