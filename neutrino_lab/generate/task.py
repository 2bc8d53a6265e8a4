"""What is wanted of a model, and what came of it: plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from neutrino_lab.runtime.sandbox.levels import Level

Shape: TypeAlias = Literal["map", "filter", "accumulate"]
SHAPES: tuple[Shape, ...] = get_args(Shape)
Share: TypeAlias = Literal["values", "schema-only"]
Status: TypeAlias = Literal["passed", "failed", "skipped"]
RowKind: TypeAlias = Literal["recent", "request", "made", "edge", "example"]

MOST_SHOWN = 5
"""So many recent values a model is told."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A value that came from the source, before any field was selected, and when."""

    value: Any
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Task:
    """Words, and the cell that they are for.

    `declaration` is the text of the declaration; `shape` and `name` are what the function has to
    be, empty where the model may choose. The values of `samples` are those of a stream, or requests
    of an endpoint as examples in a notebook hold them. `before` is the cell that runs now, `cells`
    the code cells of its notebook, and `state` a snapshot of its stream. `last` is a draft that a
    person has seen, and `remark` what they said of it.
    """

    words: str
    declaration: str
    shape: Shape | Literal[""] = ""
    name: str = ""
    samples: tuple[Sample, ...] = ()
    share: Share = "values"
    before: str = ""
    cells: tuple[str, ...] = ()
    state: Mapping[str, Any] | None = None
    last: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `message` says what fails, or why it was skipped.

    `outline` says it without any value of the user's; empty where `message` holds none.
    """

    name: str
    status: Status
    message: str = ""
    outline: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One value of the trial, each part as people read it. `before` is what the operator that runs
    now gives for it; `took_ms` is the time in the function and in the sandbox around it, not that
    in which its process starts."""

    kind: RowKind
    value: str
    outputs: str = ""
    before: str = ""
    state: str = ""
    error: str = ""
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the trial has shown; of the rows, those that fail come first."""

    rows: tuple[Row, ...] = ()
    level: Level | Literal[""] = ""
    values: int = 0
    median_us: float = 0.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What a model was told in one round, word for word."""

    round: int
    messages: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cell that waits for a person's yes. It has run nowhere but in the trial.

    `kind` is the word of its declaration, `shape` that of an operator. `code` is the function with
    its imports, `cell` the whole cell. `builtin` names the operator where the words mean one: then
    no model was asked.
    """

    words: str
    kind: str
    shape: Shape | Literal[""]
    name: str
    code: str
    cell: str
    checks: tuple[Check, ...]
    evidence: Evidence
    builtin: str = ""
    notes: str = ""
    rounds: int = 0
    model: str = ""
    host: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    sent: tuple[Sent, ...] = field(default=(), repr=False)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that it has failed."""
        return tuple(each for each in self.checks if each.status == "failed")

    @property
    def is_sandboxed(self) -> bool:
        """Whether it runs in a sandbox in a service, too: operators do, endpoints do not."""
        return self.kind == "STREAM" and not self.builtin

    @property
    def is_sound(self) -> bool:
        """Whether none of its checks has failed; skipped ones do not count."""
        return not self.failures
