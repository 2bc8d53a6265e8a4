"""Streams on the wire: each for its own client, never in the way of others, always closed."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import Any

import httpx
import pytest

from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.sockets.clients import Limits
from neutrino_lab.runtime.sockets.part import SocketPart
from tests.wire import WAIT_S, Served, closing, get, hear, is_silent, say, serving, until, ws

SETUP = "import asyncio, threading, time\nCLOSED = []\n"
KINDS = pytest.mark.parametrize("kind", ["async def", "def"])


def stream(body: str, *, kind: str = "async def", event: str = "", **declared: Any) -> Any:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return ws("/ws", f"{SETUP}{kind} f({event}):\n{lines}", type="stream", **declared)


def limited(limits: Limits) -> Engine:
    return Engine(MemoryBus(), parts={"websocket": partial(SocketPart, limits=limits)})


def counting(kind: str) -> Any:
    pause = "await asyncio.sleep(0.01)" if kind == "async def" else "time.sleep(0.01)"
    body = f"n = 0\ntry:\n    while True:\n        yield n\n        n += 1\n        {pause}\n"
    return stream(body + "finally:\n    CLOSED.append(n)", kind=kind)


@KINDS
class TestGenerators:
    def test_each_client_has_its_own(self, kind: str) -> None:
        with serving(counting(kind)) as served:
            first, second = served.connect("/ws"), served.connect("/ws")
            assert [hear(first) for _ in range(3)] == [0, 1, 2]
            assert [hear(second) for _ in range(3)] == [0, 1, 2]

    def test_one_that_ends_is_called_again(self, kind: str) -> None:
        with serving(stream("yield 1\nyield None\nyield 2", kind=kind)) as served:
            socket = served.connect("/ws")
            assert [hear(socket) for _ in range(5)] == [1, 2, 1, 2, 1]

    def test_its_finally_runs_when_the_client_leaves(self, kind: str) -> None:
        with serving(counting(kind)) as served:
            staying, leaving = served.connect("/ws"), served.connect("/ws")
            assert hear(leaving) == 0
            leaving.close()
            until(lambda: len(served.names["CLOSED"]) == 1)
            assert len(served.hub.clients("/ws")) == 1
            assert hear(staying) == 0

    def test_one_that_never_waits_leaves_the_server_to_others(self, kind: str) -> None:
        alive = get("/alive", "def alive(): return 'alive'")
        with serving(stream("while True: yield 'x' * 1000", kind=kind), alive) as served:
            for _ in range(3):
                hear(served.connect("/ws"))
            assert httpx.get(f"http://{served.address}/alive", timeout=WAIT_S).json() == "alive"

    def test_a_yielded_pair_is_routed(self, kind: str) -> None:
        code = f"{kind} f(client_id):\n    yield 'mine'\n    yield 'news', {{'client_id': 'bob'}}\n"
        code += "    yield 'lost', None\n    while True: yield None\n"
        with serving(ws("/{client_id}", code, type="stream")) as served:
            bob = served.connect("/bob")
            assert [hear(bob), hear(bob)] == ["mine", "news"]
            ann = served.connect("/ann")
            assert hear(bob) == "news"
            assert hear(ann) == "mine"
            assert is_silent(ann)

    def test_an_error_closes_it_and_only_it(self, kind: str) -> None:
        fails = stream("yield 1\nraise RuntimeError('secret')", kind=kind)
        with serving(fails, ws("/other", "async def g(event): return event")) as served:
            other, failing = served.connect("/other"), served.connect("/ws")
            assert hear(failing) == 1
            assert closing(failing) == (1011, "")
            say(other, "fine")
            assert hear(other) == "fine"


def test_a_plain_generator_that_sleeps_is_closed_when_it_wakes() -> None:
    body = "try:\n    yield 1\n    SLEEPING.append(1)\n    GATE.wait(10)\n    yield 2\n"
    body += "finally:\n    CLOSED.append('woken')"
    code = f"{SETUP}GATE = threading.Event()\nSLEEPING = []\ndef f():\n"
    code += "".join(f"    {line}\n" for line in body.splitlines())
    with serving(ws("/ws", code, type="stream")) as served:
        socket = served.connect("/ws")
        assert hear(socket) == 1
        until(lambda: served.names["SLEEPING"])
        socket.close()
        until(lambda: not served.hub.clients("/ws"))
        assert served.names["CLOSED"] == []
        served.names["GATE"].set()
        until(lambda: served.names["CLOSED"] == ["woken"])


def test_sleeping_generators_do_not_take_the_threads_of_http() -> None:
    code = SETUP + "GATE = threading.Event()\ndef f():\n    yield 1\n    GATE.wait(10)\n"
    alive = get("/alive", "def alive(): return 'alive'")
    with serving(ws("/ws", code, type="stream"), alive) as served:
        sleeping = [served.connect("/ws") for _ in range(100)]
        assert [hear(socket) for socket in sleeping] == [1] * 100
        assert httpx.get(f"http://{served.address}/alive", timeout=WAIT_S).json() == "alive"
        served.clients.close()
        served.names["GATE"].set()


class TestMessage:
    body = "yield event\nawait asyncio.sleep(0.01)"

    def heard(self, served: Served, *sent: Any) -> list[Any]:
        """What arrives after the first value and each message, when it has come to a change."""
        socket = served.connect("/ws")
        found = [hear(socket)]
        for message in sent:
            say(socket, message)
            found.append(next(v for v in iter(lambda: hear(socket), object()) if v != found[-1]))
        return found

    def test_the_newest_counts_from_the_next_call_on(self) -> None:
        with serving(stream(self.body, event="event: dict", message="a:int")) as served:
            assert self.heard(served, {"a": "x"}, {"b": 2}) == [{}, {"a": "x"}, {"b": 2}]

    def test_an_invalid_one_is_answered_and_the_old_one_stays(self) -> None:
        socket = stream(self.body, event="event: dict", message="a:int; b:int=2", validate=True)
        with serving(socket) as served:
            heard = self.heard(served, {"a": "1"}, {"a": "x"}, {"a": 3})
            told = "a: Input should be a valid integer, unable to parse string as an integer"
            assert heard == [{}, {"a": 1, "b": 2}, {"error": told}, {"a": 3, "b": 2}]

    def test_what_is_no_json_is_answered_without_validate_too(self) -> None:
        with serving(stream(self.body, event="event: dict", message="a:int")) as served:
            told = "not JSON: expected value at line 1 column 1"
            assert self.heard(served, "?") == [{}, {"error": told}]

    def test_without_a_message_what_comes_in_is_ignored(self) -> None:
        with serving(counting("async def")) as served:
            socket = served.connect("/ws")
            say(socket, "hello")
            assert [hear(socket) for _ in range(3)] == [0, 1, 2]


class TestSlowClients:
    def test_a_stream_waits_for_its_client_to_take_what_there_is(self) -> None:
        code = SETUP + "MADE = []\nasync def f():\n    while True:\n"
        code += "        MADE.append(1)\n        yield 'x' * 100_000\n"
        with serving(ws("/ws", code, type="stream")) as served:
            socket = served.connect("/ws", max_queue=1)
            hear(socket)
            made = served.names["MADE"]
            until(lambda: len(made) > 1 and is_still(made))
            ahead = len(made)
            assert [len(hear(socket)) for _ in range(ahead)] == [100_000] * ahead

    def test_one_that_takes_nothing_for_long_is_closed(self) -> None:
        engine = limited(Limits(stall_s=0.1))
        body = "try:\n    while True: yield 'x' * 100_000\nfinally:\n    CLOSED.append(1)"
        with serving(stream(body), engine=engine) as served:
            served.connect("/ws", max_queue=1)
            until(lambda: served.names["CLOSED"] == [1])
            assert served.hub.clients("/ws") == ()

    def test_one_that_lags_behind_a_broadcast_is_closed_and_the_others_hear_all(self) -> None:
        engine = limited(Limits(frames=20))
        code = "async def f(event): return event + 'x' * 100_000"
        with serving(ws("/ws", code), engine=engine) as served:
            lagging = served.connect("/ws", max_queue=1)
            talking = served.connect("/ws")
            for n in range(200):
                say(talking, str(n))
                assert hear(talking) == str(n) + "x" * 100_000
            assert len(served.hub.clients("/ws")) == 1
            assert closing(lagging) == (1013, "too slow")

    def test_one_that_catches_up_in_time_has_missed_nothing(self) -> None:
        code = "async def f(event): return event + 'x' * 100_000"
        with serving(ws("/ws", code)) as served:
            lagging, talking = served.connect("/ws", max_queue=1), served.connect("/ws")
            for n in range(100):
                say(talking, str(n))
                hear(talking)
            heard = [hear(lagging).rstrip("x") for _ in range(100)]
            assert heard == [str(n) for n in range(100)]


class TestSwap:
    def test_a_changed_stream_is_closed_at_its_next_yield(self) -> None:
        body = "try:\n    while True:\n        yield 'old'\n        await asyncio.sleep(0.01)\n"
        with serving(stream(body + "finally:\n    CLOSED.append('old')")) as served:
            socket = served.connect("/ws")
            assert hear(socket) == "old"
            served.save(stream("yield CLOSED\nawait asyncio.sleep(0.01)"))
            assert next(v for v in iter(lambda: hear(socket), object()) if v != "old") == ["old"]

    def test_an_unchanged_one_is_left_alone(self) -> None:
        with serving(counting("async def")) as served:
            socket = served.connect("/ws")
            assert hear(socket) == 0
            served.adopt()
            heard = list(islice(iter(lambda: hear(socket), object()), 5))
            assert heard == [1, 2, 3, 4, 5]


def is_still(made: list[int]) -> bool:
    """Whether nothing has been added for a moment."""
    before = len(made)
    try:
        until(lambda: len(made) > before, within_s=0.2)
    except AssertionError:
        return True
    return False
