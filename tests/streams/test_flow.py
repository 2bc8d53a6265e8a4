"""Flows at work: sources, order, errors, state, swaps, subscribers."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from neutrino_lab.runtime.streams import pace
from neutrino_lab.runtime.streams.contract import Gap, SourceError
from neutrino_lab.runtime.streams.flow import Flow
from neutrino_lab.runtime.streams.operator import Operator
from neutrino_lab.runtime.streams.pace import LONGEST_S, Pace
from neutrino_lab.runtime.streams.report import describe
from tests.streams.flows import (
    MEANS,
    PRICES,
    emitted,
    feed,
    frames,
    lines,
    only,
    operator,
    sma,
    streams,
    values,
)
from tests.streams.loops import run, until
from tests.streams.sizes import SIZE, same

SIM = "sim:random-walk"


def test_a_file_goes_through_to_its_subscribers(tmp_path: Path) -> None:
    source = lines(tmp_path / "prices.jsonl", [{"price": price} for price in PRICES])

    async def work() -> None:
        made = operator(sma, source=f"file:{source}", select=[("price", "float")], params=SIZE)
        async with streams(tmp_path, made) as running:
            subscriber = only(running).outlet.subscribe()
            got = await frames(subscriber, len(PRICES))
            assert [round(each["value"], 9) for each in got] == MEANS
            assert [(each["seq"], each["op"]) for each in got] == [
                (n, "s@1") for n in range(1, len(PRICES) + 1)
            ]

    run(work())


def test_errors_go_to_the_list_and_the_stream_goes_on(tmp_path: Path) -> None:
    def invert(value: float) -> float:
        return 1 / value

    async def work() -> None:
        heard: list[Any] = []
        note = lambda made, error: heard.append((made.name, type(error)))  # noqa: E731
        async with streams(tmp_path, operator(invert), on_error=note) as running:
            flow = only(running)
            feed(flow, 1, 0, 2)
            await emitted(flow, 2)
            assert [each.kind for each in flow.process.errors] == ["ZeroDivisionError"]
            assert heard == [("s", ZeroDivisionError)]
            assert describe(flow) == {
                "stream": "s",
                "op": "s@1",
                "status": "live",
                "seq": 2,
                "state": {},
                "params": {},
                "received": 3,
                "emitted": 2,
                "failed": 1,
                "dropped": 0,
                "waiting": 0,
                "subscribers": 0,
            }

    run(work())


def test_on_error_pause_waits_for_somebody(tmp_path: Path) -> None:
    def invert(value: float) -> float:
        return 1 / value

    async def work() -> None:
        async with streams(tmp_path, operator(invert, on_error="pause")) as running:
            flow = only(running)
            feed(flow, 0)
            await until(lambda: flow.status == "paused")
            feed(flow, 2)
            assert flow.reason == "s@1 failed"
            flow.resume()
            await emitted(flow, 1)

    run(work())


def test_a_pause_at_an_error_comes_before_the_next_value(tmp_path: Path) -> None:
    def invert(value: float) -> float:
        return 1 / value

    async def work() -> None:
        async with streams(tmp_path, operator(invert, on_error="pause")) as running:
            flow = only(running)
            feed(flow, 1, 1, 1, 1)
            await emitted(flow, 4)
            feed(flow, 1, 0, 2, 4)
            await until(lambda: flow.status == "paused")
            assert (flow.emitted, flow.process.failed, len(flow.buffer)) == (5, 1, 2)
            flow.resume()
            await emitted(flow, 7)

    run(work())


def test_a_turn_takes_as_many_values_as_go_through_in_a_moment() -> None:
    made = Pace()
    taken = [made.count]
    for took_s in [0.0, 0.0, LONGEST_S * 2, LONGEST_S * 9, 0.0]:
        made.passed(made.count, took_s)
        taken.append(made.count)
    made.passed(1, 0.0)  # there were no more
    assert [*taken, made.count] == [1, 2, 4, 2, 1, 2, 2]


def test_a_slow_operator_gives_what_it_has_and_stays_within_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done of the values that wait is given, and a pause holds before the next one."""
    monkeypatch.setattr(pace, "LONGEST_S", 0.0)
    begun, go_on = threading.Semaphore(0), threading.Semaphore(0)

    def slow(value: int) -> int:
        begun.release()
        go_on.acquire()
        return value

    async def work() -> None:
        async with streams(tmp_path, operator(slow, timeout="off")) as running:
            flow = only(running)
            feed(flow, *range(8))
            subscriber = flow.outlet.subscribe()
            await asyncio.to_thread(begun.acquire)
            go_on.release()
            assert await values(subscriber, 1) == [0]
            await asyncio.to_thread(begun.acquire)
            flow.pause()
            go_on.release()
            assert await values(subscriber, 2) == ["paused", 1]
            assert len(flow.buffer) == 6

    run(work())


