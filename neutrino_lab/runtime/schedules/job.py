"""A schedule with what it runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any

from .. import threads
from ..cell_context import Variables
from ..errors import EndpointError
from ..functions import Functions
from ..spec import Schedule
from . import cron

TICK = "tick"
MOST_RETRIES = 10


@dataclass(frozen=True, slots=True)
class Job:
    """A schedule, its time zone and the function to run. `ordinal` counts otherwise equal ones.

    A function that `takes_tick` is given the time that it was due at.
    """

    schedule: Schedule
    zone: tzinfo
    function: Callable[..., Any]
    ordinal: int = 0
    takes_tick: bool = False
    variables: Variables = field(default_factory=dict, compare=False)
    label: str = field(init=False, compare=False)
    """The name that people know it by. Kept, as each run asks for it several times."""
    key_of_runs: str = field(init=False, compare=False)
    """What its runs are noted under: its schedule's key."""
    is_async: bool = field(init=False, compare=False)
    """Whether its function is called on the event loop. Kept: asking costs ten calls."""
    is_prompt: bool = field(init=False, compare=False)
    """Whether it begins there as soon as it is due. Kept as the next one, so that a run of most
    schedules reads no more of them: it finds its data in no cache."""
    is_cared_for: bool = field(init=False, compare=False)
    """Whether more is asked for than to call the function once."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", self.schedule.label)
        object.__setattr__(self, "key_of_runs", self.schedule.key)
        schedule = self.schedule
        is_async = threads.is_async(self.function)
        is_prompt = is_async and not (schedule.jitter or schedule.timeout)
        is_cared_for = bool(schedule.jitter or schedule.retries or schedule.on_failure)
        object.__setattr__(self, "is_async", is_async)
        object.__setattr__(self, "is_prompt", is_prompt)
        object.__setattr__(self, "is_cared_for", is_cared_for)

    @property
    def key(self) -> str:
        """What stays the same while the function changes, on every replica."""
        schedule = self.schedule
        timing = schedule.cron or schedule.interval
        return f"{schedule.function}|{timing}|{self.zone}|{self.ordinal}"


def build(schedules: Iterable[Schedule], program: Functions) -> tuple[Job, ...]:
    """Fit declarations and functions together, and change nothing. Raises EndpointError."""
    made: dict[str, Job] = {}
    for schedule in schedules:
        job = _job(schedule, program)
        while job.key in made:
            job = replace(job, ordinal=job.ordinal + 1)
        made[job.key] = job
    return tuple(made.values())


def _job(schedule: Schedule, program: Functions) -> Job:
    function = program.function(schedule)
    try:
        cron.parse(schedule)
        takes_tick = _takes_tick(function)
        inspect.signature(function).bind(**({TICK: None} if takes_tick else {}))
    except (ValueError, TypeError) as error:
        raise EndpointError(schedule.module, schedule.cell, str(error)) from error
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        reason = f"`{schedule.name}` yields, but a scheduled function has nobody to yield to"
        raise EndpointError(schedule.module, schedule.cell, reason)
    zone = cron.zone_of(schedule)
    return Job(schedule, zone, function, takes_tick=takes_tick, variables=program.variables)


def _takes_tick(function: Callable[..., Any]) -> bool:
    parameter = inspect.signature(function).parameters.get(TICK)
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return parameter is not None and parameter.kind in named
