"""The client of SwimOS against a server written from a real one's frames."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from neutrino_lab.runtime.streams.contract import Gap, SourceError
from neutrino_lab.runtime.streams.warp import links, server
from neutrino_lab.runtime.streams.warp.client import Client
from neutrino_lab.runtime.streams.warp.feed import Feed
from neutrino_lab.runtime.streams.warp.links import Address, Link
from neutrino_lab.runtime.streams.warp.server import Lane, Server
from tests.streams.loops import run, until


class World:
    """A server with a few lanes, and a client of it."""

    def __init__(self) -> None:
        self.server = Server()
        self.server.nodes = {
            "/stock/AAAA": {"status": Lane(), "other": Lane("1")},
            "/stock/BBBB": {"status": Lane("{price:2}")},
            "/symbols": {"board": Lane(entries={"AAAA": "{price:1}", "B B": "2"})},
        }
        self.client = Client()
        self.port = 0

    def open(self, node: str = "/stock/AAAA", lane: str = "status", kind: Any = "value") -> Link:
        return self.client.open(Address(f"ws://127.0.0.1:{self.port}", node, lane, kind))

    def send(self, frame: str) -> None:
        """Send a frame as it is to everybody."""
        for connection in self.server._connections:
            connection.add_frame(frame)

    def drop(self) -> None:
        """Lose every connection, without a close frame."""
        for connection in tuple(self.server._connections):
            connection.abort()

    def set(self, body: str, node: str = "/stock/AAAA") -> None:
        self.server.set(node, "status", body)

    async def stop(self) -> None:
        await self.server.stop()

    async def start(self) -> None:
        self.port = await self.server.start(port=self.port)


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    made = World()
    await made.start()
    try:
        yield made
    finally:
        await made.client.close()
        await made.stop()


async def take(link: Link, count: int) -> list[Any]:
    """Take so many entries: values without their times, gaps as the word."""
    taken: list[Any] = []
    while len(taken) < count:
        taken += ["gap" if isinstance(e, Gap) else e for e in await link.take()]
    return [each[0] if isinstance(each, tuple) else each for each in taken]


FORMS = [
    (
        "{timestamp:1795252077629,price:19.81,volume:5.080178597348562E7,bid:60.23}",
        {"timestamp": 1795252077629, "price": 19.81, "volume": 50801785.97348562, "bid": 60.23},
    ),
    ("{price:26.01,volume:}", {"price": 26.01, "volume": None}),
    ("5", 5),
    ("true", True),
    ("word", "word"),
    ('"hello world"', "hello world"),
    ('"a \\"quoted\\" word"', 'a "quoted" word'),
    ("@quote(ccy:USD){price:5}", {"@quote": {"ccy": "USD"}, "price": 5}),
    ("{true,false,1.0E-9,1.0E-4,-1.0E300}", [True, False, 1e-9, 1e-4, -1e300]),
    ("{1}", [1]),
    ("{a:{b:{c:1}}}", {"a": {"b": {"c": 1}}}),
    ("{a:%AQID}", {"a": b"\x01\x02\x03"}),
    ("123456789012345678901234567890", 123456789012345678901234567890),
]


def test_every_form_of_a_value_arrives() -> None:
    async def work() -> None:
        async with world() as made:
            link = made.open()
            assert await take(link, 1) == [None]  # a lane that was never set
            for body, value in FORMS:
                made.set(body)
                assert await take(link, 1) == [value]

    run(work())


def test_a_lane_that_is_missing_fails_its_own_link_alone() -> None:
    async def work() -> None:
        async with world() as made:
            good = made.open()
            assert await take(good, 1) == [None]
            for node, lane, reason in [
                ("/stock/AAAA", "nope", "has no lane `nope` at /stock/AAAA"),
                ("/nowhere", "status", "has no node /nowhere"),
            ]:
                with pytest.raises(SourceError, match=reason):
                    await made.open(node, lane).take()
            made.set("7")
            assert await take(good, 1) == [7]

    run(work())


def test_a_server_that_never_answers_is_an_error_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server._Connection, "_answer", lambda _connection, _asked: None)

    async def work() -> None:
        async with world() as made:
            made.client = Client(answer_s=0.05)
            with pytest.raises(SourceError, match=r"status of ws://.* does not answer"):
                await made.open().take()

    run(work())


def test_every_link_is_taken_up_again_after_a_loss() -> None:
    async def work() -> None:
        async with world() as made:
            one, two = made.open(), made.open("/stock/BBBB")
            board = made.open("/symbols", "board", "map")
            update = {"op": "update", "key": "B B", "value": 2}
            assert await take(one, 1) == [None]
            assert await take(two, 1) == [{"price": 2}]
            assert (await take(board, 2))[1] == update
            made.drop()
            del made.server.nodes["/symbols"]["board"].entries["AAAA"]  # type: ignore[union-attr]
            assert await take(one, 2) == ["gap", None]
            assert await take(two, 2) == ["gap", {"price": 2}]
            assert await take(board, 3) == ["gap", {"op": "clear"}, update]
            made.set("8")
            made.set("{price:9}", "/stock/BBBB")
            assert (await take(one, 1), await take(two, 1)) == ([8], [{"price": 9}])

    run(work())


def test_a_host_that_comes_later_is_found() -> None:
    async def work() -> None:
        async with world() as made:
            await made.stop()
            link = made.open()
            assert await take(link, 1) == ["gap"]
            await made.start()
            assert await take(link, 1) == [None]

    run(work())


def test_one_socket_serves_all_lanes_of_a_host() -> None:
    async def work() -> None:
        async with world() as made:
            all_of_them = [made.open(), made.open("/stock/BBBB"), made.open("/stock/AAAA", "other")]
            for link in all_of_them:
                await link.take()
            assert len(made.server._connections) == 1
            for link in all_of_them[1:]:
                link.close()
            nodes = made.server.nodes
            lanes = [nodes[each.address.node][each.address.lane] for each in all_of_them]
            await until(lambda: [len(lane.links) for lane in lanes] == [1, 0, 0])
            made.set("5")
            assert await take(all_of_them[0], 1) == [5]
            all_of_them[0].close()
            await until(lambda: not made.server._connections)

    run(work())


def test_a_lane_followed_twice_gives_each_its_own() -> None:
    async def work() -> None:
        async with world() as made:
            one = made.open()
            assert await take(one, 1) == [None]
            two = made.open()
            assert await take(two, 1) == [None]
            made.set("5")
            assert (await take(one, 1), await take(two, 1)) == ([5], [5])

    run(work())


def test_changes_of_a_map_lane() -> None:
    async def work() -> None:
        async with world() as made:
            link = made.open("/symbols", "board", "map")
            await take(link, 2)
            made.server.update("/symbols", "board", "C", "3.5")
            made.server.update("/symbols", "board", "B B", None)
            for body in ["@clear", "@drop(2)", "@take(1)", "@update(index:0,key:a) 1"]:
                made.send(f'@event(node:"/symbols",lane:board){body}')
            assert await take(link, 6) == [
                {"op": "update", "key": "C", "value": 3.5},
                {"op": "remove", "key": "B B"},
                {"op": "clear"},
                {"op": "drop", "count": 2},
                {"op": "take", "count": 1},
                {"op": "update", "key": 0, "value": 1},
            ]

    run(work())


def test_a_frame_that_is_no_recon_is_told_and_the_rest_goes_on() -> None:
    async def work() -> None:
        async with world() as made:
            link = made.open()
            await link.take()
            made.send('@event(node:"/stock/AAAA",lane:status){a:')
            made.send("{{{")
            made.set("6")
            taken: list[Any] = []
            while len(taken) < 3:
                taken += await link.take()
            body, frame, value = taken
            assert body.reason.endswith("sent what is no Recon: `}` is missing at character 3")
            assert (body.content, frame.content, value[0]) == ("{a:", "{{{", 6)

    run(work())


def test_an_agent_that_unlinks_is_linked_again() -> None:
    async def work() -> None:
        async with world() as made:
            link = made.open()
            await link.take()
            made.send('@unlinked(node:"/stock/AAAA",lane:status)')
            assert await take(link, 2) == ["gap", None]

    run(work())


def test_an_event_link_has_no_current_value() -> None:
    async def work() -> None:
        async with world() as made:
            link = made.open("/stock/BBBB", kind="event")
            await until(lambda: link.is_linked)
            made.set("5", "/stock/BBBB")
            assert await take(link, 1) == [5]

    run(work())


def received(kind: Any, bodies: list[str]) -> list[Any]:
    link = Link(Address("ws://h", "/n", "l", kind), lambda: 0.0, lambda _: None)
    for body in bodies:
        link.receive(body)
    return run(link.take())  # type: ignore[no-any-return]


def test_the_newest_value_is_kept_where_nobody_takes() -> None:
    taken = received("value", [str(n) for n in range(links.CAPACITY * 3)])
    assert len(taken) == links.CAPACITY
    assert taken[-1][0] == links.CAPACITY * 3 - 1
    assert taken == sorted(taken)


def test_the_newest_of_each_key_is_kept_where_nobody_takes() -> None:
    bodies = [f"@update(key:k{n % 7}) {n}" for n in range(links.CAPACITY * 3)]
    taken = received("map", bodies)
    newest = {each[0]["key"]: each[0]["value"] for each in taken}
    assert newest == {f"k{n % 7}": n for n in range(links.CAPACITY * 3)}


def test_events_that_are_dropped_leave_a_gap() -> None:
    taken = received("event", [str(n) for n in range(links.CAPACITY + 5)])
    assert isinstance(taken[0], Gap)
    assert taken[-1][0] == links.CAPACITY + 4


def test_a_process_with_an_open_link_can_end() -> None:
    async def work() -> None:
        async with world() as made:
            script = (
                "import asyncio\n"
                "from neutrino_lab.runtime.streams.warp.client import Client\n"
                "from neutrino_lab.runtime.streams.warp.links import Address\n"
                "async def work():\n"
                f"    host = 'ws://127.0.0.1:{made.port}'\n"
                "    link = Client().open(Address(host, '/stock/BBBB', 'status'))\n"
                "    print((await link.take())[0][0])\n"
                "asyncio.run(work())\n"
            )
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", script, stdout=subprocess.PIPE
            )
            output, _ = await process.communicate()
            assert (output, process.returncode) == (b"{'price': 2}\n", 0)

    run(work())


def test_the_server_drops_what_speaks_no_recon() -> None:
    async def work() -> None:
        async with world() as made:
            for frame in ["no: recon: at all", "@dance"]:
                async with connect(f"ws://127.0.0.1:{made.port}") as socket:
                    assert socket.subprotocol is None
                    await socket.send(frame)
                    with pytest.raises(ConnectionClosedError):
                        await socket.recv()

    run(work())


def test_the_server_answers_as_a_real_one() -> None:
    asked = [
        "@auth{token:abc}",
        '@sync(node:"/stock/AAAA",lane:status)',
        '@sync(node:"/stock/AAAA",lane:status)',
        '@command(node:"/stock/AAAA",lane:status) 5',
        '@unlink(node:"/stock/AAAA",lane:status)',
        '@link(node:"/stock/BBBB",lane:status)',
        '@sync(node:"/symbols",lane:board)',
        '@sync(node:"/stock/AAAA",lane:nope)',
        '@sync(node:"/nowhere",lane:status)',
        "@deauth",
    ]
    answers = [
        "@authed",
        '@linked(node:"/stock/AAAA",lane:status)',
        '@event(node:"/stock/AAAA",lane:status)',
        '@synced(node:"/stock/AAAA",lane:status)',
        '@event(node:"/stock/AAAA",lane:status)',
        '@synced(node:"/stock/AAAA",lane:status)',
        '@event(node:"/stock/AAAA",lane:status) 5',
        '@unlinked(node:"/stock/AAAA",lane:status)',
        '@linked(node:"/stock/BBBB",lane:status)',
        '@linked(node:"/symbols",lane:board)',
        '@event(node:"/symbols",lane:board)@update(key:AAAA){price:1}',
        '@event(node:"/symbols",lane:board)@update(key:"B B") 2',
        '@synced(node:"/symbols",lane:board)',
        '@unlinked(node:"/stock/AAAA",lane:nope)@laneNotFound',
        '@unlinked(node:"/nowhere",lane:status)@nodeNotFound',
        "@deauthed",
    ]

    async def work() -> None:
        async with world() as made, connect(f"ws://127.0.0.1:{made.port}") as socket:
            for frame in asked:
                await socket.send(frame)
            assert [await socket.recv() for _ in answers] == answers

    run(work())


def test_the_demo_feed_serves_any_symbol() -> None:
    async def work() -> None:
        feed, client = Feed(seed=1, every_s=60, clock=lambda: 1_000.0), Client()
        host = f"ws://127.0.0.1:{await feed.start(port=0)}"
        try:
            link = client.open(Address(host, "/stock/NVDA", "status"))
            [first] = await take(link, 1)
            assert first.keys() == {"timestamp", "price", "volume", "bid", "ask", "movement"}
            feed.tick()
            [second] = await take(link, 1)
            assert second["movement"] == round(second["price"] - first["price"], 2)
            async with connect(host) as socket:
                await socket.send('@command(node:"/stock/NVDA",lane:set){price:26.01,volume:}')
                assert await take(link, 1) == [{"price": 26.01, "volume": None}]
            board = client.open(Address(host, "/symbols", "stocks", "map"))
            assert (await take(board, 1))[0]["key"] == "NVDA"
            with pytest.raises(SourceError, match="has no node /bond/NVDA"):
                await client.open(Address(host, "/bond/NVDA", "status")).take()
        finally:
            await client.close()
            await feed.stop()

    run(work())
