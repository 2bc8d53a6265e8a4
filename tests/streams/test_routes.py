"""What a stream answers where its source is wrong, away or gone."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from neutrino_lab.runtime.bus.contract import Envelope
from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.errors import EndpointError
from neutrino_lab.runtime.middleware.access import SUBPROTOCOL
from neutrino_lab.runtime.observe.journal import Journals
from neutrino_lab.runtime.observe.output import Output
from neutrino_lab.runtime.parts import Activity, Shared
from neutrino_lab.runtime.program import Program
from neutrino_lab.runtime.spec import App
from neutrino_lab.runtime.streams import routes
from neutrino_lab.runtime.streams.operator import Operator
from neutrino_lab.runtime.streams.part import StreamPart
from neutrino_lab.runtime.streams.running import Streams
from neutrino_lab.runtime.streams.warp.feed import Feed
from tests.streams.flows import emitted, feed, only, operator, streams
from tests.streams.loops import WAIT_S, run, until


def same(value: Any) -> Any:
    return value


def test_a_lane_that_is_not_there_is_named_and_another_symbol_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "FIRST_S", WAIT_S)

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
                # Twice: its source is tried again, and the reason is told again.
                answers = [
                    await client.get(path)
                    for path in ["/bad/A/latest", "/bad/A/latest", "/good/A/latest"]
                ]
                await until(lambda: only(running, "away").process.errors)
                monkeypatch.setattr(routes, "FIRST_S", 0)
                answers.append(await client.get("/away/latest"))
            assert [each.status_code for each in answers] == [503, 503, 200, 503]
            where = host.replace("warp", "ws")
            for answer in answers[:2]:
                assert answer.json()["detail"] == f"{where} has no lane `nope` at /stock/A"
            assert answers[2].json()["value"].keys() >= {"price", "volume"}
            assert "ws://127.0.0.1:1 cannot be reached" in answers[3].json()["detail"]
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


class Visit:
    """A request, or the handshake of a WebSocket, without a server in between."""

    def __init__(self, api: FastAPI, path: str, *, kind: str = "http", **headers: str) -> None:
        self.sent: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self._received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._received.put_nowait({"type": "http.request" if kind == "http" else f"{kind}.connect"})
        path, _, query = path.partition("?")
        scope = {
            "type": kind,
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
            "subprotocols": [SUBPROTOCOL],
        }
        self.task = asyncio.ensure_future(api(scope, self._received.get, self._send))

    async def _send(self, message: Any) -> None:
        await self.reads.wait()
        self.sent.append(message)

    def tell(self, **message: Any) -> None:
        self._received.put_nowait(message)

    @property
    def body(self) -> str:
        return b"".join(each.get("body", b"") for each in self.sent).decode()

    @property
    def values(self) -> list[Any]:
        """What a WebSocket has got."""
        told = [each["text"] for each in self.sent if each["type"] == "websocket.send"]
        return [json.loads(each)["value"] for each in told]

    @property
    def closing(self) -> tuple[int, str]:
        assert self.sent[-1]["type"] == "websocket.close"
        return self.sent[-1]["code"], self.sent[-1]["reason"]


@asynccontextmanager
async def served(
    folder: Path, *made: Operator, **settings: Any
) -> AsyncIterator[tuple[FastAPI, Streams]]:
    api = FastAPI()
    async with streams(folder, *made, **settings) as running:
        routes.add(api, made, running)
        yield api, running


def test_events_are_sent_as_they_come_and_again_after_the_one_that_is_named(
    tmp_path: Path,
) -> None:
    made = operator(same, path="/s", emit="sse")

    async def work() -> None:
        async with served(tmp_path, made) as (api, running):
            flow = only(running)
            first = Visit(api, "/s")
            await until(lambda: flow.outlet.subscribers == 1)
            feed(flow, 1, 2, at=100.0)
            await until(lambda: first.body.count("data:") == 2)
            id_ = f"{flow.outlet.epoch}."
            told = '{"seq":%d,"at":%s,"value":%d,"op":"s@1"}'
            assert first.body == (
                f"id: {id_}1\ndata: {told % (1, '100.0', 1)}\n\n"
                f"id: {id_}2\ndata: {told % (2, '101.0', 2)}\n\n"
            )
            assert dict(first.sent[0]["headers"])[b"cache-control"] == b"no-cache"
            first.tell(type="http.disconnect")
            await first.task
            assert flow.outlet.subscribers == 0
            again = Visit(api, "/s", last_event_id=f"{id_}1")
            await until(lambda: again.body)
            assert again.body == f"id: {id_}2\ndata: {told % (2, '101.0', 2)}\n\n"
            flow.pause()
            await until(lambda: "event: paused" in again.body)
            # Who comes now is told why nothing does.
            late = Visit(api, "/s")
            await until(lambda: late.body.startswith(f"id: {id_}2\nevent: error\n"))
        await asyncio.gather(again.task, late.task)
        assert not again.sent[-1]["more_body"]

    run(work())


def test_events_that_are_rare_are_kept_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "ALIVE_S", 0.001)

    async def work() -> None:
        async with served(tmp_path, operator(same, path="/s")) as (api, running):
            visit = Visit(api, "/s")
            await until(lambda: ": alive\n\n" in visit.body)
            feed(only(running), 7)
            await until(lambda: '"value":7' in visit.body)
        await visit.task

    run(work())


def test_a_websocket_says_why_it_closes(tmp_path: Path) -> None:
    made = operator(same, path="/s", overflow="close", buffer=2)

    async def work() -> None:
        async with served(tmp_path, made) as (api, running):
            flow = only(running)

            async def connected() -> Visit:
                visit, before = Visit(api, "/s", kind="websocket"), flow.outlet.subscribers
                await until(lambda: flow.outlet.subscribers > before)
                return visit

            slow = await connected()
            assert slow.sent == [
                {"type": "websocket.accept", "subprotocol": SUBPROTOCOL, "headers": []}
            ]
            slow.reads.clear()
            feed(flow, 1)
            await emitted(flow, 1)
            feed(flow, 2, 3, 4, 5)
            await until(lambda: flow.outlet.subscribers == 0)
            slow.reads.set()
            await slow.task
            assert slow.closing == (1013, "too slow")

            leaves = await connected()
            leaves.tell(type="websocket.receive", text="nobody reads this")
            leaves.tell(type="websocket.disconnect", code=1000)
            await leaves.task
            assert (flow.outlet.subscribers, len(leaves.sent)) == (0, 1)

            stays = await connected()
            feed(flow, 6)
            await until(lambda: stays.values == [6])
            running.adopt([])
            await stays.task
            assert stays.closing == (1012, "the stream has ended")

            late = Visit(api, "/s", kind="websocket")
            await late.task
            assert json.loads(late.sent[1]["text"]) == {
                "event": "error",
                "error": "there is no stream `s`",
            }
            assert late.closing == (1012, "")
            request = Visit(api, "/s/state")
            await request.task
            assert (request.sent[0]["status"], json.loads(request.body)) == (
                503,
                {"detail": "there is no stream `s`"},
            )

    run(work())


def test_a_websocket_is_told_of_the_end_of_the_server(tmp_path: Path) -> None:
    async def work() -> None:
        async with served(tmp_path, operator(same, path="/s")) as (api, running):
            visit = Visit(api, "/s", kind="websocket")
            await until(lambda: only(running).outlet.subscribers == 1)
        await visit.task
        assert visit.closing == (1001, "the server is shutting down")

    run(work())


def test_the_newest_value_is_that_of_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "FIRST_S", 0.0)
    made = operator(same, path="/s", key="k", emit="latest")

    async def work() -> None:
        async with served(tmp_path, made) as (api, running):
            flow = only(running)
            transport = httpx.ASGITransport(api)
            async with httpx.AsyncClient(transport=transport, base_url="http://h") as client:
                none = await client.get("/s/latest")
                assert (none.status_code, none.json()) == (404, {"detail": "there is no value yet"})
                feed(flow, {"k": "a", "n": 1}, {"k": "b", "n": 2})
                # They are counted a moment before they are there.
                await until(lambda: len(flow.outlet.latest) == 2)
                answers = [await client.get(f"/s/latest{x}") for x in ("", "?key=a", "?key=c")]
                assert [each.status_code for each in answers] == [200, 200, 404]
                assert [each.json()["value"]["n"] for each in answers[:2]] == [2, 1]
                # Neither is there, where the stream does not emit it.
                assert (await client.get("/s")).status_code == 404

    run(work())


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ({"source": "stream:c"}, {}, "there is no stream `c`; there are `a`, `b`"),
        ({"source": "stream:b"}, {"source": "stream:a"}, "`a` follows itself"),
        ({"source": "stream:b"}, {"path": "/b/{x}"}, "`b` needs `{x}` in the path"),
    ],
)
def test_a_stream_that_cannot_follow_another_is_refused(
    one: dict[str, Any], other: dict[str, Any], reason: str
) -> None:
    declared = [operator(same, name="a", **one).stream, operator(same, name="b", **other).stream]
    program = Program()
    cells = [CodeCell(n, "def same(value): return value", str(n), "cell") for n in (1, 2)]
    program.update(App("a", ("nb",), tuple(declared)), {"nb": cells})
    with pytest.raises(EndpointError, match=re.escape(reason)) as raised:
        routes.build(declared, program)
    assert (raised.value.module, raised.value.cell) == ("nb", 2)
