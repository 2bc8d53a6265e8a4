"""Tries an endpoint on requests: the app that its cell would be, whole, in a sandbox.

Nothing is listened to: requests, messages and runs are given to it over the sandbox's own pipe.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from neutrino_lab.generate import outcomes
from neutrino_lab.generate.answers import Example
from neutrino_lab.generate.outcomes import Step
from neutrino_lab.generate.subject import Begin
from neutrino_lab.generate.task import Check, Evidence, RowKind, Sample
from neutrino_lab.generate.trial import MOST_ROWS, Trial
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.sandbox.function import outlined
from neutrino_lab.runtime.sandbox.levels import Level
from neutrino_lab.runtime.spec import App, Stream, to_json
from neutrino_lab.runtime.streams import operator as operators
from neutrino_lab.runtime.streams.operator import Operator

_PROGRAM = Path(__file__).with_name("sandboxed_app.py")
_ANSWER = "answer"
_TIMEOUT = "10s"


@dataclass(frozen=True, slots=True)
class Requests:
    """What to ask: the given or ordinary ones, odd ones with what is odd, and the draft's own
    examples. Each of these begins with a fresh app."""

    given: Sequence[Sample]
    odd: Sequence[tuple[str, Sample]] = ()
    examples: Sequence[Example] = ()
    is_made: bool = False


def asker(app: App, code: str) -> Operator:
    """Make what takes a request and gives its answer: an operator, of what streams are made of."""
    described = json.dumps(to_json(app))
    program = _PROGRAM.read_text(encoding="utf-8")
    text = f"{program}\n\nbegin({described!r}, {code!r})\n"
    function = outlined(_ANSWER, CodeCell(1, text, "draft", _PROGRAM.name), 0)
    stream = Stream("draft", "every:1d", f"draft:{_ANSWER}", 1, op="map", timeout=_TIMEOUT)
    return operators.make(replace(stream, on_null="pass"), function, {})


def run(
    operator: Operator, level: Level, begin: Begin, asked: Requests, before: Sequence[str] = ()
) -> tuple[list[Check], Evidence]:
    """Ask it all; the checks come in the order in which to fix them."""
    trial = begin(operator, level)
    samples = [*asked.given, *(sample for _, sample in asked.odd)]
    steps = trial.steps(samples)
    first, odd = steps[: len(asked.given)], steps[len(asked.given) :]
    kind: RowKind = "made" if asked.is_made else "request"
    rows = outcomes.rows(kind, asked.given, first, before)
    checks = [outcomes.recent(asked.given, first)]
    is_ended = any(step.kind in outcomes.STOPS for step in first)
    if not is_ended:
        checks.append(_odd(asked.odd, odd))
        rows += [
            outcomes.row("edge", sample, step, about=about)
            for (about, sample), step in zip(asked.odd, odd, strict=False)
            if step.error
        ]
        check, more = outcomes.of_examples(_examples(trial, asked.examples))
        checks.append(check)
        rows += more
    rows.sort(key=lambda row: not row.error)
    return checks, Evidence(tuple(rows[:MOST_ROWS]), level, len(first), outcomes.median_us(steps))


def answers(operator: Operator, level: Level, begin: Begin, given: Sequence[Sample]) -> list[str]:
    """Say what an endpoint answers to requests, as people read it."""
    steps = begin(operator, level).steps(given)
    return [step.error or outcomes.shown(outcomes.one(step.outputs)) for step in steps]


def _odd(asked: Sequence[tuple[str, Sample]], steps: Sequence[Step]) -> Check:
    """What a caller does wrong is answered, and raises nothing."""
    if not asked:
        return Check("edges", "skipped", "It takes nothing that could be odd.")
    for (about, sample), step in zip(asked, steps, strict=False):
        if step.error:
            wrong = f"{about}: {outcomes.about(sample)} {step.error}"
            return outcomes.check("edges", wrong, f"Where {about}: {outcomes.plain_kind(step)}.")
    return outcomes.check("edges", "")


def _examples(
    trial: Trial, examples: Sequence[Example]
) -> Iterator[tuple[list[Any], list[Any], list[Any], str]]:
    """Ask what the draft itself expects answers to."""
    for each in examples:
        read = each.read()
        if read is None or not all(isinstance(one, dict) for one in read[0]):
            continue
        inputs, expected = read
        steps = trial.steps([Sample(one, float(n)) for n, one in enumerate(inputs)])
        given = [outcomes.one(step.outputs) for step in steps]
        yield inputs, given, expected, next((step.error for step in steps if step.error), "")
