"""What subscribers get: all of it, or the newest, or what came since they left."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from neutrino_lab.runtime.streams.contract import Overflow
from neutrino_lab.runtime.streams.emission import Emission
from neutrino_lab.runtime.streams.outlet import HISTORY, Outlet
from neutrino_lab.runtime.streams.values import Json
from tests.streams.flows import values
from tests.streams.loops import run


def outlet(overflow: Overflow = "drop-oldest", capacity: int = 4) -> Outlet:
    loop = asyncio.get_running_loop()
    return Outlet("s", loop, capacity=capacity, overflow=overflow)


def given(first: int, *following: int, keys: int = 1) -> Emission:
    results = [(None if keys == 1 else n % keys, n * 10, n / 2) for n in (first, *following)]
    return Emission(first, 1, results)


def test_an_envelope_in_full() -> None:
    async def work() -> None:
        made = outlet()
        subscriber = made.subscribe()
        made.publish(Emission(7, 3, [('a "b"', Json('{"x":[1]}'), 1.25), (None, "é", 2.0)]))
        made.control("swapped", 8, op="s@4")
        one, two, three = await subscriber.take()
        assert one.text == '{"seq":7,"at":1.25,"key":"a \\"b\\"","value":{"x":[1]},"op":"s@3"}'
        assert json.loads(two.text) == {"seq": 8, "at": 2.0, "value": "é", "op": "s@3"}
        told = json.loads(three.text)
        assert {**told, "at": 0} == {"seq": 8, "event": "swapped", "at": 0, "op": "s@4"}
        assert (two.seq, three.event) == (8, "swapped")

    run(work())


def test_a_slow_subscriber_loses_alone_and_is_told() -> None:
    async def work() -> None:
        made = outlet()
        slow, fast = made.subscribe(), made.subscribe()
        taken: list[Any] = []
        for n in range(10):
            made.publish(given(n))
            taken += await values(fast, 1)
        assert taken == [n * 10 for n in range(10)]
        assert (await values(slow, 5), slow.dropped) == (["gap", 60, 70, 80, 90], 6)
        assert fast.dropped == 0

    run(work())


def test_of_each_key_the_newest_where_values_conflate() -> None:
    async def work() -> None:
        made = outlet("conflate")
        slow = made.subscribe()
        for n in range(10):
            made.publish(given(n, keys=3))
            await asyncio.sleep(0)
        waiting = [json.loads(frame.text) for frame in await slow.take()]
        assert len(waiting) <= 4
        assert {each["key"]: each["value"] for each in waiting} == {0: 90, 1: 70, 2: 80}

    run(work())


def test_a_subscriber_that_is_closed_for_being_slow() -> None:
    async def work() -> None:
        made = outlet("close")
        slow = made.subscribe()
        for n in range(6):
            made.publish(given(n))
            await asyncio.sleep(0)
        assert await slow.take() == []
        assert (slow.is_too_slow, made.subscribers) == (True, 0)

    run(work())


def test_at_most_so_many_a_second() -> None:
    async def work() -> None:
        made = outlet("conflate", capacity=100)
        subscriber = made.subscribe(rate=20)
        loop = asyncio.get_running_loop()
        begin = loop.time()
        made.publish(given(0))
        got = await values(subscriber, 1)
        for n in range(1, 50):
            made.publish(given(n))
            await asyncio.sleep(0)
        got += await values(subscriber, 1)
        assert got == [0, 490]
        assert loop.time() - begin >= 0.049

    run(work())


def test_who_comes_back_goes_on_where_it_left() -> None:
    async def work() -> None:
        made = outlet(capacity=HISTORY * 2)
        first = made.subscribe()
        made.publish(given(1, 2, 3))
        frames = await first.take()
        first.leave()
        made.publish(given(4, 5))
        back = made.subscribe(after=made.id_of(frames[1]))
        assert await values(back, 3) == [30, 40, 50]
        made.publish(given(6))
        assert await values(back, 1) == [60]
        # One that is up to date has nothing to make up for.
        now = made.subscribe(after=f"{made.epoch}.6")
        made.publish(given(7))
        assert await values(now, 1) == [70]

    run(work())


def test_what_is_no_longer_known_is_a_gap_and_the_newest() -> None:
    async def work() -> None:
        made = outlet()
        made.publish(given(*range(HISTORY + 5)))
        await made.first(1)
        for after in ["ffff.3", f"{made.epoch}.1", "nonsense"]:
            back = made.subscribe(after=after)
            assert await values(back, 2) == ["gap", (HISTORY + 4) * 10]

    run(work())


def test_values_without_subscribers_cost_no_frame_and_leave_the_newest() -> None:
    async def work() -> None:
        made = outlet()
        made.publish(given(1, 2, keys=2))
        assert await made.first(5)
        made.publish(given(3, 4, keys=2))
        assert {key: each[3] for key, each in made.latest.items()} == {1: 30, 0: 40}
        await asyncio.sleep(0)
        assert await values(made.subscribe(after=f"{made.epoch}.3"), 1) == [40]
        assert len(made._fresh) == 0
        assert not await outlet().first(0.001)

    run(work())


def test_a_flood_between_two_turns_of_the_loop_is_bounded() -> None:
    async def work() -> None:
        made = outlet()
        subscriber = made.subscribe()
        made.publish(given(*range(10_000)))
        assert len(made._fresh) <= 8
        assert await values(subscriber, 5) == ["gap", *(n * 10 for n in range(9996, 10_000))]
        assert made.dropped + subscriber.dropped == 9_996

    run(work())


def test_the_end_is_told_after_what_was_given() -> None:
    async def work() -> None:
        made = outlet()
        subscriber = made.subscribe()
        made.publish(given(1))
        made.close()
        assert await values(subscriber, 1) == [10]
        assert await subscriber.take() == []
        assert await made.subscribe().take() == []

    run(work())
