"""Schedules at work: what runs when, what is recorded of it, what survives a new version."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from neutrino_lab.runtime import zones
from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.observe.journal import Run
from neutrino_lab.runtime.observe.output import Output
from neutrino_lab.runtime.schedules import cron
from neutrino_lab.runtime.schedules.job import Job
from neutrino_lab.runtime.schedules.jobs import Jobs
from neutrino_lab.runtime.spec import Schedule
from tests.recording import Recording
from tests.served import TELLS_CANCELLED

NOON = datetime(2024, 3, 8, 12, tzinfo=zones.UTC)
WAIT_S = 30.0


def job(function: Callable[[], Any], name: str = "f", **timing: Any) -> Job:
    return Job(Schedule(f"nb:{name}", 2, **(timing or {"interval": "1d"})), zones.UTC, function)


class Worker(Jobs):
    """Jobs whose time passes by hand: ticks come due as APScheduler would bring them."""

    def __init__(self, **settings: Any) -> None:
        self.journal = Recording()
        self.output = Output()
        super().__init__(
            **{"bus": MemoryBus(), "journal": self.journal, "output": self.output, **settings}
        )

    def tick(self, *ages_s: float) -> None:
        """Make every schedule due so many seconds ago."""
        now = datetime.now(zones.UTC)
        self.tick_at(*(now - timedelta(seconds=age) for age in ages_s or (0,)))

    def tick_at(self, *times: datetime) -> None:
        """Make every schedule due at these times, as the clock does."""
        self._run_passed([(tuple(self._ticking.values()), times)])

    @property
    def is_busy(self) -> bool:
        return bool(self._runs)

    @property
    def is_offering(self) -> bool:
        return bool(self._runs._offered)

    async def runs(self, count: int) -> list[Run]:
        """Wait for so many entries in the journal."""
        await until(lambda: len(self.journal.runs) >= count)
        return list(self.journal.runs)

    async def outcomes(self, count: int) -> list[str]:
        return [run.outcome for run in await self.runs(count)]


async def until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.001)


@asynccontextmanager
async def working(*listed: Job, **settings: Any) -> AsyncIterator[Worker]:
    worker = Worker(**settings)
    worker.output.install()
    worker.adopt(listed)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.stop(0)
        worker.output.remove()


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(test())


async def in_loop() -> None:
    print("from the loop")  # noqa: T201


def in_thread() -> None:
    print("from a thread")  # noqa: T201
    print("to stderr", file=sys.stderr)  # noqa: T201


class TestRuns:
    @pytest.mark.parametrize(
        ("function", "printed"),
        [(in_loop, "from the loop\n"), (in_thread, "from a thread\nto stderr\n")],
    )
    def test_what_is_printed_is_recorded_and_still_printed(
        self, function: Any, printed: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        async def test() -> None:
            async with working(job(function)) as worker:
                before = datetime.now(zones.UTC).timestamp()
                worker.tick()
                print("not of the run")  # noqa: T201
                (noted,) = await worker.runs(1)
                assert (noted.key, noted.outcome, noted.output, noted.error) == (
                    "SCHEDULE nb:f",
                    "ok",
                    printed,
                    "",
                )
                assert before <= noted.due <= noted.started <= time.time()
                assert 0 <= noted.duration_s < WAIT_S

        run(test)
        captured = capsys.readouterr()
        assert set(printed.splitlines()) <= set((captured.out + captured.err).splitlines())

    @pytest.mark.parametrize(
        "error",
        [
            ValueError("bad"),
            SystemExit(1),
            KeyboardInterrupt(),
            BaseException(),
            pytest.param(asyncio.CancelledError(), marks=TELLS_CANCELLED),
        ],
    )
    def test_one_that_fails_is_recorded_logged_and_due_again(
        self, error: BaseException, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fails() -> None:
            raise error

        async def test() -> None:
            async with working(job(fails)) as worker:
                worker.tick()
                await worker.runs(1)
                worker.tick()
                runs = await worker.runs(2)
                assert [run.outcome for run in runs] == ["failed", "failed"]
                assert repr(error).partition("(")[0] in runs[0].error
                assert "in fails" in runs[0].error

        run(test)
        assert [r.levelno for r in caplog.records if r.name == "neutrino"] == [logging.ERROR] * 2
        assert "schedule nb:f failed" in caplog.text

    def test_one_that_is_due_while_it_runs_is_skipped(self) -> None:
        gate = asyncio.Event()

        async def test() -> None:
            async with working(job(gate.wait)) as worker:
                worker.tick()
                worker.tick()
                assert await worker.outcomes(1) == ["skipped"]
                gate.set()
                assert await worker.outcomes(2) == ["skipped", "ok"]
                worker.tick()
                assert await worker.outcomes(3) == ["skipped", "ok", "ok"]

        run(test)

    @pytest.mark.parametrize(
        ("ages_s", "outcomes"),
        [((30,), ["ok"]), ((90,), ["missed"]), ((90, 30), ["missed", "ok"])],
    )
    def test_a_late_one_runs_within_the_grace_time(
        self, ages_s: tuple[float, ...], outcomes: list[str]
    ) -> None:
        async def test() -> None:
            async with working(job(in_loop), grace_s=60) as worker:
                worker.tick(*ages_s)
                assert await worker.outcomes(len(outcomes)) == outcomes

        run(test)

    def test_a_tick_that_another_replica_took_does_not_run(self) -> None:
        async def test() -> None:
            bus, ran = MemoryBus(), []

            async def note() -> None:
                ran.append(1)

            async with working(job(note), bus=bus) as one, working(job(note), bus=bus) as two:
                due = datetime.now(zones.UTC)
                for worker in (one, two):
                    worker.tick_at(due)
                await until(lambda: not (one.is_busy or two.is_busy))
                assert ran == [1]
                assert len(one.journal.runs + two.journal.runs) == 1

        run(test)

    def test_one_under_way_is_ended_when_all_ends(self) -> None:
        async def test() -> None:
            worker: Worker
            async with working(job(asyncio.Event().wait)) as worker:
                worker.tick()
                await asyncio.sleep(0)
            runs = await worker.runs(1)
            assert [(r.outcome, r.error) for r in runs] == [
                ("failed", "ended by the server's shutdown")
            ]

        run(test)


class TestVersions:
    def test_what_is_unchanged_keeps_its_next_run_and_runs_the_newest_function(self) -> None:
        async def test() -> None:
            called: list[str] = []

            async def new() -> None:
                called.append("new")

            async with working(job(in_loop, "kept"), job(in_loop, "gone")) as worker:
                before = {u.schedule.name: u.due for u in worker.upcoming()}
                await asyncio.sleep(0.01)
                worker.adopt([job(new, "kept"), job(in_loop, "added")])
                after = {u.schedule.name: u.due for u in worker.upcoming()}
                assert list(after) == ["kept", "added"]
                assert after["kept"] == before["kept"]
                assert after["added"] is not None
                assert before["gone"] is not None
                assert after["added"] > before["gone"]
                worker.tick()
                await worker.runs(2)
                assert called == ["new"]

        run(test)

    def test_a_changed_timing_is_armed_again(self) -> None:
        async def test() -> None:
            async with working(job(in_loop, interval="2d")) as worker:
                worker.adopt([job(in_loop, interval="1d")])
                (upcoming,) = worker.upcoming()
                assert upcoming.due is not None
                left = upcoming.due - datetime.now(zones.UTC)
                assert timedelta(hours=23) < left <= timedelta(days=1)

        run(test)

    def test_a_run_under_way_is_left_to_finish(self) -> None:
        gate = asyncio.Event()

        async def test() -> None:
            async with working(job(gate.wait)) as worker:
                worker.tick()
                await asyncio.sleep(0)
                worker.adopt([])
                gate.set()
                assert await worker.outcomes(1) == ["ok"]

        run(test)


class TestByHand:
    def test_a_paused_schedule_rests_and_misses_nothing(self) -> None:
        async def test() -> None:
            async with working(job(in_loop, "f"), job(in_loop, "g")) as worker:
                assert worker.pause("nb:f")
                worker.tick()
                assert [each.key for each in await worker.runs(1)] == ["SCHEDULE nb:g"]
                worker.tick(100_000, 50)
                await until(lambda: not worker.is_busy)
                assert {each.key for each in worker.journal.runs} == {"SCHEDULE nb:g"}
                assert worker.resume("nb:f")
                worker.tick()
                await until(lambda: "SCHEDULE nb:f" in {each.key for each in worker.journal.runs})

        run(test)

    def test_a_pause_outlives_a_version_and_ends_with_its_schedule(self) -> None:
        async def test() -> None:
            async with working(job(in_loop)) as worker:
                worker.pause("nb:f")
                worker.adopt([job(in_thread, interval="2d")])
                assert worker.is_paused("nb:f")
                worker.adopt([])
                worker.adopt([job(in_loop)])
                assert not worker.is_paused("nb:f")

        run(test)

    def test_it_runs_when_it_is_told_to_but_never_twice_at_once(self) -> None:
        async def test() -> None:
            hold = asyncio.Event()

            async def held() -> None:
                await hold.wait()

            async with working(job(held)) as worker:
                worker.pause("nb:f")
                assert worker.run("nb:f")
                assert worker.run("nb:f")
                hold.set()
                assert await worker.outcomes(2) == ["skipped", "ok"]

        run(test)

    def test_what_is_not_there_cannot_be_commanded(self) -> None:
        async def test() -> None:
            async with working(job(in_loop)) as worker:
                commands = (worker.run, worker.pause, worker.resume)
                assert not any(command("nb:g") for command in commands)
                assert not worker.is_paused("nb:g")

        run(test)


def test_apscheduler_fires_them_in_time() -> None:
    async def test() -> None:
        async with working(
            job(in_loop, cron="* * * * * *"), job(in_thread, "g", interval="1s")
        ) as w:
            runs = await w.runs(4)
            # How late depends on what else the machine does; which times they are does not.
            assert max(each.started - each.due for each in runs) < WAIT_S
            by_cron = [each.due for each in runs if each.key == "SCHEDULE nb:f"]
            assert by_cron == [float(int(due)) for due in by_cron]

    run(test)


def test_schedules_of_one_line_are_looked_up_together(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Schedule | str] = []
    next_times = cron.next_times

    def noted(schedule: Schedule | str, *where: Any, **how: Any) -> Iterator[datetime]:
        asked.append(schedule)
        return next_times(schedule, *where, **how)

    monkeypatch.setattr(cron, "next_times", noted)

    async def test() -> None:
        line = "0 0 0 1 1 *"
        async with working(*(job(in_loop, name, cron=line) for name in "abc")) as worker:
            worker.adopt([*(job(in_loop, name, cron=line) for name in "bcd"), job(in_loop, "e")])
            dues = {each.schedule.name: each.due for each in worker.upcoming()}
            assert len({dues[name] for name in "bcd"}) == 1
            assert dues["e"] not in {None, dues["b"]}
            assert {each.function for each in asked if isinstance(each, Schedule)} == {
                "nb:a",
                "nb:e",
            }

    run(test)


def test_a_new_timing_does_not_let_a_run_overlap_the_one_before() -> None:
    async def test() -> None:
        gate = asyncio.Event()
        begun: list[str] = []

        async def slow() -> None:
            begun.append("slow")
            await gate.wait()

        async with working(job(slow, interval="1d")) as worker:
            worker.tick()
            await until(lambda: begun)
            worker.adopt([job(slow, interval="2d")])
            worker.tick()
            assert await worker.outcomes(1) == ["skipped"]
            gate.set()
            assert await worker.outcomes(2) == ["skipped", "ok"]
            worker.tick()
            assert await worker.outcomes(3) == ["skipped", "ok", "ok"]

    asyncio.run(test())


def test_of_two_functions_with_one_name_the_one_that_is_asked_for_runs() -> None:
    async def test() -> None:
        ran: list[str] = []
        first = job(lambda: ran.append("first"), interval="1d")
        second = job(lambda: ran.append("second"), interval="1d", nth=2)
        async with working(first, second) as worker:
            assert worker.run("nb:f (2)")
            await worker.runs(1)
        assert ran == ["second"]

    asyncio.run(test())