def test_an_operator_that_does_not_end_is_ended(tmp_path: Path) -> None:
    def hang(value: int) -> int:
        while value == 0:
            try:
                while True:
                    pass
            except Exception:  # noqa: BLE001 - an operator that swallows what it can
                pass
        return value

    async def work() -> None:
        made = operator(hang, timeout="100ms")
        other = operator(same, name="other")
        async with streams(tmp_path, made, other) as running:
            flow, beside = only(running), only(running, "other")
            feed(flow, 1, 0, 2)
            feed(beside, 5)
            await emitted(beside, 1)
            await emitted(flow, 2)
            assert [each[0] for each in flow.recent.newest] == [1, 0, 2]
            [failure] = flow.process.errors
            assert (failure.kind, failure.value) == ("InterruptedOperatorError", "0")

    run(work())


def test_a_coroutine_that_does_not_end_is_ended(tmp_path: Path) -> None:
    async def wait(value: int) -> int:
        if value == 0:
            await asyncio.Event().wait()
        return value

    async def work() -> None:
        async with streams(tmp_path, operator(wait, timeout="100ms")) as running:
            flow = only(running)
            feed(flow, 1, 0, 2)
            await emitted(flow, 2)
            assert [each.kind for each in flow.process.errors] == ["TimeoutError"]

    run(work())


def test_a_slow_operator_holds_up_no_other(tmp_path: Path) -> None:
    release = threading.Event()

    def slow(value: int) -> int:
        release.wait(30)
        return value

    async def work() -> None:
        async with streams(tmp_path, operator(slow), operator(same, name="b")) as running:
            feed(only(running), 1)
            feed(only(running, "b"), 1)
            await emitted(only(running, "b"), 1)
            assert only(running).emitted == 0
            release.set()
            await emitted(only(running), 1)

    run(work())


def test_streams_follow_streams(tmp_path: Path) -> None:
    def above(value: float) -> bool:
        return value > 2

    async def work() -> None:
        chain = [
            operator(same, name="prices"),
            operator(above, name="high", source="stream:prices"),
            operator(op="count", name="n", source="stream:high"),
            operator(op="merge", name="all", source="stream:prices stream:n"),
            operator(op="latest", name="both", source="stream:prices stream:n"),
        ]
        async with streams(tmp_path, *chain) as running:
            merged = only(running, "all").outlet.subscribe()
            both = only(running, "both")
            feed(only(running, "prices"), 1, 5)
            assert sorted(await values(merged, 3)) == [1, 1, 5]
            await until(lambda: both.process.states() == {None: {"prices": 5, "n": 1}})
            running.adopt(chain[:2])
            assert await values(merged, 1) == []  # closed with its stream
            feed(only(running, "prices"), 7)
            await emitted(only(running, "high"), 2)

    run(work())


def test_nothing_is_lost_where_the_next_stream_blocks(tmp_path: Path) -> None:
    count = 5_000

    async def work() -> None:
        chain = [
            operator(same, source=f"file:{source}", overflow="block", buffer=64),
            operator(op="count", name="n", source="stream:s", overflow="block", buffer=16),
        ]
        async with streams(tmp_path, *chain) as running:
            await emitted(only(running, "n"), count)
            assert only(running, "n").outlet.latest[None][3] == count
            assert only(running).buffer.dropped == 0

    source = lines(tmp_path / "n.jsonl", range(count))
    run(work())


