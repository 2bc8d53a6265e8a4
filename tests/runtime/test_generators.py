"""One way to step a generator in threads, for responses and sockets alike."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from anyio import to_thread

from neutrino_lab.runtime.generators import END, InTask, InThreads, Run, stepped
from neutrino_lab.runtime.threads import Threads

WAIT_S = 30


def pool(call: Any) -> Any:
    return Threads("test", 4).run(call)


RUNS = pytest.mark.parametrize("run", [to_thread.run_sync, pool])


@RUNS
def test_one_closed_in_the_middle_of_a_step_is_closed_when_that_ends(run: Run) -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def slow() -> Iterator[int]:
        try:
            begun.set()
            go_on.wait(WAIT_S)
            yield 1
        finally:
            ended.set()

    async def test() -> None:
        source = InThreads(slow(), run)
        step = asyncio.ensure_future(source.next())
        await asyncio.to_thread(begun.wait, WAIT_S)
        await source.close()
        assert not ended.is_set()
        go_on.set()
        assert (await step, await source.next()) == (1, END)
        assert await asyncio.to_thread(ended.wait, WAIT_S)

    asyncio.run(test())


@RUNS
def test_one_that_is_left_gives_no_more_and_is_closed(run: Run) -> None:
    closed: list[bool] = []

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.append(True)

    async def test() -> None:
        source = InThreads(endless(), run)
        taken = [await source.next()]
        source.leave()
        taken.append(await source.next())
        await source.close()
        assert (taken, closed) == ([1, END], [True])

    asyncio.run(test())


def test_one_that_cancels_itself_has_not_come_to_its_end() -> None:
    async def broken() -> AsyncIterator[int]:
        yield 1
        raise asyncio.CancelledError

    async def test() -> None:
        source = InTask(broken())
        assert await source.next() == 1
        with pytest.raises(asyncio.CancelledError):
            await source.next()

    asyncio.run(test())


def test_what_does_not_yield_is_no_stream() -> None:
    with pytest.raises(TypeError, match="a stream has to yield its values, but this gave list"):
        asyncio.run(stepped([1], pool))
