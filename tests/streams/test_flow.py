"""Flows at work: sources, order, errors, state, swaps, subscribers."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from neutrino_lab.runtime.streams import flow as flows
from neutrino_lab.runtime.streams.contract import Gap, SourceError
from neutrino_lab.runtime.streams.flow import Flow
from neutrino_lab.runtime.streams.operator import Operator
from neutrino_lab.runtime.streams.store import FILE, Store
from neutrino_lab.runtime.streams.view import describe
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

SIM = "sim:random-walk"
SIZE = [("window_size", "int", False, 5)]


def same(value: Any) -> Any:
    return value


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
            assert [each[0] for each in flow.recent] == [1, 0, 2]
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


def test_params_change_live(tmp_path: Path) -> None:
    async def work() -> None:
        made = operator(sma, params=SIZE)
        async with streams(tmp_path, made) as running:
            flow = only(running)
            subscriber = flow.outlet.subscribe()
            feed(flow, 1, 2, 3)
            assert await values(subscriber, 3) == [1, 1.5, 2]
            running.change_params("s", {"window_size": "2"})
            feed(flow, 9)
            assert await values(subscriber, 1) == [6]
            wrong: list[tuple[dict[str, Any], str]] = [
                ({"window_size": "x"}, "`window_size` is 'x': Input should be a valid integer"),
                ({"size": 1}, "`size` is no param of `s`; it has `window_size`"),
            ]
            for changes, reason in wrong:
                with pytest.raises(ValueError, match=reason):
                    running.change_params("s", changes)
            # Edited in the cell, they change the same way: there is no new version.
            running.adopt([operator(sma, params=[("window_size", "int", False, 1)])])
            feed(flow, 7)
            assert await values(subscriber, 1) == [7]
            assert flow.version == 1

    run(work())


def test_a_new_version_keeps_the_state_and_the_subscribers(tmp_path: Path) -> None:
    def total(acc: dict[str, Any], value: int) -> Any:
        return {"sum": acc.get("sum", 0) + value}, acc.get("sum", 0) + value

    def doubled(acc: dict[str, Any], value: int) -> Any:
        return {"sum": acc["sum"] + value}, (acc["sum"] + value) * 2

    async def work() -> None:
        state = [("sum", "int", False, 0)]
        async with streams(tmp_path, operator(total, state=state)) as running:
            flow = only(running)
            subscriber = flow.outlet.subscribe()
            feed(flow, 1, 2)
            await emitted(flow, 2)
            running.adopt([operator(doubled, state=state)])
            await until(lambda: flow.version == 2)
            feed(flow, 3)
            got = await frames(subscriber, 4)
            for each in got:
                del each["at"]
            assert got == [
                {"seq": 1, "value": 1, "op": "s@1"},
                {"seq": 2, "value": 3, "op": "s@1"},
                {"seq": 2, "event": "swapped", "op": "s@2", "state": "kept"},
                {"seq": 3, "value": 12, "op": "s@2"},
            ]
            running.roll_back("s", 1)
            await until(lambda: flow.version == 1)
            feed(flow, 1)
            assert await values(subscriber, 2) == ["swapped", 4]  # the sum it had when it ended

    run(work())


def migrate(state: dict[str, Any]) -> dict[str, Any]:
    return {"values": [state["sum"]]}


@pytest.mark.parametrize(
    ("declared", "version", "event", "state"),
    [
        ({}, 1, {"event": "error", "error": "version 2 is refused"}, {"sum": 3, "values": 5}),
        (
            {"migrate": "reset"},
            2,
            {"event": "swapped", "state": "reset", "op": "s@2"},
            {"values": []},
        ),
        (
            {"migrate": "migrate"},
            2,
            {"event": "swapped", "state": "migrated", "op": "s@2"},
            {"values": [3]},
        ),
    ],
)
def test_a_state_that_does_not_fit(
    tmp_path: Path, declared: Any, version: int, event: Any, state: Any
) -> None:
    def total(acc: dict[str, Any], value: int) -> Any:
        return {"sum": acc.get("sum", 0) + value, "values": 5}, acc.get("sum", 0) + value

    def listed(acc: dict[str, Any], value: int) -> Any:
        return acc, value

    async def work() -> None:
        async with streams(tmp_path, operator(total)) as running:
            flow = only(running)
            feed(flow, 1, 2)
            await emitted(flow, 2)
            subscriber = flow.outlet.subscribe()
            names = {"migrate": migrate}
            state_of = [("values", "list[int]")]
            running.adopt([operator(listed, state=state_of, namespace=names, **declared)])
            [told] = await frames(subscriber, 1)
            assert {**told, "seq": 2, "at": 0} == {"seq": 2, "at": 0, **event}
            assert flow.version == version
            assert flow.process.states() == {None: state}
            if version == 1:
                await until(lambda: running.running["s"].versions[-1].refused)
                reason = "version 2 is refused, the state does not fit: `values` is 5: Input "
                assert flow.process.errors[-1].message.startswith(reason)

    run(work())


def test_a_version_that_keeps_failing_pauses_and_names_the_way_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows, "FAILURES_TO_PAUSE", 3)

    def broken(value: int) -> int:
        raise RuntimeError(value)

    async def work() -> None:
        async with streams(tmp_path, operator(same)) as running:
            flow = only(running)
            running.adopt([operator(broken)])
            await until(lambda: flow.version == 2)
            feed(flow, 1, 2, 3)
            await until(lambda: flow.status == "paused")
            assert flow.reason == "s@2 failed 3 times in a row; go back to an older version"

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


async def stored(folder: Path, name: str = "s") -> Any:
    snapshot = Store(folder).load(name, "")
    return snapshot and snapshot.state["slots"]


def test_the_state_survives_a_restart(tmp_path: Path) -> None:
    async def work() -> None:
        made = operator(op="sum")
        async with streams(tmp_path, made) as running:
            feed(only(running), 1, 2)
            await emitted(only(running), 2)
        async with streams(tmp_path, made) as running:
            flow = only(running)
            subscriber = flow.outlet.subscribe()
            feed(flow, 4)
            [frame] = await frames(subscriber, 1)
            assert (frame["seq"], frame["value"], frame["op"]) == (3, 7, "s@1")
        async with streams(tmp_path, operator(op="sum", name="total", was="s")) as running:
            assert only(running, "total").process.states() == {None: {"sum": 7}}
        async with streams(tmp_path, operator(op="max", name="total")) as running:
            assert only(running, "total").version == 2
            assert only(running, "total").process.states() == {None: {}}

    run(work())


def test_a_stored_state_that_does_not_fit_pauses(tmp_path: Path) -> None:
    def total(acc: dict[str, Any], value: int) -> Any:
        return {"sum": value}, value

    async def work() -> None:
        async with streams(tmp_path, operator(total)) as running:
            feed(only(running), 1)
            await emitted(only(running), 1)
        async with streams(tmp_path, operator(total, state=[("sum", "list[int]")])) as running:
            flow = only(running)
            assert flow.status == "paused"
            assert flow.reason.startswith("its stored state does not fit: `sum` is 1: Input")
            assert (await stored(tmp_path))[0][1] == {"sum": 1}
            flow.reset()
            feed(flow, 5)
            await emitted(flow, 1)

    run(work())


def test_a_full_disk_is_told_and_the_stream_goes_on(tmp_path: Path) -> None:
    async def work() -> None:
        made = operator(op="window", snapshot="10ms", params=[("window_size", "int", False, 9999)])
        async with streams(tmp_path, made) as running:
            flow = only(running)
            feed(flow, "x" * 10)
            await until(lambda: (tmp_path / FILE).exists() and Store(tmp_path).load("s", ""))
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
            try:
                feed(flow, *["y" * 1000] * 200)
                await until(lambda: any(e.kind == "StateError" for e in flow.process.errors))
                found = [e for e in flow.process.errors if e.kind == "StateError"]
                assert found[0].message.startswith("the state cannot be stored in ")
                feed(flow, "z")
                await emitted(flow, 202)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            await until(lambda: len(str(Store(tmp_path).load("s", ""))) > 200 * 1000)

    run(work())


SCRIPT = """
import asyncio, sys
from pathlib import Path
from tests.streams.flows import operator, streams