def test_flows_with_parameters_are_shared_and_linger(tmp_path: Path) -> None:
    async def work() -> None:
        made = operator(
            same, path="/s/{symbol}", source="sim:random-walk?symbols={symbol}&every=1h"
        )
        async with streams(tmp_path, made, linger_s=0.01) as running:
            assert running.running["s"].flows == {}
            one = running.acquire("s", {"symbol": "A"})
            two = running.acquire("s", {"symbol": "A"})
            other = running.acquire("s", {"symbol": "B"})
            assert one is two
            assert one is not other
            await emitted(other, 1)
            assert other.outlet.latest[None][3].text.startswith('{"symbol":"B"')
            running.release(one)
            running.release(other)
            await until(lambda: other.status == "closed")
            assert one.status == "live"
            with pytest.raises(SourceError, match="there is no stream `t`"):
                running.acquire("t", {})
            for bad in ["..", "a/b", ""]:
                flow = running.acquire("s", {"symbol": bad})
                await until(lambda flow=flow: flow.status == "failed")  # type: ignore[misc]
                assert flow.reason == f"`symbol` cannot be {bad!r}"

    run(work())


def test_gaps_are_marked(tmp_path: Path) -> None:
    async def work() -> None:
        async with streams(tmp_path, operator(same)) as running:
            flow = only(running)
            subscriber = flow.outlet.subscribe()
            flow.receive(0, [Gap("the connection was lost")])
            [frame] = await frames(subscriber, 1)
            assert (frame["event"], frame["reason"]) == ("gap", "the connection was lost")

    run(work())


def test_time_alone_completes_a_window(tmp_path: Path) -> None:
    async def work() -> None:
        async with streams(tmp_path, operator(op="sum", window="50ms")) as running:
            flow = only(running)
            subscriber = flow.outlet.subscribe()
            now = time.time()
            flow.receive(0, [(1, now, None), (2, now, None)])
            assert await values(subscriber, 1) == [3]

    run(work())


def test_a_pause_keeps_what_fits(tmp_path: Path) -> None:
    async def work() -> None:
        made = operator(same, buffer=3, overflow="drop-oldest")
        async with streams(tmp_path, made) as running:
            flow = only(running)
            subscriber = flow.outlet.subscribe()
            flow.pause()
            feed(flow, *range(5))
            assert (len(flow.buffer), flow.buffer.dropped) == (3, 2)
            flow.resume()
            assert await values(subscriber, 5) == ["paused", "resumed", 2, 3, 4]

    run(work())


def test_of_each_key_the_newest_is_kept_where_values_conflate(tmp_path: Path) -> None:
    async def work() -> None:
        made = operator(same, buffer=4, overflow="conflate", key="k")
        async with streams(tmp_path, made) as running:
            flow = only(running)
            flow.pause()
            for n in range(20):
                feed(flow, {"k": n % 3, "n": n})
            flow.resume()
            await until(lambda: not len(flow.buffer))
            newest = {
                key: json.loads(each[3].text)["n"] for key, each in flow.outlet.latest.items()
            }
            assert newest == {0: 18, 1: 19, 2: 17}
            assert flow.buffer.dropped + flow.process.received == 20

    run(work())


def moved(made: Operator) -> Operator:
    return replace(made, stream=replace(made.stream, cell=9))


def test_a_cell_that_moves_is_no_new_version(tmp_path: Path) -> None:
    async def work() -> None:
        made = operator(same)
        async with streams(tmp_path, made) as running:
            flow: Flow = only(running)
            running.adopt([moved(made)])
            feed(flow, 1)
            await emitted(flow, 1)
            assert (flow.version, running.running["s"].versions[-1].number) == (1, 1)

    run(work())
