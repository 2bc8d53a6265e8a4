"""What a stream answers where its source is wrong, away or gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from neutrino_lab.runtime.bus.contract import Envelope
from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.observe.journal import Journals
from neutrino_lab.runtime.observe.output import Output
from neutrino_lab.runtime.parts import Activity, Shared
from neutrino_lab.runtime.streams import routes
from neutrino_lab.runtime.streams.part import StreamPart
from neutrino_lab.runtime.streams.warp.feed import Feed
from tests.streams.flows import emitted, feed, only, operator, streams
from tests.streams.loops import run, until


def same(value: Any) -> Any:
    return value


def test_a_lane_that_is_not_there_is_named_and_another_symbol_goes_on(tmp_path: Path) -> None:
    async def work() -> None:
        swim = Feed(every_s=60)
        host = f"warp://127.0.0.1:{await swim.start(port=0)}"
        made = [
            operator(same, name="good", path="/good/{s}", source=host + "/stock/{s}#status"),
            operator(same, name="bad", path="/bad/{s}", source=host + "/stock/{s}#nope"),
            operator(same, name="away", path="/away", source="warp://127.0.0.1:1/a#b"),
        ]
        api = FastAPI()
        async with streams(tmp_path, *made) as running:
            routes.add(api, made, running)
            transport = httpx.ASGITransport(api)
            async with httpx.AsyncClient(transport=transport, base_url="http://h") as client:
                answers = [
                    await client.get(path)
                    for path in ["/bad/A/latest", "/away/latest", "/good/A/latest"]
                ]
            assert [each.status_code for each in answers] == [503, 503, 200]
            where = host.replace("warp", "ws")
            assert answers[0].json()["detail"] == f"{where} has no lane `nope` at /stock/A"
            assert "ws://127.0.0.1:1 cannot be reached" in answers[1].json()["detail"]
            assert answers[2].json()["value"].keys() >= {"price", "volume"}
        await swim.stop()

    run(work())


def test_the_part_tells_what_streams_do_and_pauses_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUTRINO_STATE_FOLDER", str(tmp_path))

    def broken(value: int) -> int:
        raise RuntimeError(value)

    async def work() -> None:
        part = StreamPart(Shared(MemoryBus(), Journals(), Output()))
        made = operator(broken)
        part.adopt([made])
        await part.start()
        flow = only(part.streams)
        subscriber = flow.outlet.subscribe()
        feed(flow, 1, 2)
        await until(lambda: flow.process.failed == 2)
        assert part.activities([made.stream]) == [Activity(clients=1)]
        assert part.act(made.stream, "pause")
        assert part.activities([made.stream]) == [Activity(clients=1, is_paused=True)]
        assert part.act(made.stream, "resume")
        assert not part.act(made.stream, "dance")
        await part.close(5)
        assert subscriber.is_closed
        assert not part.act(made.stream, "pause")

    run(work())


def test_a_check_opens_no_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUTRINO_STATE_FOLDER", str(tmp_path))

    async def work() -> None:
        part = StreamPart(Shared(MemoryBus(), Journals(), Output()))
        part.adopt([operator(same, source="every:1ms")])
        part.rest()
        await part.start()
        assert part.streams.running["s"].flows == {}
        await part.close(1)

    run(work())
    assert list(tmp_path.iterdir()) == []


def test_a_flow_with_a_failed_source_is_tried_again_when_it_is_asked_for(tmp_path: Path) -> None:
    async def work() -> None:
        made = operator(same, path="/x/{s}", source=f"file:{tmp_path}/{{s}}.jsonl")
        async with streams(tmp_path / "state", made, linger_s=60) as running:
            flow = running.acquire("s", {"s": "a"})
            await until(lambda: flow.status == "failed")
            running.release(flow)
            (tmp_path / "a.jsonl").write_text("5\n", encoding="utf-8")
            assert running.acquire("s", {"s": "a"}) is flow
            await emitted(flow, 1)

    run(work())


def test_values_go_over_the_bus_to_clients_of_a_websocket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUTRINO_STATE_FOLDER", str(tmp_path))

    async def work() -> None:
        bus = MemoryBus()
        sent: list[tuple[str, Any]] = []

        def deliver(envelope: Envelope) -> None:
            told = json.loads(envelope.payload)
            sent.append((envelope.path, told.get("value", told.get("event"))))

        bus.subscribe(deliver)
        part = StreamPart(Shared(bus, Journals(), Output()))
        part.adopt([operator(same, emit="latest, bus:/a, bus:/b")])
        await part.start()
        flow = only(part.streams)
        feed(flow, 1, 2)
        await until(lambda: len(sent) == 4)
        assert sent == [("/a", 1), ("/b", 1), ("/a", 2), ("/b", 2)]
        # The next version says where it sends.
        part.adopt([operator(same, emit="bus:/c")])
        await until(lambda: flow.version == 2 and flow.outlet.subscribers == 1)
        feed(flow, 3)
        await until(lambda: ("/c", 3) in sent)
        assert {path for path, value in sent if value == 3} == {"/c"}
        part.adopt([operator(same)])
        await until(lambda: flow.version == 3 and not flow.outlet.subscribers)
        await part.close(5)

    run(work())
