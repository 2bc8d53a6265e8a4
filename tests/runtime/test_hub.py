"""Clients of the hub without a server: what is sent at once, what waits, who is found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from neutrino_lab.runtime.bus.contract import Envelope
from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.observe.journal import Journals
from neutrino_lab.runtime.sockets.clients import Client, Frame, Limits, Message
from neutrino_lab.runtime.sockets.hub import Hub


@dataclass
class Line:
    """A server's side of a connection: takes frames while its gate is open."""

    sent: list[Any] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    is_lost: bool = False

    async def send(self, message: Message) -> None:
        await self.gate.wait()
        if self.is_lost:
            raise OSError("gone")
        self.sent.append(message.get("text", message.get("code")))

    def client(self, limits: Limits | None = None, **known: Any) -> Client:
        self.gate.set()
        return Client(self.send, **{"path": "/ws", "limits": limits, **known})


def ignore(_handler: Any) -> None: ...


def looped(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    def run(*args: Any) -> None:
        asyncio.run(asyncio.wait_for(test(*args), 10))

    run.__name__ = test.__name__
    return run


async def settle() -> None:
    """Let everything that can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


class TestClient:
    @looped
    async def test_a_frame_is_sent_at_once_while_the_server_takes_it(self) -> None:
        line = Line()
        client = line.client()
        assert [client.offer(Frame("a")), client.offer(Frame("b"))] == [True, True]
        assert line.sent == ["a", "b"]
        assert client.writer is None

    @looped
    async def test_what_the_server_does_not_take_waits_in_order(self) -> None:
        line = Line()
        client = line.client()
        line.gate.clear()
        for text in "abc":
            client.offer(Frame(text))
        client.close(1000, "done")
        assert line.sent == []
        line.gate.set()
        await settle()
        assert line.sent == ["a", "b", "c", 1000]
        assert client.writer is None

    @pytest.mark.parametrize(
        ("limits", "frames"), [(Limits(frames=2), ["x"] * 4), (Limits(size=10), ["x" * 6] * 3)]
    )
    def test_one_that_lags_too_far_is_closed_and_what_waits_dropped(
        self, limits: Limits, frames: list[str]
    ) -> None:
        async def test() -> None:
            line = Line()
            client = line.client(limits)
            line.gate.clear()
            taken = [client.offer(Frame(text)) for text in frames]
            assert taken == [True] * (len(frames) - 1) + [False]
            assert not client.is_open
            line.gate.set()
            await settle()
            assert line.sent == [frames[0], 1013]

        asyncio.run(test())

    @looped
    async def test_one_large_frame_is_no_lag(self) -> None:
        line = Line()
        client = line.client(Limits(size=10))
        line.gate.clear()
        assert [client.offer(Frame("a")), client.offer(Frame("b" * 100))] == [True, True]
        line.gate.set()
        await settle()
        assert line.sent == ["a", "b" * 100]

    @looped
    async def test_putting_waits_for_room(self) -> None:
        line = Line()
        client = line.client()
        line.gate.clear()
        client.offer(Frame("sending"))
        assert await client.put(Frame("next"))
        waiting = asyncio.ensure_future(client.put(Frame("later")))
        await settle()
        assert not waiting.done()
        line.gate.set()
        assert await waiting
        await settle()
        assert line.sent == ["sending", "next", "later"]

    @looped
    async def test_putting_gives_up_a_client_that_takes_nothing(self) -> None:
        line = Line()
        client = line.client(Limits(stall_s=0.01))
        line.gate.clear()
        client.offer(Frame("sending"))
        await client.put(Frame("next"))
        assert not await client.put(Frame("later"))
        line.gate.set()
        await settle()
        assert line.sent == ["sending", 1013]

    @pytest.mark.parametrize("is_waiting", [False, True])
    def test_a_lost_one_is_told_once_and_takes_nothing_more(self, is_waiting: bool) -> None:
        async def test() -> None:
            told: list[int] = []
            line = Line(is_lost=True)
            client = line.client(on_close=lambda: told.append(1))
            if is_waiting:
                line.gate.clear()
            client.offer(Frame("a"))
            client.offer(Frame("b"))
            line.gate.set()
            await settle()
            assert (client.offer(Frame("c")), client.is_open, told) == (False, False, [1])

        asyncio.run(test())

    @looped
    async def test_a_long_reason_is_cut_to_what_a_close_frame_holds(self) -> None:
        messages: list[Message] = []

        async def send(message: Message) -> None:
            messages.append(message)

        Client(send, path="/ws").close(1000, "é" * 100)
        assert messages == [{"type": "websocket.close", "code": 1000, "reason": "é" * 61}]

    @looped
    async def test_a_server_whose_send_is_no_coroutine_will_do(self) -> None:
        sent: list[Any] = []

        class Sending:
            """An iterator and nothing more, as servers that are not written in Python have."""

            def __init__(self, message: Message) -> None:
                self.turns = iter([None])
                self.message = message

            def __await__(self) -> Sending:
                return self

            def __iter__(self) -> Sending:
                return self

            def __next__(self) -> None:
                if next(self.turns, self) is self:
                    sent.append(self.message["text"])
                    raise StopIteration

        client = Client(cast(Any, Sending), path="/ws")
        assert [client.offer(Frame("a")), client.offer(Frame("b")), sent] == [True, True, []]
        await settle()
        assert sent == ["a", "b"]


class TestRooms:
    def hub(self) -> tuple[Hub, dict[str, Line]]:
        """Ann and bob in room r, another bob in s, one on another path."""
        hub = Hub(bus=MemoryBus(), journal=Journals())
        lines = {name: Line() for name in ("ann", "bob", "bob2", "other")}
        known = [("/ws", "r", "ann"), ("/ws", "r", "bob"), ("/ws", "s", "bob"), ("/x", "r", "bob")]
        for line, (path, room, name) in zip(lines.values(), known, strict=True):
            hub.join(line.client(path=path, room_id=room, client_id=name), ignore)
        return hub, lines

    @pytest.mark.parametrize(
        ("room_id", "client_id", "heard"),
        [
            (None, None, ["ann", "bob", "bob2"]),
            ("r", None, ["ann", "bob"]),
            (None, "bob", ["bob", "bob2"]),
            ("s", "bob", ["bob2"]),
            ("s", "ann", []),
            ("none", None, []),
        ],
    )
    def test_an_envelope_reaches_whom_it_names(
        self, room_id: str | None, client_id: str | None, heard: list[str]
    ) -> None:
        async def test() -> None:
            hub, lines = self.hub()
            hub.send(Envelope("/ws", "hi", room_id, client_id))
            assert [name for name, line in lines.items() if line.sent] == heard

        asyncio.run(test())

    @looped
    async def test_one_that_leaves_is_forgotten_with_its_room(self) -> None:
        hub = Hub(bus=MemoryBus(), journal=Journals())
        clients = [Line().client(room_id="r", client_id=name) for name in ("a", "b")]
        for client in clients:
            hub.join(client, ignore)
        for client in (*clients, clients[0]):
            hub.leave(client)
        assert (hub.clients("/ws"), hub._endpoints, hub._members) == ((), {}, {})

    @looped
    async def test_who_joins_and_who_is_there_get_the_newest_handler(self) -> None:
        hub = Hub(bus=MemoryBus(), journal=Journals())
        early: list[Any] = []
        late: list[Any] = []
        hub.join(Line().client(), early.append)
        hub.adopt({"/ws": "first"})
        hub.join(Line().client(), late.append)
        hub.adopt({"/other": "second"})
        assert (early, late) == (["first", None], ["first", None])

    @looped
    async def test_closing_says_goodbye_to_all(self) -> None:
        hub, lines = self.hub()
        await hub.close(0)
        assert {name: line.sent for name, line in lines.items()} == {name: [1001] for name in lines}


@looped
async def test_replicas_on_one_bus_hear_each_other() -> None:
    bus = MemoryBus()
    line = Line()
    here, there = (Hub(bus=bus, journal=Journals()) for _ in range(2))
    there.join(line.client(), ignore)
    here.send(Envelope("/ws", "news"))
    assert line.sent == ["news"]
