"""From a time that is due to what came of it: whose it is, whether it is run, how often, who hears.

A time is offered to the bus first. What the bus gives back is this replica's, and is run here or
noted as missed or skipped; what it cannot say while it is down is held, in order, until it can.
"""

from __future__ import annotations

import asyncio
import functools
import random
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice, takewhile
from typing import Any, Protocol

from .. import cell_context, problems, threads
from ..bus.contract import Bus, Tick
from ..encoding import pyplot
from ..errors import BusError
from ..observe.journal import Journal, Outcome, Run
from ..observe.output import Output, Recorder
from ..threads import Threads
from . import bounded, cron, webhook
from .job import Job
from .tasks import Tasks

GRACE_S = 60.0
# With `misfire: skip`, what is later than a busy machine makes it is not run.
SKIP_GRACE_S = 5.0
MOST_HELD = 1_000
# Of those that passed while no replica was there, no more are looked at: it takes a moment.
MOST_LOOKED_AT = 100_000
# A tick that has ended so many replicas would end the next one, too.
MOST_STARTS = 3
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
NOW = 0
"""`starts` of a run that somebody asked for: no tick of the queue."""


class Armed(Protocol):
    """A schedule in its newest version, whose `job` is replaced when that changes."""

    job: Job


class Queue(list[Tick]):
    """The ticks of one schedule that wait. While it `is_asking`, nobody knows whether the one
    before them meets a run that is under way, or one whose replica died: they are not skipped."""

    is_asking = False


