"""Work in threads of its own kind: it waits its turn, and ends when nobody waits for it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from neutrino_lab.lab.executors import Executor


async def test_work_that_is_called_off_while_it_waits_never_begins() -> None:
    executor = Executor("test", 1)
    begun, gate = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()
    ran: list[int] = []

    def first() -> str:
        loop.call_soon_threadsafe(begun.set)
        gate.wait(30)
        return "first"

    one = asyncio.ensure_future(executor.run(first))
    await begun.wait()
    two = asyncio.ensure_future(executor.run(ran.append, 2))
    three = asyncio.ensure_future(executor.run(ran.append, 3))
    await asyncio.sleep(0)
    two.cancel()
    with pytest.raises(asyncio.CancelledError):
        await two
    gate.set()
    assert await one == "first"
    await three
    assert ran == [3]
    executor.close()


async def test_two_kinds_of_work_do_not_wait_for_each_other() -> None:
    exports, analyses = Executor("export", 1), Executor("analysis", 1)
    gate = threading.Event()
    export = asyncio.ensure_future(exports.run(gate.wait, 30))
    assert await analyses.run(sum, [1, 2]) == 3
    gate.set()
    assert await export
    exports.close()
    analyses.close()
