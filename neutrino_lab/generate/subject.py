"""What is drafted, an operator or an endpoint: what a model is told of it, and how it is tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeAlias, TypeVar

from neutrino_lab.generate.answers import Draft
from neutrino_lab.generate.cell import NoCellError
from neutrino_lab.generate.prompts import Brief
from neutrino_lab.generate.task import Candidate, Check, Evidence, Shape
from neutrino_lab.generate.trial import Trial
from neutrino_lab.runtime.sandbox.levels import Level
from neutrino_lab.runtime.streams.operator import Operator

C = TypeVar("C")

Begin: TypeAlias = Callable[[Operator, Level | None], Trial]
"""Makes a trial that ends when the whole is called off."""


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """An operator that words mean; `make` tries it, and gives the candidate."""

    op: str
    make: Callable[[Begin], Candidate]


@dataclass(frozen=True, slots=True)
class Written:
    """The cell of a draft, and what was found without running it.

    `attempt` tries it in a sandbox; None where it is not sound enough for that.
    """

    name: str
    source: str
    checks: tuple[Check, ...]
    shape: Shape | None = None
    attempt: Callable[[Level, Begin], tuple[list[Check], Evidence]] | None = None


class Subject(Protocol):
    """One kind of thing to draft, for one task."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the declaration that a draft may fill in."""
        ...

    @property
    def brief(self) -> Brief:
        """What a model is told of it, before the task itself."""
        ...

    def built_in(self) -> BuiltIn | None:
        """Find the built-in that the words mean, which needs no model; None without one. Raises
        TaskError."""
        ...

    def written(self, draft: Draft) -> Written:
        """Write the cell of a draft, and check it without running it."""
        ...


def compiled(
    written: Written,
    compile_: Callable[[str], C],
    tried: Callable[[C, Level, Begin], tuple[list[Check], Evidence]],
) -> Written:
    """Compile a cell that has passed its checks so far; `tried` then tries what it is. `compile_`
    raises NoCellError."""
    if any(each.status == "failed" for each in written.checks):
        return written
    try:
        sound = compile_(written.source)
    except NoCellError as error:
        failed = Check("declaration", "failed", str(error))
        return replace(written, checks=(*written.checks, failed))
    checks = (*written.checks, Check("declaration", "passed"))
    return replace(written, checks=checks, attempt=partial(tried, sound))