def total(acc, value):
    acc = {"sum": acc.get("sum", 0) + value, "count": acc.get("count", 0) + 1}
    return acc, acc

async def work():
    folder = Path(sys.argv[1])
    made = operator(total, source=f"file:{folder}/n.jsonl", snapshot="2ms", buffer=16)
    async with streams(folder, made) as running:
        flow = next(iter(running.running["s"].flows.values()))
        while True:
            await asyncio.sleep(0.001)
            newest = flow.outlet.latest.get(None)
            if newest is not None:
                print(newest[3].text, flush=True)

asyncio.run(work())
"""


def test_no_value_is_lost_or_counted_twice_over_kills(tmp_path: Path) -> None:
    count = 30_000
    lines(tmp_path / "n.jsonl", range(count))
    last: dict[str, int] = {}
    kills = 0
    while last.get("count") != count:
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                last = json.loads(line)
                done = Store(tmp_path).load("s", "")
                seen = done.state["slots"][0][1]["count"] if done else 0
                if last["count"] == count or (kills < 3 and seen > (kills + 1) * count // 5):
                    break
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        kills += 1
        assert kills < 10
    assert last == {"sum": sum(range(count)), "count": count}
    assert kills > 1


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    async def work() -> None:
        async with streams(tmp_path, operator(same, source="file:nowhere.jsonl")) as running:
            flow = only(running)
            await until(lambda: flow.status == "failed")
            assert flow.reason == "nowhere.jsonl cannot be read: No such file or directory"
            source = lines(tmp_path / "there.jsonl", [1])
            running.adopt([operator(same, source=f"file:{source}")])
            await emitted(flow, 1)
            assert (flow.status, flow.version) == ("live", 2)

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
