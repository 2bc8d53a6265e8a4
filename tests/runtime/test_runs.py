"""The care that a schedule asks for: misfires, limits of time, retries, chance, who is told."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from neutrino_lab.runtime import zones
from neutrino_lab.runtime.bus.contract import Tick
from neutrino_lab.runtime.observe.journal import Run
from neutrino_lab.runtime.schedules import runs, webhook
from neutrino_lab.runtime.schedules.job import Job
from neutrino_lab.runtime.spec import Schedule
from tests.runtime.buses import Wire, WiredBus
from tests.runtime.test_jobs import in_loop, job, run, until, working


def cared(function: Callable[..., Any], **care: Any) -> Job:
    return job(function, interval="1d", **care)


@pytest.mark.parametrize(
    ("misfire", "ages_s", "outcomes"),
    [
        ("once", (90, 30), ["missed", "ok"]),
        ("once", (4000, 3000), ["missed", "missed"]),
        ("skip", (90, 30), ["missed", "missed"]),
        ("skip", (0,), ["ok"]),
        ("all", (4000, 90, 30), ["ok", "ok", "ok"]),
    ],
)
def test_what_is_run_of_the_times_that_have_passed(
    misfire: str, ages_s: tuple[float, ...], outcomes: list[str]
) -> None:
    async def test() -> None:
        async with working(cared(in_loop, misfire=misfire)) as worker:
            worker.tick(*ages_s)
            noted = await worker.runs(len(outcomes))
            assert sorted(each.outcome for each in noted) == outcomes
            due = [each.due for each in noted if each.outcome == "ok"]
            assert due == sorted(due)

    run(test)


def test_times_that_passed_while_no_replica_was_there_are_found_at_the_start() -> None:
    async def test() -> None:
        wire = Wire()
        wire.ticks["shop", "nb:f"] = before = time.time() - 35
        bus = WiredBus("shop", wire)
        async with working(job(in_loop, interval="10s"), bus=bus) as worker:
            missed, ran = (await worker.runs(2))[:2]
            assert (missed.outcome, ran.outcome) == ("missed", "ok")
            assert before < missed.due < ran.due
            assert ran.due % 10 == 0

    run(test)


class Noting(WiredBus):
    """A bus that notes what it is told of runs."""

    def __init__(self, *, has_lost: str = "") -> None:
        super().__init__("shop", Wire())
        self.told: list[str] = []
        self._has_lost = has_lost

    async def begin(self, job: str) -> bool:
        self.told.append("begin")
        return await super().begin(job)

    async def take(self, tick: Tick) -> bool:
        self.told.append("take")
        return self._has_lost != "taken"

    async def keeps(self, tick: Tick) -> bool:
        return self._has_lost != "given"

    def end(self, job: str) -> None:
        self.told.append("end")
        super().end(job)

    def done(self, tick: Tick) -> None:
        self.told.append("done")


@pytest.mark.parametrize(
    ("on_crash", "has_lost", "told"),
    [
        ("rerun", "", ["begin", "run", "end", "done"]),
        ("drop", "", ["begin", "take", "run", "end"]),
        # It woke up after another replica had taken the tick over.
        ("drop", "taken", ["begin", "take", "end"]),
        ("drop", "given", ["begin", "end"]),
        ("rerun", "given", ["begin", "end"]),
    ],
)
def test_a_tick_is_taken_off_before_or_after_it_runs(
    on_crash: str, has_lost: str, told: list[str]
) -> None:
    async def test() -> None:
        bus = Noting(has_lost=has_lost)

        async def work() -> None:
            bus.told.append("run")

        async with working(cared(work, on_crash=on_crash), bus=bus) as worker:
            worker.tick()
            await until(lambda: len(bus.told) == len(told) and not worker.is_busy)
            assert bus.told == told

    run(test)


@pytest.mark.parametrize(
    ("may_begin", "has_lost", "outcomes"),
    [
        # The replica whose run it met has died: nothing is lost.
        (True, "", ["ok", "ok", "ok"]),
        # It is alive: what came meanwhile has met the same run.
        (False, "", ["skipped", "skipped", "skipped"]),
        # It was given all of them meanwhile, and tells itself what becomes of them.
        (False, "given", []),
    ],
)
def test_ticks_that_come_while_it_is_asked_whether_one_may_run_share_its_fate(
    may_begin: bool, has_lost: str, outcomes: list[str]
) -> None:
    async def test() -> None:
        asked, answer = asyncio.Event(), asyncio.Event()

        class Asking(Noting):
            async def begin(self, job: str) -> bool:
                asked.set()
                await answer.wait()
                return may_begin

        bus = Asking(has_lost=has_lost)
        async with working(cared(in_loop), bus=bus) as worker:
            worker.tick(3)
            await asked.wait()
            for seconds in (2, 1):
                worker.tick(seconds)
                await until(lambda: not worker.is_offering)
            answer.set()
            await until(lambda: not worker.is_busy)
            noted = await worker.runs(len(outcomes))
            assert [each.outcome for each in noted] == outcomes
            due = [each.due for each in noted]
            assert due == sorted(due)
            assert bus.told.count("done") == len(outcomes)

    run(test)


def test_a_tick_runs_though_the_bus_is_slower_than_the_clock() -> None:
    async def test() -> None:
        class Slow(Noting):
            async def offer(self, job: str, dues: Sequence[float]) -> list[Tick]:
                given = await super().offer(job, dues)
                if not worker.journal.runs:
                    worker.tick()  # the next one has come before this one is given
                await asyncio.sleep(0)
                return given

        async with working(cared(in_loop), bus=Slow()) as worker:
            worker.tick()
            assert (await worker.outcomes(1))[0] == "ok"

    run(test)


def test_a_function_may_take_the_time_that_it_is_due_at() -> None:
    seen: list[datetime] = []

    async def test() -> None:
        def note(tick: datetime) -> None:
            seen.append(tick)

        taking = Job(Schedule("nb:f", 1, interval="1d"), zones.UTC, note, takes_tick=True)
        async with working(taking) as worker:
            worker.tick(20)
            (noted,) = await worker.runs(1)
            assert [each.timestamp() for each in seen] == [noted.due]
            assert seen[0].tzinfo is zones.UTC

    run(test)


async def waits() -> None:
    await asyncio.Event().wait()


def loops() -> None:
    while True:
        pass


@pytest.mark.parametrize("endless", [waits, loops])
def test_a_run_that_takes_too_long_is_ended_and_the_next_one_runs(endless: Any) -> None:
    async def test() -> None:
        async with working(cared(endless, timeout="1s")) as worker:
            worker.tick()
            (noted,) = await worker.runs(1)
            assert noted.outcome == "failed"
            assert noted.error.endswith("it took longer than 1 s and was ended")
            await until(lambda: not worker.is_busy)
            worker.adopt([cared(in_loop)])
            worker.tick()
            assert await worker.outcomes(2) == ["failed", "ok"]

    run(test)


def test_a_run_that_fails_is_run_again_as_often_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "FIRST_PAUSE_S", 0.001)
    left = [ValueError("first"), ValueError("second")]

    def fails() -> None:
        if left:
            raise left.pop(0)

    async def test() -> None:
        async with working(cared(fails, retries=5)) as worker:
            worker.tick()
            noted = await worker.runs(3)
            assert [each.outcome for each in noted] == ["failed", "failed", "ok"]
            assert len({each.due for each in noted}) == 1
            assert noted[0].error.endswith("ValueError: first\nit is run again in 0.001 s")
            assert noted[1].error.endswith("ValueError: second\nit is run again in 0.002 s")

    run(test)


def test_chance_delays_a_run_by_no_more_than_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, ...]] = []

    def uniform(*limits: float) -> float:
        asked.append(limits)
        return 0.0

    monkeypatch.setattr("random.uniform", uniform)

    async def test() -> None:
        async with working(cared(in_loop, jitter="2m")) as worker:
            worker.tick()
            assert await worker.outcomes(1) == ["ok"]

    run(test)
    assert asked == [(0, 120.0)]


@contextmanager
def listening(status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that keeps what is posted to it."""
    posted: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            posted.append(json.loads(self.rfile.read(length)))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/failed", posted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_run_that_has_failed_for_good_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setenv("DATABASE_PASSWORD", "correct horse")

    def fails() -> None:
        raise ValueError("no database at postgres://me:hidden@host, correct horse")

    async def test() -> None:
        with listening() as (url, posted):
            monkeypatch.setenv("ALERT_URL", url)
            async with working(cared(fails, retries=1, on_failure="$ALERT_URL")) as worker:
                worker.tick()
                _, last = await worker.runs(2)
                await until(lambda: posted)
            told = posted[0]
            told.pop("duration_s")
            traceback = told.pop("traceback")
            assert posted == [
                {
                    "schedule": "nb:f",
                    "due": datetime.fromtimestamp(last.due, zones.UTC).isoformat(),
                    "started": datetime.fromtimestamp(last.started, zones.UTC).isoformat(),
                    "outcome": "failed",
                    "attempts": 2,
                    "error": "ValueError: no database at postgres://…@host, …",
                }
            ]
            assert "in fails" in traceback
            assert "correct horse" not in traceback

    run(test)


@pytest.mark.parametrize(
    ("status", "reason"), [(500, "Internal Server Error"), (302, "Found"), (0, "refused")]
)
def test_nobody_to_tell_is_in_the_log_without_the_url(
    status: int, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with listening(status or 200) as (url, posted):
        pass
    failed = Run("SCHEDULE nb:f", 1.0, 1.0, 0.1, "failed", error="ValueError: x")
    if status:
        with listening(status) as (url, posted):
            webhook.send(Schedule("nb:f", 1, interval="1d", on_failure=url), failed, 1)
        assert len(posted) == 1
    else:
        webhook.send(Schedule("nb:f", 1, interval="1d", on_failure=url), failed, 1)
    assert "on_failure of schedule nb:f: nobody was told: " in caplog.text
    assert reason in caplog.text
    assert "/failed" not in caplog.text


def test_a_variable_that_is_not_set_tells_nobody(caplog: pytest.LogCaptureFixture) -> None:
    failed = Run("SCHEDULE nb:f", 1.0, 1.0, 0.1, "failed")
    webhook.send(Schedule("nb:f", 1, interval="1d", on_failure="$NOT_SET_HERE"), failed, 1)
    assert "nobody was told: ValueError" in caplog.text
