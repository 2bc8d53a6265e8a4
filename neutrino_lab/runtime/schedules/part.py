"""Schedules as a part of the engine: those that stay the same keep their next run."""

from __future__ import annotations

from collections.abc import Sequence

from ..functions import Functions
from ..parts import Activity, Part, Shared
from ..spec import Schedule
from . import job
from .job import Job
from .jobs import Jobs


class SchedulePart(Part[Schedule, Job]):
    """Serves schedules: one `Jobs` for all versions of the app."""

    def __init__(self, shared: Shared) -> None:
        self.jobs = Jobs(bus=shared.bus, journal=shared.journal, output=shared.output)

    def build(self, endpoints: Sequence[Schedule], program: Functions) -> tuple[Job, ...]:
        return job.build(endpoints, program)

    def rebound(self, built: Sequence[Job], program: Functions) -> tuple[Job, ...]:
        return self.build([each.schedule for each in built], program)

    def adopt(self, built: Sequence[Job]) -> None:
        self.jobs.adopt(built)

    async def start(self) -> None:
        await self.jobs.start()

    async def close(self, timeout_s: float) -> None:
        await self.jobs.stop(timeout_s)

    def activities(self, endpoints: Sequence[Schedule]) -> Sequence[Activity]:
        due = {each.schedule.label: each.due for each in self.jobs.upcoming()}
        return [
            Activity(due=due.get(each.label), is_paused=self.jobs.is_paused(each.label))
            for each in endpoints
        ]

    def act(self, endpoint: Schedule, action: str) -> bool:
        known = {"run": self.jobs.run, "pause": self.jobs.pause, "resume": self.jobs.resume}
        return known[action](endpoint.label)

    def rest(self) -> None:
        self.jobs.rest()


make = SchedulePart
