"""Schedules at work: armed on one clock, each run told to the journal."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from .. import cell_context, problems, zones
from ..bus.contract import Bus
from ..cell_context import Variables
from ..encoding import pyplot
from ..errors import BusError, EndpointError
from ..functions import Functions
from ..observe.journal import Journal, Outcome, Run
from ..observe.output import Output
from ..spec import Schedule
from ..threads import Threads, call
from . import cron
from .clock import Alarm, Clock, Executor

LOGGER = logging.getLogger("neutrino")

GRACE_S = 60.0
JOB_THREADS = 200

# APScheduler waits by a clock that stands still while a laptop sleeps or a container is paused.
HEARTBEAT_S = 15.0
_JOB = "neutrino"


@dataclass(frozen=True, slots=True)
class Job:
    """A schedule, its time zone and the function to run. `ordinal` counts otherwise equal ones."""

    schedule: Schedule
    zone: tzinfo
    function: Callable[[], Any]
    ordinal: int = 0
    variables: Variables = field(default_factory=dict, compare=False)

    @property
    def key(self) -> str:
        """What stays the same while the function changes, on every replica."""
        schedule = self.schedule
        timing = schedule.cron or schedule.interval
        return f"{schedule.function}|{timing}|{self.zone}|{self.ordinal}"

    @property
    def label(self) -> str:
        """The name that people know the schedule by."""
        return self.schedule.label


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A schedule's next run, None if it has none."""

    schedule: Schedule
    due: datetime | None