class Runs:
    """The runs of one process, at most one of each schedule at a time."""

    def __init__(
        self, *, bus: Bus, journal: Journal, output: Output, grace_s: float, threads: Threads
    ) -> None:
        self._bus = bus
        self._journal = journal
        self._output = output
        self._grace_s = grace_s
        self._least_grace_s = min(grace_s, SKIP_GRACE_S)
        self._threads = threads
        self._tasks = Tasks()
        # By label: a new timing is no other schedule.
        self._offered: dict[str, list[tuple[float, bool]]] = {}
        self._running: dict[str, Queue] = {}

    def __bool__(self) -> bool:
        """Whether something runs."""
        return bool(self._running)

    def due(self, armed: Armed, dues: Sequence[float]) -> None:
        """Take times that have come, on the event loop; all but the last had passed before."""
        job = armed.job
        if len(dues) > MOST_HELD:
            dues = dues[-MOST_HELD:]
        passed = dues[:-1] if len(dues) > 1 and job.schedule.misfire != "all" else ()
        held = self._offered.get(job.label)
        if held is None:
            given = self._bus.give(job.label, dues)
            if given is not None:
                # Nearly all are in time for any schedule.
                if passed or time.time() - dues[0] > self._least_grace_s:
                    given = self._judge(job, given, passed)
                self._work(armed, given, is_given=True)
                return
        entries = [(due, n < len(passed)) for n, due in enumerate(dues)]
        if held is not None:
            held += entries
            del held[:-MOST_HELD]
            return
        self._offered[job.label] = entries
        self._tasks.start(self._offer(armed))

    def now(self, armed: Armed) -> None:
        """Run a schedule at once, because somebody asked for it; its next times stay as they
        are."""
        self._work(armed, [Tick(armed.job.label, time.time(), NOW)])

    def again(self, armed: Armed, tick: Tick) -> None:
        """Run what a replica that died has left."""
        self._work(armed, [tick])

    def catch_up(self, armed: Armed, now: datetime) -> None:
        """Take the times that have passed while no replica was there."""
        if armed.job.label not in self._offered:
            self._offered[armed.job.label] = []
            self._tasks.start(self._catch_up(armed, now))

    async def stop(self, timeout_s: float) -> None:
        """Give what is under way a moment to end, and then cancel it."""
        await self._tasks.stop(timeout_s)
        self._offered.clear()

    async def _catch_up(self, armed: Armed, now: datetime) -> None:
        job = armed.job
        newest = await self._asked(lambda: self._bus.newest(job.label))
        if newest is not None:
            start = datetime.fromtimestamp(newest, job.zone)
            times = cron.next_times(job.schedule, start, anchored=self._bus.anchored)
            passed = deque(islice(takewhile(lambda e: e <= now, times), MOST_LOOKED_AT), MOST_HELD)
            is_any, last = job.schedule.misfire == "all", len(passed) - 1
            entries = [(t.timestamp(), not is_any and n < last) for n, t in enumerate(passed)]
            self._offered[job.label][:0] = entries
        await self._offer(armed)

    async def _offer(self, armed: Armed) -> None:
        label = armed.job.label
        try:
            while offered := self._offered[label]:
                self._offered[label] = []
                try:
                    given = await self._bus.offer(label, [due for due, _ in offered])
                except BusError:
                    self._offered[label][:0] = offered
                    await self._bus.recovered()
                    continue
                # At once: where the bus is slow, the next time has come already.
                passed = [due for due, has_passed in offered if has_passed]
                self._work(armed, self._judge(armed.job, given, passed))
        finally:
            self._offered.pop(label, None)

    def _judge(self, job: Job, ticks: list[Tick], passed: Sequence[float]) -> list[Tick]:
        """Note those that are not run any more, and give the others; `passed` are times after which
        another has come."""
        now, grace_s = time.time(), self._grace_of(job)
        over = {round(due * 1000) for due in passed}
        ready, missed = [], []
        for tick in ticks:
            if round(tick.due * 1000) in over:
                missed.append(tick)
            elif now - tick.due > grace_s:
                self._note(job, tick.due, now, "missed", error=f"{now - tick.due:.0f} s too late")
                self._bus.done(tick)
            else:
                ready.append(tick)
        if missed:
            more = f"{len(missed)} due times had passed while nothing could run"
            self._note(job, missed[0].due, now, "missed", error=more)
            for tick in missed:
                self._bus.done(tick)
        return ready

    def _grace_of(self, job: Job) -> float:
        if job.schedule.misfire == "all":
            return float("inf")
        return self._least_grace_s if job.schedule.misfire == "skip" else self._grace_s

    def _work(self, armed: Armed, ticks: Sequence[Tick], *, is_given: bool = False) -> None:
        """Run ticks one after the other; what comes meanwhile joins them if some still wait.

        What the bus `is_given` to this process alone needs no asking.
        """
        if not ticks:
            return
        label = armed.job.label
        queue = self._running.get(label)
        if queue is None:
            queue = self._running[label] = Queue(ticks[1:])
            runs = self._run_all(armed, ticks[0], queue, is_given)
            # Others wait before their function begins, or in its place.
            is_first = is_given and armed.job.is_prompt
            (self._tasks.begin if is_first else self._tasks.start)(runs)
        elif queue or queue.is_asking or any(tick.starts > 1 for tick in ticks):
            queue.extend(ticks)
        else:
            for tick in ticks:
                self._skip(armed.job, tick, "")

    async def _run_all(self, armed: Armed, first: Tick, queue: Queue, is_given: bool) -> None:
        job, label = armed.job, armed.job.label
        try:
            if is_given and not job.is_cared_for:
                await self._attempt(job, first.due, "")
            else:
                await self._run(job, first, queue, is_given)
            while queue:
                await self._run(armed.job, queue.pop(0), queue, is_given=False)
        finally:
            del self._running[label]

    def _skip(self, job: Job, tick: Tick, where: str) -> None:
        error = f"the run before was still under way{where}"
        self._note(job, tick.due, time.time(), "skipped", error=error)
        if tick.starts != NOW:
            self._bus.done(tick)

    async def _run(self, job: Job, tick: Tick, queue: Queue, is_given: bool) -> None:
        schedule = job.schedule
        if schedule.jitter and tick.starts == 1:
            await asyncio.sleep(random.uniform(0, cron.seconds(schedule.jitter)))  # noqa: S311
        if not is_given:
            queue.is_asking = True
            may_run = await self._may_run(job, tick, queue)
            queue.is_asking = False
            if not may_run:
                return
        try:
            if job.is_cared_for:
                await self._attempts(job, tick)
            else:
                await self._attempt(job, tick.due, "")
        finally:
            # Not done where it is cancelled: another replica runs it then.
            self._bus.end(job.label)
        if tick.starts != NOW and schedule.on_crash == "rerun":
            self._bus.done(tick)

    async def _may_run(self, job: Job, tick: Tick, queue: Queue) -> bool:
        if tick.starts > MOST_STARTS:
            error = f"{MOST_STARTS} replicas have died with it, so it is not run again"
            self._note(job, tick.due, time.time(), "failed", error=error)
            self._bus.done(tick)
            return False
        while True:
            try:
                if not await self._bus.begin(job.label):
                    if tick.starts > 1 and await self._bus.keeps(tick):
                        continue  # it was begun once, and is not to be lost
                    await self._skip_all(job, tick, queue)
                    return False
                if await self._is_ours(job, tick):
                    return True
                self._bus.end(job.label)
            except BusError as failed:
                if tick.starts == NOW:
                    self._note(job, tick.due, time.time(), "missed", error=str(failed))
                    return False
                await self._bus.recovered()
            else:
                return False

    async def _is_ours(self, job: Job, tick: Tick) -> bool:
        """Whether a tick is run here, at last; one that is run at most once is taken off."""
        if tick.starts == NOW:
            return True
        if not await self._bus.keeps(tick):
            return False
        return job.schedule.on_crash == "rerun" or await self._bus.take(tick)

    async def _skip_all(self, job: Job, tick: Tick, queue: Queue) -> None:
        """Skip a tick that has met a run on another replica, and what has come meanwhile: it has
        met the same run."""
        asked = [each for each in (tick, *queue) if each.starts != NOW]
        lost = [each for each in asked if not await self._bus.keeps(each)]
        waiting = [tick, *queue]
        queue.clear()
        for each in waiting:
            if each in lost:
                continue  # another replica tells what becomes of it
            if each.starts > 1:
                queue.append(each)
            else:
                self._skip(job, each, " on another replica")

    async def _attempts(self, job: Job, tick: Tick) -> None:
        """Run it, and again where it fails, as often as its schedule says."""
        schedule = job.schedule
        pause_s = FIRST_PAUSE_S
        for left in range(schedule.retries, -1, -1):
            more = f"\nit is run again in {pause_s:g} s" if left else ""
            run = await self._attempt(job, tick.due, more)
            if run.outcome != "failed":
                return
            if not left:
                if schedule.on_failure:
                    told = replace(run, error=run.error.removesuffix(more))
                    await self._threads.run(webhook.send, schedule, told, schedule.retries + 1)
                return
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _attempt(self, job: Job, due: float, more: str) -> Run:
        outcome: Outcome = "ok"
        error = ""
        failure: BaseException | None = None
        function: Callable[..., Any] = job.function
        if job.takes_tick:
            function = functools.partial(function, tick=datetime.fromtimestamp(due, job.zone))
        # All of it to the end of this context, which is the run's own.
        recorder = Recorder(self._output)
        self._output.record(recorder)
        started, clock = time.time(), time.perf_counter()
        try:
            pyplot.begin_call()
            if job.variables:
                cell_context.put(job.variables)
            if job.is_prompt:
                await function()
            elif job.schedule.timeout:
                limit_s = cron.seconds(job.schedule.timeout)
                await bounded.call(function, self._threads, limit_s, is_async=job.is_async)
            else:
                await threads.call(function, self._threads, is_on_loop=job.is_async)
        except BaseException as raised:
            outcome = "failed"
            if not problems.is_users(raised):
                error = "ended by the server's shutdown"
                raise
            error, failure = problems.trace(raised) + more, raised
            problems.log(f"schedule {job.label}", raised)
        finally:
            took_s = time.perf_counter() - clock
            run = Run(job.key_of_runs, due, started, took_s, outcome, recorder.text, error)
            self._journal.run(run, failure)
            failure = None  # or the exception would hold this frame, and the frame it
        return run

    async def _asked(self, ask: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        while True:
            try:
                return await ask()
            except BusError:
                await self._bus.recovered()

    def _note(self, job: Job, due: float, now: float, outcome: Outcome, *, error: str) -> None:
        self._journal.run(Run(job.key_of_runs, due, now, 0.0, outcome, error=error))
