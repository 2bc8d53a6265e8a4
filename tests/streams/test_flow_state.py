"""The state of a flow over new versions, restarts and kills."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from neutrino_lab.runtime.streams import flow as flows
from neutrino_lab.runtime.streams.store import FILE, Store
from tests.streams.flows import (
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


def test_a_function_that_finds_its_names_elsewhere_is_no_new_version(tmp_path: Path) -> None:
    def scaled(value: int) -> int:
        return value * FACTOR  # type: ignore[name-defined, no-any-return] # noqa: F821

    def bound(factor: int) -> Any:
        return operator(FunctionType(scaled.__code__, {"FACTOR": factor}, "scaled"))

    def other(value: int) -> int:
        return -value

    async def work() -> None:
        async with streams(tmp_path, bound(10)) as running:
            flow = only(running)
            subscriber = flow.outlet.subscribe()
            feed(flow, 1)
            await emitted(flow, 1)
            # The version before serves with a copy of its names, while the cells of a save run.
            twin = bound(100)
            running.adopt([twin])
            await until(lambda: flow.operator.function is twin.function)
            feed(flow, 1)
            await emitted(flow, 2)
            running.adopt([operator(other)])
            await until(lambda: flow.version == 2)
            running.roll_back("s", 1)
            await until(lambda: flow.version == 1)
            # What the notebook says has not changed: the way back holds.
            running.adopt([operator(FunctionType(other.__code__, {}, "other"))])
            feed(flow, 2)
            got = await frames(subscriber, 5)
            for each in got:
                del each["at"]
            assert got == [
                {"seq": 1, "value": 10, "op": "s@1"},
                {"seq": 2, "value": 100, "op": "s@1"},
                {"seq": 2, "event": "swapped", "op": "s@2", "state": "kept"},
                {"seq": 2, "event": "swapped", "op": "s@1", "state": "kept"},
                {"seq": 3, "value": 200, "op": "s@1"},
            ]

    run(work())


def test_a_decorated_function_that_was_edited_is_a_new_version(tmp_path: Path) -> None:
    def logged(function: Any) -> Any:
        def call(value: int) -> Any:
            return function(value)

        return call

    def once(value: int) -> int:
        return value

    def twice(value: int) -> int:
        return value * 2

    async def work() -> None:
        async with streams(tmp_path, operator(logged(once))) as running:
            flow = only(running)
            running.adopt([operator(logged(once))])
            feed(flow, 1)
            await emitted(flow, 1)
            running.adopt([operator(logged(twice))])
            await until(lambda: flow.version == 2)
            feed(flow, 1)
            await emitted(flow, 2)
            assert [each.number for each in running.running["s"].versions] == [1, 2]
            assert flow.outlet.latest[None][3] == 2

    run(work())


def is_at(flow: flows.Flow, version: int) -> bool:
    return flow.version == version


def test_a_state_is_kept_where_op_says_what_the_parameters_say_as_well(tmp_path: Path) -> None:
    def total(acc: dict[str, Any], value: int) -> Any:
        return {"sum": acc.get("sum", 0) + value}, acc.get("sum", 0) + value

    async def work() -> None:
        async with streams(tmp_path, operator(total)) as running:
            flow = only(running)
            feed(flow, 1, 2)
            await emitted(flow, 2)
            for version, (op, kept) in enumerate(
                [("accumulate", {"sum": 3}), ("", {"sum": 3}), ("sum", {}), ("max", {})], 2
            ):
                running.adopt([operator(total if op in ("", "accumulate") else None, op=op)])
                await until(partial(is_at, flow, version))
                assert flow.process.states()[None] == kept

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


def test_what_of_a_state_is_no_json_is_told_by_its_name(tmp_path: Path) -> None:
    def seen(acc: dict[str, Any], value: Any) -> Any:
        return {"seen": {value}}, value

    async def work() -> None:
        async with streams(tmp_path, operator(seen, snapshot="10ms")) as running:
            flow = only(running)
            feed(flow, 1)
            await until(lambda: flow.process.errors)
            assert [(each.kind, each.message) for each in flow.process.errors] == [
                (
                    "StateError",
                    "the state `seen` is a set, which JSON has not: it would come back as "
                    "something else",
                )
            ]

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
