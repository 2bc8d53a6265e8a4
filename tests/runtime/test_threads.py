"""Plain functions beside the loop: at once, in bursts, abandoned, and what they raise."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from functools import partial
from queue import SimpleQueue
from typing import Any

import pytest

from neutrino_lab.runtime import threads
from neutrino_lab.runtime.threads import Threads, call, is_async


def test_a_function_runs_in_a_copy_of_the_context() -> None:
    name = contextvars.ContextVar("name", default="")

    async def test() -> None:
        name.set("ann")
        pool = Threads("test", 1)
        assert await pool.run(lambda: (name.get(), threading.current_thread().name)) == (
            "ann",
            "test",
        )

    asyncio.run(test())


@pytest.mark.parametrize("error", [ValueError("bad"), SystemExit(3)])
def test_what_it_raises_is_raised(error: BaseException) -> None:
    def fail() -> None:
        raise error

    async def test() -> BaseException | None:
        try:
            await Threads("test", 1).run(fail)
        except (ValueError, SystemExit) as raised:
            return raised
        return None

    assert asyncio.run(test()) is error


def test_a_stop_iteration_cannot_end_a_coroutine() -> None:
    async def test() -> None:
        with pytest.raises(RuntimeError, match="StopIteration"):
            await Threads("test", 1).run(next, iter(()))

    asyncio.run(test())


def test_more_calls_than_threads_wait_their_turn() -> None:
    running, most = set[int](), [0]
    lock = threading.Lock()

    def work(n: int) -> int:
        with lock:
            running.add(n)
            most[0] = max(most[0], len(running))
        with lock:
            running.remove(n)
        return n

    async def test() -> list[int]:
        pool = Threads("test", 3)
        return list(await asyncio.gather(*(pool.run(work, n) for n in range(200))))

    assert asyncio.run(test()) == list(range(200))
    assert most[0] <= 3


def test_calls_that_wait_for_each_other_all_get_threads() -> None:
    async def test() -> None:
        barrier = threading.Barrier(50)
        pool = Threads("test", 50)
        await asyncio.gather(*(pool.run(barrier.wait, 10) for _ in range(50)))

    asyncio.run(test())


def test_a_result_does_not_wait_for_the_call_behind_it() -> None:
    async def test() -> None:
        gate = threading.Event()
        pool = Threads("test", 1)
        quick, slow = (asyncio.ensure_future(pool.run(each)) for each in (int, gate.wait))
        assert await asyncio.wait_for(quick, 60) == 0
        assert not slow.done()
        gate.set()
        assert await slow

    asyncio.run(test())


def test_a_result_does_not_wait_for_a_call_of_another_loop() -> None:
    """Which alone looks for what is done meanwhile."""

    async def test() -> None:
        loop = asyncio.get_running_loop()
        calls: SimpleQueue[Any] = SimpleQueue()
        calls.put("a call of another loop")
        results, done = threads._Results(loop, calls), loop.create_future()
        await asyncio.to_thread(results.add, partial(threads._resolve, done), 1, None)
        assert await asyncio.wait_for(done, 60) == 1

    asyncio.run(test())


def test_a_cancelled_call_is_left_to_finish_and_its_thread_goes_on() -> None:
    async def test() -> None:
        begun, gate, done = threading.Event(), threading.Event(), threading.Event()
        pool = Threads("test", 1)

        def work() -> None:
            begun.set()
            gate.wait(10)
            done.set()

        task = asyncio.ensure_future(pool.run(work))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        gate.set()
        assert await pool.run(done.is_set)
        assert task.cancelled()

    asyncio.run(test())


def test_idle_threads_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "IDLE_S", 0.01)

    async def test() -> None:
        pool = Threads("ending", 2)
        (thread,) = {await pool.run(threading.current_thread)}
        thread.join(10)
        assert not thread.is_alive()
        assert await pool.run(lambda: "again") == "again"

    asyncio.run(test())


def test_a_pool_outlives_its_loop() -> None:
    pool = Threads("test", 2)
    assert [asyncio.run(pool.run(abs, -n)) for n in (1, 2)] == [1, 2]


async def coroutine() -> str:
    return "coroutine"


def give_coroutine() -> Any:
    return coroutine()


def test_no_thread_is_lost_count_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that give up waiting at the moment they are woken: all of them, again and again."""
    monkeypatch.setattr(threads, "IDLE_S", 0.0002)

    async def test() -> None:
        pool = Threads("counted", 3)
        for round_ in range(300):
            await asyncio.gather(*(pool.run(int) for _ in range(1 + round_ % 7)))
            await asyncio.sleep(0.0002)
        alive = [each for each in threading.enumerate() if each.name == "counted"]
        while alive:
            await asyncio.to_thread(alive.pop().join)
        assert pool._running == 0
        # And there is still a place for as many as there may be.
        together = threading.Barrier(3)
        await asyncio.gather(*(pool.run(together.wait) for _ in range(3)))

    asyncio.run(test())


class Callable:
    async def __call__(self) -> str:
        return "object"


@pytest.mark.parametrize(
    ("function", "result", "runs_on_loop"),
    [
        (coroutine, "coroutine", True),
        (partial(partial(coroutine)), "coroutine", True),
        (Callable(), "object", True),
        (lambda: "plain", "plain", False),
        (give_coroutine, "coroutine", False),
    ],
)
def test_anything_callable_can_be_called(function: Any, result: str, runs_on_loop: bool) -> None:
    assert is_async(function) == runs_on_loop
    called = call(function, Threads("test", 1), is_on_loop=runs_on_loop)
    assert asyncio.run(called) == result
