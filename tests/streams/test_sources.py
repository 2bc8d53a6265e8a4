"""Sources that need nothing but what every app has."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import serve

from neutrino_lab.runtime.streams import contract
from neutrino_lab.runtime.streams.sources import sse, table
from neutrino_lab.runtime.streams.sources.location import fill, parse
from tests.streams.flows import emitted, lines, only, operator, streams
from tests.streams.loops import run, until


def same(value: Any) -> Any:
    return value


def kinds(flow: Any) -> list[str]:
    return [each.kind for each in flow.process.errors]


def test_a_websocket_comes_back_and_marks_the_gap(tmp_path: Path) -> None:
    async def work() -> None:
        opened = 0

        async def answer(socket: Any) -> None:
            nonlocal opened
            opened += 1
            if opened == 1:
                await socket.send('{"n": 1}')
                await socket.send("no json")
                await socket.send('{"n": 2}')
                await socket.close()
            elif opened == 2:
                await socket.send("x" * (contract.MAX_FRAME_BYTES + 1))
                await socket.wait_closed()
            else:
                await socket.send('{"n": 3}')
                await socket.wait_closed()

        async with serve(answer, "127.0.0.1", 0, compression=None) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            source = f"ws://127.0.0.1:{port}/ticks?token=secret"
            async with streams(tmp_path, operator(same, source=source)) as running:
                flow = only(running)
                await emitted(flow, 3)
                assert kinds(flow) == ["Fault", "Gap", "Gap"]
                fault, gap, large = flow.process.errors
                where = f"ws://127.0.0.1:{port}/ticks"
                assert fault.message.startswith(f"{where} sent what is no JSON: Expecting value")
                assert fault.value == "no json"
                assert gap.message == f"{where} closed the connection"
                assert large.message == f"{where} sent a frame of more than 16 MB"

    run(work())


def test_server_sent_events_go_on_after_the_last_one(tmp_path: Path) -> None:
    async def work() -> None:
        asked: list[bytes] = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
            events = b': hello\n\nid: 7\ndata: {"n":\ndata: 1}\n\nevent: x\ndata: 2\n\n'
            writer.write(head + events if len(asked) == 1 else head + b"data: 3\r\n\r\n")
            await writer.drain()
            if len(asked) > 1:
                await reader.read()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        made = operator(same, source=f"sse+http://127.0.0.1:{port}/events?q=1")
        async with streams(tmp_path, made) as running:
            flow = only(running)
            await emitted(flow, 3)
            given = [getattr(each[3], "text", each[3]) for each in flow.outlet._history]
            assert given == ['{"n":1}', 2, 3]
            assert [each.split(b" HTTP")[0] for each in asked] == [b"GET /events?q=1"] * 2
            assert b"last-event-id: 7" in asked[1].lower()
            assert kinds(flow) == ["Gap"]
        server.close()

    run(work())


@pytest.mark.parametrize("status", ["404 Not Found", "302 Found\r\nLocation: http://elsewhere/"])
def test_an_answer_that_is_no_stream_is_named(tmp_path: Path, status: str) -> None:
    async def work() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        made = operator(same, source=f"sse+http://127.0.0.1:{port}/x")
        async with streams(tmp_path, made) as running:
            flow = only(running)
            await until(lambda: flow.process.errors)
            assert f"it answers {status[:3]}" in flow.process.errors[0].message
        server.close()

    run(work())


def test_an_event_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr(sse, "MAX_FRAME_BYTES", 100)
    with pytest.raises(OSError, match="an event has more than"):
        list(sse.parsed(io.BytesIO(b"data: xxxxxxxxxxxxxxxxxxxxx\n" * 10)))


def test_a_clock_makes_values(tmp_path: Path) -> None:
    def beat() -> str:
        return "now"

    async def work() -> None:
        timed = operator(same, name="t", source="every:10ms")
        async with streams(tmp_path, operator(beat, source="every:10ms"), timed) as running:
            await emitted(only(running), 2)
            await emitted(only(running, "t"), 3)
            given = [each[3] for each in only(running, "t").outlet._history]
            assert all(round(at * 100, 3) == int(round(at * 100, 3)) for at in given)

    run(work())


def test_rows_of_a_table_and_lines_that_are_broken(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\ufeffname,n,x\na,1,2.5\nb,2\nc,,0\n", encoding="utf-8")
    (tmp_path / "t.jsonl").write_text('1\n\n{"a"\n2', encoding="utf-8")

    async def work() -> None:
        made = [
            operator(same, name="c", source=f"file:{tmp_path}/t.csv"),
            operator(same, name="j", source=f"file:{tmp_path}/t.jsonl"),
        ]
        async with streams(tmp_path, *made) as running:
            await emitted(only(running, "c"), 2)
            await emitted(only(running, "j"), 2)
            given = [json.loads(each[3].text) for each in only(running, "c").outlet._history]
            assert given == [{"name": "a", "n": 1, "x": 2.5}, {"name": "c", "n": None, "x": 0}]
            assert [each[3] for each in only(running, "j").outlet._history] == [1, 2]
            assert kinds(only(running, "c")) == kinds(only(running, "j")) == ["Fault"]

    run(work())


def test_a_file_is_played_as_time_went(tmp_path: Path) -> None:
    source = lines(tmp_path / "t.jsonl", [{"t": 1_795_000_000_000 + n * 1000} for n in range(4)])

    async def work() -> None:
        made = operator(same, source=f"file:{source}?time=t&speed=50")
        loop = asyncio.get_running_loop()
        begin = loop.time()
        async with streams(tmp_path, made) as running:
            await emitted(only(running), 4)
            assert loop.time() - begin >= 3 / 50
            times = [each[1] for each in only(running).outlet._history]
            assert times == [1_795_000_000.0 + n for n in range(4)]

    run(work())


def test_simulated_prices_are_the_same_for_a_seed(tmp_path: Path) -> None:
    async def work(name: str) -> list[Any]:
        source = "sim:random-walk?symbols=A,B&every=1ms&seed=7&count=6"
        async with streams(tmp_path / name, operator(same, source=source)) as running:
            await emitted(only(running), 6)
            given = [json.loads(each[3].text) for each in only(running).outlet._history]
            return [(each["symbol"], each["price"]) for each in given]

    one, two = run(work("a")), run(work("b"))
    assert one == two
    assert [symbol for symbol, _ in one] == ["A", "B"] * 3


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("nonsense", "does not begin with the kind of a source"),
        ("smtp://h", "`smtp` is no kind of source; there are `warp`, `warps`, `ws`"),
        ("ws:///x", "names no host"),
        ("ws:x", "names no host; write such as `wss://"),
        ("ws://{host}/x", "a parameter cannot be the host"),
        ("warp://h/node", "a node and its lane are missing"),
        ("warp://h/node#lane?kind=list", "`kind` is `value`, `map` or `event`, not `list`"),
        ("warp://h/node#lane?knd=map", "`knd` is no option of `warp`; it has `kind`"),
        ("every:ten", "`ten` is no duration"),
        ("every:1s?x=1", "`x` is no option of `every`; it has none"),
        ("file:", "the file is missing"),
        ("file:x?speed=fast", "`fast` is not a number of 0 or more"),
        ("sim:walk", "the simulation is called `sim:random-walk"),
        ("redis://h", "a name after the host is missing"),
        ("stream:", "is not `stream:` and the name of a stream"),
    ],
)
def test_what_is_no_source_is_told(uri: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        table.locate(uri)


@pytest.mark.parametrize("row", table.ROWS, ids=lambda row: row.module)
def test_every_example_of_the_table_is_right(row: table.Row) -> None:
    location = table.locate(row.example)
    assert location.scheme in row.schemes
    made = table.make(location, {}, "s")
    assert made.overflow in contract.Overflow.__args__  # type: ignore[attr-defined]


def test_parameters_are_put_in_and_lead_nowhere_else() -> None:
    location = parse("warp://h/stock/{symbol}#lane-{symbol}?kind=map")
    filled = fill(location, {"symbol": "A B#?&"})
    assert (filled.host, filled.path, filled.fragment) == (
        "h",
        "/stock/A%20B%23%3F%26",
        "lane-A B#?&",
    )
    assert fill(parse("sim:x?symbols={s}"), {"s": "A&B=1"}).options == {"symbols": "A&B=1"}
    assert parse("warp://h/n?kind=map#lane").fragment == "lane"
    assert parse("redis://user:secret@h/x?group=g").shown == "redis://h/x"


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "find_spec", lambda _name: None)
    with pytest.raises(ValueError, match=r"needs a package that is missing: pip install 'nats-py"):
        operator(same, source="nats://h/ticks")
