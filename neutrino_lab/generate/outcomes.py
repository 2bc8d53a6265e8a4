"""What became of the values of a trial: each as a step, a row, and what is said of all of them."""

from __future__ import annotations

import builtins
import itertools
import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from neutrino_lab.generate.task import Check, Row, RowKind, Sample

STOPS = ("InterruptedOperatorError", "SandboxError")
"""After these nothing more is tried: the process has ended."""
SELECTION = "SelectionError"
NO_JSON = "The state holds something that JSON has not, or a key that is no text."
_SHOWN = 400
_SLOW_S = 0.5


@dataclass(frozen=True, slots=True)
class Step:
    """What one value became: the outputs, and the state or the error after it, as text; `took_s` is
    in seconds."""

    outputs: tuple[Any, ...]
    state: str
    error: str
    kind: str
    took_s: float


def plain_kind(step: Step) -> str:
    """Name an exception of Python's own; the name of another may hold anything."""
    is_known = step.kind in STOPS or hasattr(builtins, step.kind)
    return step.kind if is_known else "an exception"


def row(kind: RowKind, sample: Sample, step: Step, before: str = "", *, about: str = "") -> Row:
    """Write one value of the table; `about` says what is odd about it."""
    value = f"{about}: {shown(sample.value)}" if about else shown(sample.value)
    outputs = ", ".join(shown(each) for each in step.outputs[:10])
    took_ms = round(1000 * step.took_s, 3)
    return Row(kind, value, outputs, before, step.state, step.error, took_ms)


def rows(
    kind: RowKind, samples: Sequence[Sample], steps: Sequence[Step], before: Sequence[str]
) -> list[Row]:
    """Write values of the table; `before` is what becomes of them now, as far as that is known."""
    old = itertools.chain(before, itertools.repeat(""))
    each = zip(samples, steps, old, strict=False)
    return [row(kind, sample, step, now) for sample, step, now in each]


def recent(samples: Sequence[Sample], steps: Sequence[Step]) -> Check:
    """Check whether the operator raises for one of the recent values."""
    if not samples:
        return Check("values", "skipped", "There are no recent values.")
    if steps and all(step.kind == SELECTION for step in steps):
        nothing = "No value has what `select` names"
        return check("values", f"{nothing}: {steps[0].error}", f"{nothing}.")
    for sample, step in zip(samples, steps, strict=False):
        if step.error and step.kind not in (SELECTION, "StateError"):
            outline = f"For a recent value: {plain_kind(step)}."
            return check("values", f"{about(sample)} {step.error}", outline)
    return check("values", "")


def states(samples: Sequence[Sample], steps: Sequence[Step]) -> Check:
    """Say whether the state is JSON after each."""
    for sample, step in zip(samples, steps, strict=False):
        if step.kind == "StateError":
            return check("state", f"After {shown(sample.value)}: {step.error}", NO_JSON)
    return check("state", "")


def speed(steps: Sequence[Step]) -> Check:
    """Check how long the median of the values took."""
    took_s = _median_s(steps)
    if took_s is None:
        return Check("speed", "skipped", "Too few values went through.")
    return check("speed", f"One value takes {took_s * 1000:.0f} ms." if took_s > _SLOW_S else "")


def median_us(steps: Sequence[Step]) -> float:
    """Give how long the median of the values took; 0 where too few went through."""
    return round(1e6 * (_median_s(steps) or 0.0), 1)


def _median_s(steps: Sequence[Step]) -> float | None:
    # With the first one, much is imported.
    took = [step.took_s for step in steps[1:] if not step.error]
    return statistics.median(took) if took else None


def check(name: str, wrong: str, outline: str = "") -> Check:
    """Give a check that has failed if something is `wrong`; `outline` says it without the
    values."""
    return Check(name, "failed" if wrong else "passed", wrong, outline if wrong else "")


def about(sample: Sample) -> str:
    """Begin a message about a value."""
    return f"For {shown(sample.value)}:"


def shown(value: Any) -> str:
    """Write a value for people and models, cut where it is long."""
    if isinstance(value, tuple):
        value = list(value)
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def one(outputs: Sequence[Any]) -> Any:
    """Give the only output, a list of several, None where there is none."""
    return outputs[0] if len(outputs) == 1 else (list(outputs) or None)


def of_examples(
    tried: Iterable[tuple[list[Any], list[Any], list[Any], str]],
) -> tuple[Check, list[Row]]:
    """Say whether the examples of a draft hold: what went in, what came of it, what was expected,
    and what it met."""
    rows: list[Row] = []
    wrong = ""
    for inputs, given, expected, met in tried:
        error = met
        if not error and not is_close(given, expected):
            error = f"gives {shown(given)} where your example expects {shown(expected)}"
        rows.append(Row("example", shown(inputs), shown(given), error=error))
        wrong = wrong or (error and f"Your example {shown(inputs)}: {error}")
    if not rows:
        return Check("examples", "skipped", "The draft has none that can be read."), rows
    return check("examples", wrong), rows


def is_close(given: Any, expected: Any) -> bool:
    """Compare as people do: the last digits of a float say nothing."""
    if isinstance(given, list) and isinstance(expected, list):
        return len(given) == len(expected) and all(map(is_close, given, expected))
    if isinstance(given, dict) and isinstance(expected, dict):
        return given.keys() == expected.keys() and all(
            is_close(given[name], expected[name]) for name in given
        )
    numbers = all(type(each) in (int, float) for each in (given, expected))
    if numbers:
        return bool(abs(given - expected) <= 1e-6 * max(1.0, abs(given), abs(expected)))
    return bool(given == expected)
