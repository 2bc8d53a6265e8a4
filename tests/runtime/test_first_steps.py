"""What is due begins at once, outside of any task, as a task of its own all the same."""

from __future__ import annotations

import asyncio
import sys
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

import pytest

from tests.runtime.test_jobs import Worker, job, run, until, working


async def fire(worker: Worker) -> None:
    """Make every schedule due as the clock does: in a callback of the loop."""
    fired = asyncio.get_running_loop().create_future()

    def fire() -> None:
        worker.tick()
        fired.set_result(None)

    asyncio.get_running_loop().call_soon(fire)
    await fired
    await until(lambda: not worker.is_busy)


def test_each_run_finds_a_context_and_what_is_kept_under_its_task_new() -> None:
    number = ContextVar("number", default=0)
    kept: WeakKeyDictionary[asyncio.Task[Any], int] = WeakKeyDictionary()
    found: list[tuple[int, int]] = []
    ended: list[int] = []

    async def keeps() -> None:
        task = asyncio.current_task()
        assert task is not None
        found.append((number.get(), kept.get(task, 0)))
        number.set(1)
        kept[task] = 1
        task.add_done_callback(lambda _: ended.append(1))

    async def test() -> None:
        async with working(job(keeps)) as worker:
            for _ in range(4):
                await fire(worker)
            await until(lambda: len(ended) == 4)
            assert {each.outcome for each in worker.journal.runs} == {"ok"}

    run(test)
    assert found == [(0, 0)] * 4


def test_most_end_without_a_task_of_their_own() -> None:
    tasks: list[int] = []

    async def ends() -> None:
        tasks.append(id(asyncio.current_task()))

    async def test() -> None:
        async with working(*(job(ends, name) for name in "abc")) as worker:
            await fire(worker)
            del tasks[:]
            await fire(worker)
            assert len(tasks) == 3
            assert len(set(tasks)) == (1 if sys.version_info >= (3, 11) else 3)
        left = {each for each in asyncio.all_tasks() if each is not asyncio.current_task()}
        assert left == set()

    run(test)


def test_what_waits_goes_on_as_the_task_that_it_began_as() -> None:
    number = ContextVar("number", default=0)
    seen: list[tuple[bool, int]] = []

    async def waits() -> None:
        task = asyncio.current_task()
        number.set(number.get() + 1)
        print("before")  # noqa: T201
        for _ in range(2):
            await asyncio.sleep(0)
            await asyncio.get_running_loop().run_in_executor(None, int)
        print("after")  # noqa: T201
        seen.append((asyncio.current_task() is task, number.get()))

    async def test() -> None:
        async with working(job(waits)) as worker:
            for _ in range(4):
                await fire(worker)
            assert [(each.outcome, each.output) for each in worker.journal.runs] == [
                ("ok", "before\nafter\n")
            ] * 4

    run(test)
    assert seen == [(True, 1)] * 4


@pytest.mark.parametrize("is_within", [True, False])
def test_a_run_may_cancel_itself_and_catch_it(is_within: bool) -> None:
    seen: list[str] = []

    async def cancels() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel("by itself")
        if is_within:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError as error:
                seen.append(str(error))
                if sys.version_info >= (3, 11):
                    assert task.uncancel() == 0

    async def test() -> None:
        async with working(job(cancels)) as worker:
            for _ in range(3):
                await fire(worker)
            assert [each.outcome for each in worker.journal.runs] == ["ok"] * 3

    run(test)
    assert seen == (["by itself"] * 3 if is_within else [])


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout came with 3.11")
def test_a_timeout_within_a_run_ends_what_it_waits_for() -> None:
    async def slow() -> None:
        if sys.version_info >= (3, 11):
            async with asyncio.timeout(0.001):
                await asyncio.Event().wait()

    async def test() -> None:
        async with working(job(slow)) as worker:
            for _ in range(2):
                await fire(worker)
            assert ["TimeoutError" in each.error for each in worker.journal.runs] == [True] * 2

    run(test)


def test_one_that_has_begun_is_ended_when_all_ends() -> None:
    async def test() -> None:
        worker: Worker
        gate = asyncio.Event()
        gate.set()
        async with working(job(gate.wait)) as worker:
            await fire(worker)
            gate.clear()
            asyncio.get_running_loop().call_soon(worker.tick)
            await until(lambda: worker.is_busy)
        assert [(each.outcome, each.error) for each in worker.journal.runs] == [
            ("ok", ""),
            ("failed", "ended by the server's shutdown"),
        ]

    run(test)