def build(schedules: Iterable[Schedule], program: Functions) -> tuple[Job, ...]:
    """Fit declarations and functions together, and change nothing. Raises EndpointError."""
    made: dict[str, Job] = {}
    for schedule in schedules:
        job = _job(schedule, program)
        while job.key in made:
            job = replace(job, ordinal=job.ordinal + 1)
        made[job.key] = job
    return tuple(made.values())


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
        self._journal = journal
        self._output = output
        self._grace_s = grace_s
        self._threads = threads or Threads("neutrino-job", JOB_THREADS)
        self._wanted: dict[str, Job] = {}
        self._ticking: dict[str, ArmedJob] = {}
        self._clock = Clock()
        self._scheduler: AsyncIOScheduler | None = None
        self._heartbeat: asyncio.TimerHandle | None = None
        self._runs: set[asyncio.Task[None]] = set()
        self._running: set[str] = set()  # by label: a new timing is no other schedule
        self._paused: set[str] = set()

    def adopt(self, jobs: Iterable[Job]) -> None:
        """Make these the schedules: those that stay keep their next run, the rest is re-armed.

        One that was paused stays so for as long as there is one of its label.
        """
        self._wanted = {job.key: job for job in jobs}
        self._paused &= {job.label for job in self._wanted.values()}
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
        if self._runs:
            _, left = await asyncio.wait(self._runs, timeout=timeout_s)
            for task in left:
                task.cancel()
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
            self._paused.add(label)
        return is_known

    def resume(self, label: str) -> bool:
        """Go on with the next time that comes due. False if there is no such schedule."""
        self._paused.discard(label)
        return any(job.label == label for job in self._wanted.values())

    def is_paused(self, label: str) -> bool:
        """Tell whether the schedule with this label rests."""
        return label in self._paused

    def run(self, label: str) -> bool:
        """Run a schedule now, beside its clock, on the event loop; where its last run is still
        under way, that is noted instead. False if it is not armed."""
        found = [each for each in self._ticking.values() if each.job.label == label]
        for ticking in found:
            self._begin(ticking, time.time())
        return bool(found)

    def _arm(self, scheduler: AsyncIOScheduler) -> None:
        now = datetime.now(zones.UTC)
        for key in self._ticking.keys() - self._wanted.keys():
            self._clock.remove(self._ticking.pop(key))
        for key, job in self._wanted.items():
            if key in self._ticking:
                self._ticking[key].job = job
                continue
            times = Trigger(job, anchored=self._bus.anchored)
            self._ticking[key] = ArmedJob(job, times, self._tick)
            self._clock.set(self._ticking[key], now)
        if scheduler.get_job(_JOB):
            scheduler.remove_job(_JOB)
        if self._clock.earliest is not None:
            scheduler.add_job(self._fire, self._clock, id=_JOB)

    def _fire(self) -> None:
        self._clock.fire(datetime.now(zones.UTC))

    def _beat(self) -> None:
        if self._scheduler is not None:
            self._scheduler.wakeup()
            loop = asyncio.get_running_loop()
            self._heartbeat = loop.call_later(HEARTBEAT_S, self._beat)

    def _tick(self, ticking: ArmedJob, times: tuple[datetime, ...]) -> None:
        """Run a schedule that is due; only the last of the times that have passed counts."""
        due = times[-1].timestamp()
        now = time.time()
        job = ticking.job
        if job.label in self._paused:
            return
        if len(times) > 1:
            more = f"{len(times) - 1} due times had passed while nothing could run"
            self._note(job, times[0].timestamp(), now, "missed", error=more)
        if now - due > self._grace_s:
            self._note(job, due, now, "missed", error=f"{now - due:.0f} s too late")
        else:
            self._begin(ticking, due)

    def _begin(self, ticking: ArmedJob, due: float) -> None:
        job = ticking.job
        if job.label in self._running:
            error = "the run before was still under way"
            self._note(job, due, time.time(), "skipped", error=error)
        else:
            self._running.add(job.label)
            task = asyncio.ensure_future(self._run(job, due))
            self._runs.add(task)
            task.add_done_callback(self._runs.discard)

    async def _claim(self, job: Job, due: float) -> bool:
        try:
            return await self._bus.claim(f"{job.key}@{due}")
        except BusError as failed:
            self._note(job, due, time.time(), "missed", error=str(failed))
            return False

    async def _run(self, job: Job, due: float) -> None:
        outcome: Outcome = "ok"
        error = ""
        failure: BaseException | None = None
        try:
            if not await self._claim(job, due):
                return
            started, clock = time.time(), time.perf_counter()
            with self._output.recording() as recorder:
                try:
                    pyplot.begin_call()
                    cell_context.put(job.variables)
                    await call(job.function, self._threads)
                except problems.RAISED as raised:
                    outcome, error, failure = "failed", problems.trace(raised), raised
                    problems.log(f"schedule {job.label}", raised)
                except asyncio.CancelledError:
                    outcome, error = "failed", "ended by the server's shutdown"
                    raise
                finally:
                    took_s = time.perf_counter() - clock
                    run = Run(job.schedule.key, due, started, took_s, outcome, recorder.text, error)
                    self._journal.run(run, failure)
        finally:
            failure = None  # or the exception would hold this frame, and the frame it
            self._running.discard(job.label)

    def _note(self, job: Job, due: float, now: float, outcome: Outcome, *, error: str) -> None:
        self._journal.run(Run(job.schedule.key, due, now, 0.0, outcome, error=error))


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
    """A schedule that is armed, in its newest version."""

    __slots__ = ("_tick", "job")

    def __init__(
        self, job: Job, times: Trigger, tick: Callable[[ArmedJob, tuple[datetime, ...]], None]
    ) -> None:
        super().__init__(times, self._act)
        self.job = job
        self._tick = tick

    def __call__(self, *times: datetime) -> None:
        self._tick(self, times)

    def _act(self, times: tuple[datetime, ...]) -> None:
        self._tick(self, times)


def _job(schedule: Schedule, program: Functions) -> Job:
    function = program.function(schedule)
    try:
        cron.parse(schedule)
        inspect.signature(function).bind()
    except (ValueError, TypeError) as error:
        raise EndpointError(schedule.module, schedule.cell, str(error)) from error
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        reason = f"`{schedule.name}` yields, but a scheduled function has nobody to yield to"
        raise EndpointError(schedule.module, schedule.cell, reason)
    return Job(schedule, cron.zone_of(schedule), function, variables=program.variables)
