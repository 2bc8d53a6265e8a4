"""Tries an operator on values, in its sandbox: what it gives, what fails, and how long it takes.

It runs beside every stream: nothing that goes wrong here is met by one that runs.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from neutrino_lab.generate import edges, outcomes
from neutrino_lab.generate.answers import Example
from neutrino_lab.generate.outcomes import Step
from neutrino_lab.generate.task import Check, Evidence, Row, RowKind, Sample
from neutrino_lab.runtime.sandbox.levels import Level
from neutrino_lab.runtime.streams.operator import Operator
from neutrino_lab.runtime.streams.process import Process
from neutrino_lab.runtime.streams.remote import Remote
from neutrino_lab.runtime.streams.returned import MOST_RESULTS
from neutrino_lab.runtime.streams.values import Json, Result, thawed

GROWTH_VALUES = 10_000
GROWTH_BYTES = 16_000
MOST_ROWS = 60
_BATCH = 250
MOST_CHARACTERS = 1_000_000
"""So long may a result be: each is read here, and sent to all who are connected."""


class Trial:
    """The trial of one operator. Any thread may `stop` it; what was not tried then is left out."""

    def __init__(self, operator: Operator, level: Level | None, *, timeout_s: float = 0.0) -> None:
        timeout_s = timeout_s or operator.timeout_s
        self._operator = replace(operator, timeout_s=timeout_s)
        self._level = level
        self._running: set[Process] = set()
        self._lock = threading.Lock()
        self._is_stopped = False

    def stop(self) -> None:
        """End what runs, and begin nothing more. Any thread may call it."""
        with self._lock:
            self._is_stopped = True
            running = tuple(self._running)
        for each in running:
            each.close()

    def steps(
        self, samples: Sequence[Sample], state: Mapping[str, Any] | None = None
    ) -> list[Step]:
        """Put values through, one at a time, and end with the first that does not end."""
        steps: list[Step] = []
        with self._process(state) as process:
            for each in samples:
                steps.append(_step(process, each))
                if steps[-1].kind in outcomes.STOPS or self._is_stopped:
                    break
        return steps

    def run(
        self,
        samples: Sequence[Sample],
        examples: Sequence[Example] = (),
        *,
        state: Mapping[str, Any] | None = None,
        before: Sequence[str] = (),
        is_made: bool = False,
    ) -> tuple[list[Check], Evidence]:
        """Do all of it; the checks come in the order in which to fix them."""
        first = self.steps(samples, state)
        checks, evidence = self.described(samples, first, before, is_made=is_made)
        *checks, speed = checks
        rows = list(evidence.rows)
        is_ended = any(step.kind in outcomes.STOPS for step in first)
        if not is_ended and not self._is_stopped:
            check, more = self._edges(samples, state)
            checks.append(check)
            rows += more
            check, more = outcomes.of_examples(self._examples(examples))
            checks.append(check)
            rows += more
            checks += [self._again(samples, first, state), self._growth(samples)]
        failed = sorted(rows, key=lambda row: not row.error)
        return [*checks, speed], replace(evidence, rows=tuple(failed[:MOST_ROWS]))

    def described(
        self,
        samples: Sequence[Sample],
        steps: Sequence[Step],
        before: Sequence[str] = (),
        *,
        is_made: bool = False,
    ) -> tuple[list[Check], Evidence]:
        """Say what became of values; `before` is what becomes of them now."""
        kind: RowKind = "made" if is_made else "recent"
        rows, median_us = outcomes.rows(kind, samples, steps, before), outcomes.median_us(steps)
        checks = [
            outcomes.recent(samples, steps),
            outcomes.states(samples, steps),
            outcomes.speed(steps),
        ]
        return checks, Evidence(tuple(rows), self._level or "", len(steps), median_us)

    def _edges(
        self, samples: Sequence[Sample], state: Mapping[str, Any] | None
    ) -> tuple[Check, list[Row]]:
        """Try odd values, each from the state that the recent ones lead to."""
        rows = []
        wrong = outline = ""
        with self._process(state) as process:
            _batch(process, samples)
            reached = json.loads(json.dumps(process.snapshot(), default=repr))
            for name, sample in edges.of(samples):
                process.restore(reached)
                step = _step(process, sample)
                if step.kind == outcomes.SELECTION:
                    continue  # the declaration's own word, which the function never meets
                rows.append(outcomes.row("edge", Sample(sample.value), step, about=name))
                if step.error and not wrong:
                    wrong = f"{name}: {outcomes.about(sample)} {step.error}"
                    outline = f"Where {name}: {outcomes.plain_kind(step)}."
                if step.kind in outcomes.STOPS:
                    break
        if not rows:
            return Check("edges", "skipped", "There is no value to make odd ones of."), rows
        # Those that went well say nothing.
        return outcomes.check("edges", wrong, outline), [each for each in rows if each.error]

    def _examples(
        self, examples: Sequence[Example]
    ) -> Iterator[tuple[list[Any], list[Any], list[Any], str]]:
        """Try what the model itself expects, from the first state."""
        plain = replace(self._operator, select=None, key=None, window=None)
        for each in examples:
            if (read := each.read()) is None:
                continue
            inputs, expected = read
            with self._process(None, plain) as process:
                steps = [_step(process, Sample(value, float(n))) for n, value in enumerate(inputs)]
            if plain.kind == "filter":
                # Some expect an answer, some what goes on.
                given: list[Any] = [bool(step.outputs) for step in steps]
                expected = [each is not None and each is not False for each in expected]
            else:
                given = [outcomes.one(step.outputs) for step in steps]
            yield inputs, given, expected, next((step.error for step in steps if step.error), "")

    def _again(
        self, samples: Sequence[Sample], first: Sequence[Step], state: Mapping[str, Any] | None
    ) -> Check:
        """Run twice more, the second half in a process that has seen nothing but the state."""
        if not samples:
            return Check("repeatable", "skipped", "There are no values.")
        half = (len(samples) + 1) // 2
        with self._process(state) as process:
            again = [_step(process, each) for each in samples[:half]]
            reached = json.loads(json.dumps(process.snapshot(), default=repr))
        if samples[half:]:
            with self._process(reached) as process:
                again += [_step(process, each) for each in samples[half:]]
        if self._is_stopped:
            return Check("repeatable", "skipped", "It was stopped.")
        for number, (one, other) in enumerate(zip(first, again, strict=False)):
            if outcomes.shown(one.outputs) == outcomes.shown(other.outputs):
                continue
            given, then = (outcomes.shown(outcomes.one(each.outputs)) for each in (one, other))
            why = "something besides the value, the state and the params decides"
            if number >= half:
                why = "it keeps something outside of its state, or " + why
            text = f"{outcomes.about(samples[number])} gives {given} the first time and "
            text = f"{text}{then} the second: {why}."
            return outcomes.check(
                "repeatable", text, f"A value gives something else the second time: {why}."
            )
        return outcomes.check("repeatable", "")

    def _growth(self, samples: Sequence[Sample]) -> Check:
        """Let thousands of values come, each a little different, and weigh the state."""
        if self._operator.kind != "accumulate":
            return Check("growth", "skipped", "It keeps no state.")
        if not samples:
            return Check("growth", "skipped", "There are no values.")
        weights: list[int] = []
        with self._process(None) as process:
            many = edges.many(samples, GROWTH_VALUES)
            for done in range(_BATCH, GROWTH_VALUES + 1, _BATCH):
                _batch(process, list(itertools.islice(many, _BATCH)))
                if any(each.kind in outcomes.STOPS for each in process.errors) or self._is_stopped:
                    last = process.errors[-1].message if process.errors else "it was stopped"
                    ended = f"Within {done:,} values it ended"
                    return outcomes.check("growth", f"{ended}: {last}", f"{ended}.")
                if any(each.kind == "StateError" for each in process.errors):
                    broken = f"Within {done:,} values: {process.errors[-1].message}"
                    return outcomes.check("growth", broken, outcomes.NO_JSON)
                weights.append(_weight(process))
        half, whole = weights[len(weights) // 2 - 1], weights[-1]
        if whole > GROWTH_BYTES and whole > 1.5 * half:
            text = f"The state grows without bound: {half:,} bytes after {GROWTH_VALUES // 2:,} "
            return outcomes.check("growth", f"{text}values, {whole:,} after {GROWTH_VALUES:,}.")
        return outcomes.check("growth", "")

    @contextmanager
    def _process(
        self, snapshot: Mapping[str, Any] | None, operator: Operator | None = None
    ) -> Iterator[Process]:
        operator = operator or self._operator
        remote = None if self._level is None else Remote(operator, self._level)
        process = Process(operator, remote=remote)
        if snapshot is not None:
            process.restore(snapshot)
        with self._lock:
            self._running.add(process)
            is_stopped = self._is_stopped
        try:
            if is_stopped:
                process.close()
            yield process
        finally:
            process.close()
            with self._lock:
                self._running.discard(process)


def _step(process: Process, sample: Sample) -> Step:
    results: list[Result] = []
    process.errors.clear()
    started_s, began = _starting_s(process), time.perf_counter()
    process.run([(sample.value, sample.at, None, 0)], results)
    took_s = max(time.perf_counter() - began - (_starting_s(process) - started_s), 0.0)
    error, kind = "", ""
    if process.errors:
        failure = process.errors[-1]
        kind = failure.kind
        is_told = kind in (*outcomes.STOPS, "StateError")
        error = failure.message if is_told else f"{kind}: {failure.message}"
        process.errors.clear()
    length = sum(_length(value) for _, value, _ in results)
    if length > MOST_CHARACTERS and not error:
        kind = "LargeResultError"
        error = f"its result has {length:,} characters; {MOST_CHARACTERS:,} are the most"
        results.clear()
    outputs = tuple(thawed(value) for _, value, _ in results[:MOST_RESULTS])
    states = [state for state in process.states().values() if state]
    shown = outcomes.shown(states[0] if len(states) == 1 else states) if states else ""
    return Step(outputs, shown, error, kind, took_s)


def _starting_s(process: Process) -> float:
    return process.remote.starting_s if process.remote else 0.0


def _length(value: Any) -> int:
    text = value.text if isinstance(value, Json) else value
    return len(text) if isinstance(text, str) else 0


def _batch(process: Process, samples: Sequence[Sample]) -> None:
    if samples:
        process.run([(each.value, each.at, None, 0) for each in samples], [])


def _weight(process: Process) -> int:
    return sum(len(json.dumps(state, default=repr)) for state in process.states().values())
