"""Schedules at work: armed on one clock, each run told to the journal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from .. import zones
from ..bus.contract import Bus, Tick
from ..observe.journal import Journal
from ..observe.output import Output
from ..spec import Schedule
from ..threads import Threads
from . import cron
from .clock import Alarm, Clock, Executor, Times
from .job import Job
from .runs import GRACE_S, Runs

LOGGER = logging.getLogger("neutrino")

JOB_THREADS = 200

# APScheduler waits by a clock that stands still while a laptop sleeps or a container is paused.
HEARTBEAT_S = 15.0
_JOB = "neutrino"


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A schedule's next run, None if it has none."""

    schedule: Schedule
    due: datetime | None


class Jobs:
    """The schedules of one process, whichever version of the app they belong to."""

    def __init__(
        self,
        *,
        bus: Bus,
        journal: Journal,
        output: Output,
        grace_s: float = GRACE_S,
        threads: Threads | None = None,
    ) -> None:
        self._bus = bus
        self._runs = Runs(
            bus=bus,
            journal=journal,
            output=output,
            grace_s=grace_s,
            threads=threads or Threads("neutrino-job", JOB_THREADS),
        )
        self._wanted: dict[str, Job] = {}
        self._ticking: dict[str, ArmedJob] = {}
        self._clock: Clock[ArmedJob] = Clock()
        self._scheduler: AsyncIOScheduler | None = None
        self._heartbeat: asyncio.TimerHandle | None = None
        self._is_resting = False

    def adopt(self, jobs: Iterable[Job]) -> None:
        """Make these the schedules: those that stay keep their next run, the rest is re-armed.

        One that was paused stays so for as long as there is one of its label.
        """
        self._wanted = {job.key: job for job in jobs}
        timings = {job.label: job.schedule.timing for job in self._wanted.values()}
        self._bus.watch(timings, self._again)
        if self._scheduler is not None:
            self._arm(self._scheduler)

    async def start(self) -> None:
        """Begin to tick, on the running loop."""
        self._scheduler = AsyncIOScheduler(
            timezone=zones.UTC,
            executors={"default": Executor()},
            logger=LOGGER.getChild("scheduler"),
        )
        # Its lines on every start and job would read as if something were wrong.
        LOGGER.getChild("scheduler").setLevel(logging.ERROR)
        self._scheduler.start()
        self._arm(self._scheduler)
        self._beat()

    async def stop(self, timeout_s: float) -> None:
        """Fire no more, and give the runs that are under way a moment to end."""
        if self._scheduler is None:
            return
        self._scheduler.shutdown(wait=False)
        self._scheduler = None
        self._ticking = {}
        self._clock = Clock()
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        await self._runs.stop(timeout_s)
        await asyncio.sleep(0)  # the scheduler ends itself in the loop's next turn

    def upcoming(self) -> tuple[Upcoming, ...]:
        """List the schedules with their next runs, in their own time zones."""
        armed = {key: each.due for key, each in self._ticking.items()}
        return tuple(
            Upcoming(job.schedule, due.astimezone(job.zone) if (due := armed.get(key)) else None)
            for key, job in self._wanted.items()
        )

    def pause(self, label: str) -> bool:
        """Let a schedule's clock rest; what comes due meanwhile is not missed. False if there is
        no such schedule."""
        is_known = any(job.label == label for job in self._wanted.values())
        if is_known:
            self._bus.pause(label, is_paused=True)
        return is_known

    def resume(self, label: str) -> bool:
        """Go on with the next time that comes due. False if there is no such schedule."""
        self._bus.pause(label, is_paused=False)
        return any(job.label == label for job in self._wanted.values())

    def is_paused(self, label: str) -> bool:
        """Tell whether the schedule with this label rests."""
        return self._is_resting or label in self._bus.paused

    def rest(self) -> None:
        """Let nothing be due here from now on, whatever other replicas do."""
        self._is_resting = True

    def run(self, label: str) -> bool:
        """Run a schedule now, beside its clock, on the event loop; where its last run is still
        under way, that is noted instead. False if it is not armed."""
        found = [each for each in self._ticking.values() if each.job.label == label]
        for ticking in found:
            self._runs.now(ticking)
        return bool(found)

    def _arm(self, scheduler: AsyncIOScheduler) -> None:
        now = datetime.now(zones.UTC)
        for key in self._ticking.keys() - self._wanted.keys():
            self._clock.remove(self._ticking.pop(key))
        # Others begin to count when they are armed, and share their times with these alone.
        known = {
            _timing(each.job): each.times
            for each in self._ticking.values()
            if each.job.schedule.cron or self._bus.anchored
        }
        for key, job in self._wanted.items():
            if key in self._ticking:
                self._ticking[key].job = job
                continue
            times = known.get(_timing(job))
            if times is None:
                times = known[_timing(job)] = Trigger(job, anchored=self._bus.anchored)
            self._ticking[key] = ArmedJob(job, times)
            self._clock.set(self._ticking[key], now)
            if self._bus.anchored and not self.is_paused(job.label):
                self._runs.catch_up(self._ticking[key], now)
        if scheduler.get_job(_JOB):
            scheduler.remove_job(_JOB)
        if self._clock.earliest is not None:
            scheduler.add_job(self._fire, self._clock, id=_JOB)

    def _fire(self) -> None:
        passed = self._clock.passed(datetime.now(zones.UTC))
        if passed:
            # APScheduler waits for the next time by the moment at which it asked for these.
            asyncio.get_running_loop().call_soon(self._run_passed, passed)

    def _run_passed(
        self, passed: Iterable[tuple[tuple[ArmedJob, ...], tuple[datetime, ...]]]
    ) -> None:
        if self._scheduler is None or self._is_resting:
            return
        for listed, times in passed:
            dues = [each.timestamp() for each in times]
            for each in listed:
                if each.job.label not in self._bus.paused:
                    self._runs.due(each, dues)

    def _beat(self) -> None:
        if self._scheduler is not None:
            self._scheduler.wakeup()
            loop = asyncio.get_running_loop()
            self._heartbeat = loop.call_later(HEARTBEAT_S, self._beat)

    def _again(self, tick: Tick) -> None:
        """Run what a replica that died has left."""
        found = [each for each in self._ticking.values() if each.job.label == tick.job]
        for ticking in found[:1]:
            self._runs.again(ticking, tick)


class Trigger:
    """The next times of a schedule, from `cron`.

    Whoever asks again for the time after the same one gets the same answer: the iterator goes on
    only when a time was taken.
    """

    __slots__ = ("_after", "_anchored", "_job", "_next", "_times")

    def __init__(self, job: Job, *, anchored: bool = False) -> None:
        self._job = job
        self._anchored = anchored
        self._times: Iterator[datetime] = iter(())
        self._after: datetime | None = None
        self._next: datetime | None = None

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        after = previous or now
        if after != self._after:
            if after != self._next:
                start = after.astimezone(self._job.zone)
                self._times = cron.next_times(self._job.schedule, start, anchored=self._anchored)
            following = next(self._times, None)
            self._after = after
            # Moments in one time zone compare by the clock on the wall, which DST turns back.
            self._next = following.astimezone(zones.UTC) if following else None
        return self._next


class ArmedJob(Alarm):
    """A schedule in its newest version, set on the clock."""

    __slots__ = ("job",)

    def __init__(self, job: Job, times: Times) -> None:
        super().__init__(times)
        self.job = job


def _timing(job: Job) -> tuple[str, tzinfo]:
    """What says when a job is due."""
    return job.schedule.cron or job.schedule.interval, job.zone
