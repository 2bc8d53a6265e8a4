"""What the author of a stream is told, and can do to it while it runs."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import pytest

from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.observe.journal import Journals
from neutrino_lab.runtime.observe.output import Output
from neutrino_lab.runtime.parts import Shared
from neutrino_lab.runtime.streams import replay
from neutrino_lab.runtime.streams.part import Rate, StreamPart
from tests.streams.flows import MEANS, PRICES, emitted, feed, only, operator, sma
from tests.streams.loops import run, until

SIZE = [("window_size", "int", False, 5)]


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StreamPart:
    monkeypatch.setenv("NEUTRINO_STATE_FOLDER", str(tmp_path))
    return StreamPart(Shared(MemoryBus(), Journals(), Output()))


async def ask(part: StreamPart, made: Any, question: str, **details: Any) -> Any:
    """Ask as the worker does: not on the loop."""
    return await asyncio.to_thread(part.ask, made.stream, question, details)


def test_a_report_tells_all_of_a_flow(part: StreamPart) -> None:
    def risky(value: dict[str, Any], params: dict[str, Any]) -> Any:
        if value["price"] < 2:
            raise ValueError("too small")
        return {"name": "x", "price": value["price"] * params["factor"]}

    made = operator(risky, params=[("factor", "float", False, 2.0)])

    async def work() -> None:
        part.adopt([made])
        await part.start()
        flow = only(part.streams)
        feed(flow, {"price": 3}, {"price": 1}, {"price": 5}, at=100.0)
        await emitted(flow, 2)
        told = await ask(part, made, "report")
        [error] = told.pop("errors")
        [version] = told.pop("versions")
        assert told.pop("at") > 0
        assert told == {
            "flows": [{}],
            "parameters": {},
            "status": "live",
            "reason": "",
            "op": "s@1",
            "run": "",
            "seq": 2,
            "received": 3,
            "emitted": 2,
            "failed": 1,
            "dropped": 0,
            "waiting": 0,
            "lag_s": 0.0,
            "subscribers": 0,
            "newest": '{"seq":2,"at":102.0,"value":{"name":"x","price":10.0},"op":"s@1"}',
            "values_in": [[100.0, 3.0, 1], [101.0, 1.0, 2], [102.0, 5.0, 3]],
            "values_out": [[100.0, 6.0, 1], [102.0, 10.0, 2]],
            "params": [{"name": "factor", "type": "float", "value": 2.0}],
        }
        assert (version["number"], version["refused"], version["is_current"]) == (1, "", True)
        line = risky.__code__.co_firstlineno + 2
        assert (error["kind"], error["message"], error["value"]) == (
            "ValueError", "too small", "{'price': 1}",
        )  # fmt: skip
        assert (error["cell"], error["line"]) == (made.stream.cell, line)
        await part.close(5)

    run(work())


def test_params_change_while_it_runs_and_are_checked(part: StreamPart) -> None:
    made = operator(sma, params=SIZE)

    async def work() -> None:
        part.adopt([made])
        await part.start()
        flow = only(part.streams)
        feed(flow, *PRICES[:5])
        await emitted(flow, 5)
        assert await ask(part, made, "params", params={"window_size": "2"}) == {}
        feed(flow, *PRICES[5:])
        await emitted(flow, 7)
        assert flow.outlet.latest[None][3] == pytest.approx(sum(PRICES[-2:]) / 2)
        assert flow.version == 1
        with pytest.raises(ValueError, match="`window_size` is 'many'"):
            await ask(part, made, "params", params={"window_size": "many"})
        with pytest.raises(ValueError, match="`size` is no param of `s`; it has `window_size`"):
            await ask(part, made, "params", params={"size": 2})
        assert flow.process.params == {"window_size": 2}
        await part.close(5)

    run(work())


def test_one_goes_back_to_a_version_and_its_state(part: StreamPart) -> None:
    def mean(acc: dict[str, Any], value: float) -> Any:
        values = [*acc.get("values", []), value]
        return {"values": values}, sum(values) / len(values)

    old, new = operator(sma, params=SIZE), operator(mean)

    async def work() -> None:
        part.adopt([old])
        await part.start()
        flow = only(part.streams)
        feed(flow, *PRICES[:6])
        await emitted(flow, 6)
        part.adopt([new])
        await until(lambda: flow.version == 2)
        feed(flow, 1.0, 2.0)
        await emitted(flow, 8)
        with pytest.raises(ValueError, match="`s` has no version 7 to go back to"):
            await ask(part, new, "roll_back", version=7)
        assert await ask(part, new, "roll_back", version=1) == {}
        await until(lambda: flow.version == 1)
        feed(flow, PRICES[6])
        await emitted(flow, 9)
        assert flow.outlet.latest[None][3] == pytest.approx(MEANS[6])
        told = await ask(part, new, "report")
        assert [(each["number"], each["is_current"]) for each in told["versions"]] == [
            (2, False), (1, True),
        ]  # fmt: skip
        await part.close(5)

    run(work())


def test_a_replay_leaves_the_stream_as_it_is(part: StreamPart) -> None:
    def total(acc: dict[str, Any], value: float) -> Any:
        acc["sum"] = acc.get("sum", 0) + 1 / value
        return acc, acc["sum"]

    made = operator(total)

    async def work() -> None:
        part.adopt([made])
        await part.start()
        flow = only(part.streams)
        feed(flow, 1, 0.5, 0, 0.25)
        await emitted(flow, 3)
        told = await ask(part, made, "replay", count=3)
        assert [(each["value"], each["outputs"], each["error"]) for each in told["rows"]] == [
            ("0.5", ["2.0"], ""),
            ("0", [], "ZeroDivisionError: division by zero"),
            ("0.25", ["6.0"], ""),
        ]
        assert flow.process.states() == {None: {"sum": 7.0}}
        assert (flow.seq, flow.process.failed) == (3, 1)
        await part.close(5)

    run(work())


def test_a_stream_without_a_flow_tells_what_it_would_be(part: StreamPart) -> None:
    made = operator(sma, path="/a/{symbol}", source="sim:random-walk?symbols={symbol}", params=SIZE)

    async def work() -> None:
        part.adopt([made])
        await part.start()
        told = await ask(part, made, "report")
        assert (told["status"], told["op"], told["flows"]) == ("idle", "s@1", ())
        assert told["params"] == [{"name": "window_size", "type": "int", "value": 5}]
        assert await ask(part, made, "replay", count=3) is None
        flow = part.streams.acquire("s", {"symbol": "B"})
        told = await ask(part, made, "report", parameters={"symbol": "B"})
        assert (told["parameters"], told["flows"]) == ({"symbol": "B"}, [{"symbol": "B"}])
        part.streams.release(flow)
        await part.close(5)

    run(work())


def test_what_is_recorded_is_json_and_the_newest_that_fits(
    part: StreamPart, monkeypatch: pytest.MonkeyPatch
) -> None:
    def last(acc: dict[str, Any], value: Any) -> Any:
        return {"last": value}, 1

    made = operator(last)

    async def work() -> None:
        unopened = operator(last, name="u", path="/u/{symbol}")
        part.adopt([made, unopened])
        await part.start()
        assert await ask(part, unopened, "recorded") == {"values": "[]", "state": "null"}
        flow = only(part.streams)
        feed(flow, 1, object(), {"a": [2]}, at=100.0)
        await emitted(flow, 3)
        assert await ask(part, made, "recorded") == {
            "values": '[[1,100.0],[{"a":[2]},102.0]]',
            "state": json.dumps(flow.process.snapshot()),
        }
        # The older one has no place any more, and neither has the state.
        monkeypatch.setattr(replay, "MOST_CHARACTERS", len('[{"a":[2]},102.0]'))
        assert await ask(part, made, "recorded") == {
            "values": '[[{"a":[2]},102.0]]',
            "state": "null",
        }
        await part.close(5)

    run(work())


def test_what_changes_while_it_is_recorded_is_read_again() -> None:
    tries: list[int] = []

    def read(fails: int) -> str:
        tries.append(fails)
        if len(tries) <= fails:
            raise RuntimeError("deque mutated during iteration")
        return "read"

    assert replay._steady(lambda: read(3)) == "read"
    assert len(tries) == 4
    tries.clear()
    with pytest.raises(RuntimeError, match="mutated"):
        replay._steady(lambda: read(100))


def test_what_is_drawn_of_values_is_their_first_number(part: StreamPart) -> None:
    def same(value: Any) -> Any:
        return value

    made = operator(same, select=[("price", "", False, ...)], on_null="error")
    values = [
        {"price": {"ask": "x", "bid": 2.5}},
        {"price": True},
        {"price": math.nan},
        {"price": math.inf},
        {"price": 1e301},
        {"other": 3},
        {"price": 4},
    ]

    async def work() -> None:
        part.adopt([made])
        await part.start()
        flow = only(part.streams)
        feed(flow, *values, at=100.0)
        await until(lambda: flow.process.received == len(values))
        told = await ask(part, made, "report")
        assert told["values_in"] == [[100.0, 2.5, 1], [106.0, 4.0, 7]]
        await part.close(5)

    run(work())


def test_a_rate_is_that_of_the_last_second() -> None:
    now = 0.0
    rate = Rate(lambda: now)
    assert rate.of(10) == 0
    now = 2.0
    assert rate.of(30) == 15
    now = 2.5
    assert rate.of(500) == 15
    now = 4.0
    assert rate.of(30) == 0


def test_a_value_that_does_not_fit_is_logged_in_one_line(
    part: StreamPart, caplog: pytest.LogCaptureFixture
) -> None:
    def twice(value: int) -> int:
        return value * 2

    made = operator(twice, select=[("x", "int", False, None)])

    async def work() -> None:
        part.adopt([made])
        await part.start()
        flow = only(part.streams)
        feed(flow, {"x": "word"}, {"x": 4})
        await emitted(flow, 1)
        await part.close(5)

    run(work())
    [logged] = [each.getMessage() for each in caplog.records if each.name == "neutrino"]
    reason = "Input should be a valid integer, unable to parse string as an integer"
    assert logged == f"STREAM s: `x` is 'word': {reason}"
