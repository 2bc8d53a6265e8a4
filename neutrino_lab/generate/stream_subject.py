"""The operator of a stream as what is drafted: a built-in if words mean one, else a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from neutrino_lab.declare.tree import Tree
from neutrino_lab.generate import cell, edges, known, lint, outcomes, prompts, subject
from neutrino_lab.generate.answers import Draft
from neutrino_lab.generate.cell import NoCellError
from neutrino_lab.generate.errors import TaskError
from neutrino_lab.generate.outcomes import Step
from neutrino_lab.generate.prompts import Brief
from neutrino_lab.generate.subject import Begin, BuiltIn, Written
from neutrino_lab.generate.task import SHAPES, Candidate, Check, Evidence, Sample, Shape, Task
from neutrino_lab.generate.terms import Terms
from neutrino_lab.runtime.sandbox import ladder
from neutrino_lab.runtime.sandbox.levels import Level
from neutrino_lab.runtime.streams.operator import KINDS, Operator
from neutrino_lab.runtime.streams.operators import BUILTINS


class StreamSubject:
    """The operator of one `@STREAM` cell: a function, or a built-in that words mean."""

    keys = ("state", "params")

    def __init__(self, task: Task, tree: Tree, terms: Terms) -> None:
        self._task = task
        self._tree = tree
        self._terms = terms
        op = tree.scalar("op")
        self._shape: Shape | None = next((s for s in SHAPES if s == (task.shape or op)), None)

    @property
    def brief(self) -> Brief:
        return prompts.of_operator(self._shape, self._terms.imports)

    def built_in(self) -> BuiltIn | None:
        if self._task.remark or self._task.last:
            return None
        every = (*known.MAPS, *known.FILTERS, *known.ACCUMULATES)
        among = known.BY_SHAPE[self._shape] if self._shape else every
        fields = {
            each.name.text: each.default.text
            for each in self._tree.fields("params")
            if each.default
        }
        try:
            found = known.match(self._task.words, fields, among)
        except ValueError as error:
            raise TaskError(str(error)) from error
        return None if found is None else BuiltIn(found[0], partial(self._builtin, *found))

    def _builtin(self, op: str, params: Mapping[str, Any], begin: Begin) -> Candidate:
        """Make the candidate of a built-in operator, tried here: it is our own code."""
        kept = {name: repr(value) for name, value in params.items()}
        written = ", ".join(f"{name}:{type(params[name]).__name__}={kept[name]}" for name in kept)
        added = {"op": op, "params": written, "describe": cell.described(self._task.words)}
        dropped = ("op", "run", "state", *(("params",) if written else ()))
        source = cell.written(cell.completed(self._task.declaration, added, dropped=dropped), "")
        try:
            operator = cell.compiled(source)
        except NoCellError as error:
            raise TaskError(str(error)) from error
        samples, is_made = self._samples(operator)
        before = self._before(samples, begin)
        trial = begin(operator, None)
        steps = trial.steps(samples)
        checks, evidence = trial.described(samples, steps, before, is_made=is_made)
        shape = self._shape or known.shape_of(op)
        return Candidate(
            words=self._task.words,
            kind=self._tree.word,
            shape=shape,
            name=op,
            code="",
            cell=source,
            checks=tuple(checks),
            evidence=evidence,
            builtin=op,
            notes=f"The built-in operator {op}: {BUILTINS[op].about}. No model was asked.",
        )

    def written(self, draft: Draft) -> Written:
        name = self._task.name or draft.name or lint.last_function(draft.code)
        claimed = next((s for s in SHAPES if s == draft.kind), None)
        shape: Shape = self._shape or claimed or lint.shape_of(draft.code, name) or "map"
        checks = tuple(lint.check(draft.code, name, shape, self._terms.imports))
        written = Written(name, self._source(draft, shape, name), checks, shape)
        return subject.compiled(written, cell.compiled, partial(self._tried, draft))

    def _tried(
        self, draft: Draft, operator: Operator, level: Level, begin: Begin
    ) -> tuple[list[Check], Evidence]:
        samples, is_made = self._samples(operator)
        state = _fitting(operator, self._task.state)
        before = self._before(samples, begin)
        trial = begin(operator, level)
        return trial.run(samples, draft.examples, state=state, before=before, is_made=is_made)

    def _source(self, draft: Draft, shape: Shape, name: str) -> str:
        is_told = lint.shape_of(draft.code, name) == shape
        fields = {
            "op": "" if is_told else shape,
            "state": draft.state if shape == "accumulate" else "",
            "params": draft.params,
        }
        is_builtin = self._tree.scalar("op") not in ("", *KINDS)
        declaration = self._task.declaration
        if is_builtin:
            declaration = cell.completed(declaration, {}, dropped=("op",))
        words = self._task.words
        written = cell.written(cell.sandboxed(declaration, words, fields), draft.code)
        if self._task.state is None:
            return written
        try:
            fits = _fitting(cell.compiled(written), self._task.state) is not None
        except NoCellError:
            return written
        if fits:
            return written
        fields["migrate"] = "reset"
        return cell.written(cell.sandboxed(declaration, words, fields), draft.code)

    def _samples(self, operator: Operator) -> tuple[tuple[Sample, ...], bool]:
        if self._task.samples:
            return self._task.samples, False
        fields = operator.stream.select
        made = edges.made([each.type for each in fields])
        if len(fields) == 1:
            made = tuple(replace(each, value=_nested(fields[0].name, each.value)) for each in made)
        return made, True

    def _before(self, samples: Sequence[Sample], begin: Begin) -> Sequence[str]:
        """What the operator that runs now gives for the same values, tried in a sandbox, too."""
        if not self._task.before:
            return ()
        try:
            operator = cell.operator_of(cell.running(self._task.before, self._task.cells))
            level = ladder.strongest(self._terms.sandbox)
        except (NoCellError, ladder.SandboxError):
            return ()
        state = _fitting(operator, self._task.state)
        has_function = operator.function is not None
        trial = begin(operator, level if has_function else None)
        return [_written(step) for step in trial.steps(samples, state)]


def _fitting(operator: Operator, state: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Give a snapshot where the operator takes it over, as in a swap."""
    if state is None or state.get("op", "") not in ("", *KINDS):
        return None
    try:
        for _, acc, _ in state["slots"]:
            operator.fit_state(acc)
    except (ValueError, KeyError, TypeError):
        return None
    return {**state, "params": {}}


def _written(step: Step) -> str:
    return step.error or ", ".join(outcomes.shown(each) for each in step.outputs)


def _nested(path: str, value: Any) -> Any:
    for part in reversed(path.split(".")):
        value = {part: value}
    return value
