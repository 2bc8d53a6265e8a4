"""Event sockets on the wire: what reaches the function, who gets its results, how it ends."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.errors import EndpointError
from neutrino_lab.runtime.spec import WebSocket
from tests.recording import Recording
from tests.runtime.echoing import echo
from tests.served import TELLS_CANCELLED
from tests.wire import (
    WAIT_S,
    ask,
    closing,
    get,
    hear,
    is_silent,
    program_of,
    say,
    serving,
    until,
    ws,
)


class TestRecipients:
    """Three clients: ann and bob in room r, bob again in room s."""

    @pytest.mark.parametrize(
        ("returned", "to", "heard"),
        [
            ("1", "all", (1, 1, 1)),
            ("1", "room", (1, 1, None)),
            ("1", "sender", (1, None, None)),
            ("None", "all", (None, None, None)),
            ("[1, 2]", "all", ([1, 2], [1, 2], [1, 2])),
            ("(1, 2, 3)", "sender", ([1, 2, 3], None, None)),
            ("1, 'bob'", "all", (None, 1, 1)),
            ("1, {'room_id': 's'}", "all", (None, None, 1)),
            ("1, {'room_id': 's', 'client_id': 'bob'}", "all", (None, None, 1)),
            ("1, {'client_id': 'bob'}", "sender", (None, 1, 1)),
            ("1, None", "all", (None, None, None)),
            ("1, 'nobody'", "all", (None, None, None)),
            ("1, {}", "all", (None, None, None)),
            ("1, {'room_id': None}", "all", (None, None, None)),
            ("1, {'room_id': 'r', 'client_id': None}", "all", (None, None, None)),
            ("1, {'room_id': 'r', 'user': 'bob'}", "all", (None, None, None)),
            ("1, ['bob']", "all", (None, None, None)),
            ("None, 'bob'", "all", (None, None, None)),
        ],
    )
    def test_the_result_names_them(
        self, returned: str, to: str, heard: tuple[Any, Any, Any]
    ) -> None:
        code = f"async def f(event):\n    return {returned}\n"
        with serving(ws("/{room_id}/{client_id}", code, to=to)) as served:
            clients = [served.connect(path) for path in ("/r/ann", "/r/bob", "/s/bob")]
            until(lambda: len(served.hub.clients("/{room_id}/{client_id}")) == 3)
            say(clients[0], "go")
            for client, expected in zip(clients, heard, strict=True):
                assert is_silent(client) if expected is None else hear(client) == expected

    def test_ids_are_compared_as_text(self) -> None:
        code = "import uuid\nID = uuid.UUID(int=5)\nasync def f(event):\n"
        code += "    return 'for you', {'7': 7, 'id': ID, 'yes': True}[event]\n"
        with serving(ws("/{client_id}", code)) as served:
            ids = ("7", "00000000-0000-0000-0000-000000000005", "True")
            seven, five, true = (served.connect(f"/{name}") for name in ids)
            assert ask(seven, "7") == "for you"
            say(seven, "id")
            assert hear(five) == "for you"
            say(seven, "yes")
            assert is_silent(true)

    @pytest.mark.parametrize(
        ("target", "told"),
        [
            ("{'mean': 2}", "this dict is no client and no room"),
            ("{'rows': Odd()}", "this dict is no client and no room"),
            ("{}", "this dict is no client and no room"),
            ("('a', 'b')", "this tuple is no client and no room"),
            ("True", "this bool is no client and no room"),
            ("None", ""),
            ("{'room_id': None}", ""),
            ("'gone'", ""),
        ],
    )
    def test_what_is_no_address_is_said_once(
        self, target: str, told: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        # As a frame does, which is neither equal to anything nor not.
        code = "class Odd:\n    def __eq__(self, other): raise ValueError\n"
        code += f"async def f(event):\n    return (event, {target}) if event == 'x' else event\n"
        with serving(ws("/ws", code)) as served:
            client = served.connect("/ws")
            say(client, "x")
            say(client, "x")
            assert ask(client, "end") == "end"
        assert [told in each for each in caplog.messages] == ([True] if told else [])

    def test_an_endpoint_keeps_to_itself(self) -> None:
        with serving(echo(), ws("/other", "async def g(event): return event")) as served:
            here, there = served.connect("/ws"), served.connect("/other")
            assert ask(here, "x") == "x"
            assert is_silent(there)


class TestHandshake:
    code = "async def f(event, room: int, token: str, limit=5, x_user='?'):\n"
    code += "    return [room, token, limit, x_user]\n"

    def test_path_query_and_headers_reach_the_function_converted(self) -> None:
        socket = ws("/a/{room}", self.code, query="token:str; limit:int?", headers="X-User:str?")
        with serving(socket) as served:
            plain = served.connect("/a/3?token=t")
            assert ask(plain, "") == [3, "t", 5, "?"]
            full = served.connect("/a/4?token=t&limit=9", additional_headers={"X-User": "ann"})
            assert ask(full, "") == [4, "t", 9, "ann"]

    @pytest.mark.parametrize("path", ["/a/3", "/a/x?token=t", "/a/3?token=t&limit=many", "/none"])
    def test_what_does_not_fit_is_refused(self, path: str) -> None:
        socket = ws("/a/{room}", self.code, query="token:str; limit:int?")
        with serving(socket) as served, pytest.raises(InvalidStatus):
            served.connect(path)

    def test_a_required_header_that_the_function_ignores_is_still_required(self) -> None:
        with serving(echo(headers="X-Key:str")) as served:
            with pytest.raises(InvalidStatus):
                served.connect("/ws")
            assert ask(served.connect("/ws", additional_headers={"X-Key": "k"}), "a") == "a"

    def test_fastapis_own_parameters_pass(self) -> None:
        code = (
            "from fastapi import Depends, WebSocket\n"
            "OPEN = []\n"
            "def db():\n    OPEN.append(1)\n    yield 'db'\n    OPEN.append(2)\n"
            "async def f(event, ws: WebSocket, db: str = Depends(db)):\n"
            "    return [db, ws.url.path, len(OPEN)]\n"
        )
        with serving(ws("/ws", code)) as served:
            socket = served.connect("/ws")
            assert ask(socket, "") == ["db", "/ws", 1]
            socket.close()
            until(lambda: served.names["OPEN"] == [1, 2])

    def test_the_more_specific_path_comes_first(self) -> None:
        with serving(
            ws("/{rest:path}", "async def a(event): return 'rest'"),
            ws("/a/{name}", "async def b(event): return 'name'"),
            ws("/a/b", "async def c(event): return 'exact'"),
        ) as served:
            found = [ask(served.connect(path), "") for path in ("/a/b", "/a/x", "/a/x/y")]
            assert found == ["exact", "name", "rest"]


class TestErrors:
    custom = "class Custom(Exception):\n    status_code = {code}\n    message = 'too bad'\n"

    @pytest.mark.parametrize(
        ("code", "closed"), [(400, 4400), (404, 4404), (3001, 3001), (1003, 1003)]
    )
    def test_a_custom_exception_is_told_and_closes(self, code: int, closed: int) -> None:
        cell = self.custom.format(code=code) + "async def f(event):\n    raise Custom()\n"
        with serving(ws("/ws", cell)) as served:
            socket = served.connect("/ws")
            assert ask(socket, "") == {"error": "too bad"}
            assert closing(socket) == (closed, "")

    @pytest.mark.parametrize("kind", ["def", "async def"])
    @pytest.mark.parametrize(
        "failure",
        [
            "raise RuntimeError('hunter2')",
            "return object()",
            "exit()",
            "raise BaseException",
            pytest.param("raise asyncio.CancelledError", marks=TELLS_CANCELLED),
        ],
    )
    def test_any_other_closes_that_client_without_a_word(
        self, kind: str, failure: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        code = f"{kind} f(event):\n    if event == 'bad':\n        {failure}\n    return event\n"
        with serving(ws("/ws", f"import asyncio\n{code}")) as served:
            bad, good = served.connect("/ws"), served.connect("/ws")
            say(bad, "bad")
            assert closing(bad) == (1011, "")
            assert ask(good, "fine") == "fine"
        assert "WS /ws" in caplog.text

    @pytest.mark.parametrize("wait", ["", "await asyncio.sleep(0); "])
    def test_one_that_cancels_itself_closes_its_client(self, wait: str) -> None:
        cancel = f"{wait}asyncio.current_task().cancel(); await asyncio.sleep(0)"
        with serving(ws("/ws", f"import asyncio\nasync def f(event): {cancel}\n")) as served:
            socket = served.connect("/ws")
            say(socket, "")
            assert closing(socket) == (1011, "")

    def test_what_was_sent_before_the_error_arrives_before_the_close(self) -> None:
        code = "async def f(event):\n    yield 1\n    yield 2\n    raise RuntimeError()\n"
        with serving(ws("/ws", code)) as served:
            socket = served.connect("/ws")
            assert [ask(socket, ""), hear(socket)] == [1, 2]
            assert closing(socket) == (1011, "")


@pytest.mark.parametrize("kind", ["async def", "def"])
def test_a_generator_sends_each_value_as_a_result(kind: str) -> None:
    code = f"{kind} f(event):\n    yield 'a'\n    yield 'b'\n    yield 'x', None\n"
    with serving(ws("/ws", code)) as served:
        asking, other = served.connect("/ws"), served.connect("/ws")
        assert [ask(asking, ""), hear(asking)] == ["a", "b"]
        assert [hear(other), hear(other)] == ["a", "b"]
        assert is_silent(other)


def test_messages_of_a_connection_are_answered_one_after_the_other() -> None:
    code = (
        "import asyncio\n"
        "async def f(event):\n"
        "    await asyncio.sleep(0.05 if event == 'slow' else 0)\n"
        "    return event\n"
    )
    with serving(ws("/ws", code, to="sender")) as served:
        slow, quick = served.connect("/ws"), served.connect("/ws")
        say(slow, "slow")
        assert ask(quick, "quick") == "quick"
        assert [ask(slow, "after"), hear(slow)] == ["slow", "after"]


@pytest.mark.parametrize("message", ["returns", "waits", "is timed"])
def test_each_message_of_a_connection_is_answered_in_one_task_and_context(message: str) -> None:
    code = (
        "import asyncio\nfrom contextvars import ContextVar\n"
        "SEEN = ContextVar('SEEN', default=0)\nTASKS = set()\n"
        "async def f(event):\n"
        "    TASKS.add(asyncio.current_task())\n"
        "    SEEN.set(SEEN.get() + 1)\n"
        "    if event == 'waits':\n        await asyncio.sleep(0)\n"
        "    if event == 'is timed':\n"
        "        try:\n            await asyncio.wait_for(asyncio.Event().wait(), 0.001)\n"
        "        except asyncio.TimeoutError: pass\n"
        "    TASKS.add(asyncio.current_task())\n"
        "    return [SEEN.get(), len(TASKS), None in TASKS]\n"
    )
    with serving(ws("/ws", code, to="sender")) as served:
        socket = served.connect("/ws")
        assert [ask(socket, message) for _ in range(3)] == [[n, 1, False] for n in (1, 2, 3)]


def test_a_task_called_off_as_its_function_begins_to_wait_tells_the_function() -> None:
    code = (
        "import asyncio\nSEEN = []\n"
        "async def f(event):\n"
        "    asyncio.current_task().cancel('enough')\n"
        "    try:\n        await asyncio.Event().wait()\n"
        "    except asyncio.CancelledError as error:\n        SEEN.append(error.args)\n"
        "    return 'went on'\n"
    )
    with serving(ws("/ws", code)) as served:
        socket = served.connect("/ws")
        assert [ask(socket, ""), ask(socket, "")] == ["went on"] * 2
        assert served.names["SEEN"] == [("enough",)] * 2


def test_a_plain_function_blocks_neither_the_loop_nor_http() -> None:
    code = "import threading\nGATE = threading.Event()\n"
    code += "def f(event):\n    GATE.wait(10)\n    return 1\n"
    alive = get("/alive", "def alive(): return 'alive'")
    with serving(ws("/ws", code, to="sender"), alive) as served:
        waiting = [served.connect("/ws") for _ in range(60)]
        for socket in waiting:
            say(socket, "")
        assert httpx.get(f"http://{served.address}/alive", timeout=WAIT_S).json() == "alive"
        served.names["GATE"].set()
        assert [hear(socket) for socket in waiting] == [1] * 60


def test_a_client_that_leaves_is_forgotten_at_once_even_while_it_is_answered() -> None:
    code = (
        "import asyncio\nDONE = []\nGATE = asyncio.Event()\n"
        "async def f(event):\n    await GATE.wait()\n    DONE.append(event)\n"
    )
    journal = Recording()
    engine = Engine(MemoryBus(), journal=journal)
    with serving(ws("/{room_id}", code), engine=engine) as served:
        socket = served.connect("/r")
        say(socket, "late")
        until(lambda: [m.direction for m in journal.messages] == ["in"])
        socket.close()
        until(lambda: served.hub.clients("/{room_id}") == ())
        served.call(served.names["GATE"].set)
        until(lambda: served.names["DONE"] == ["late"])


def test_the_journal_tells_what_came_in_and_went_out() -> None:
    journal = Recording()
    engine = Engine(MemoryBus(), journal=journal)
    declared = ws("/{room_id}/{client_id}", "async def f(event): return event, 'bob'")
    with serving(declared, engine=engine) as served:
        ann, bob = served.connect("/r/ann"), served.connect("/r/bob")
        say(ann, "hello")
        assert hear(bob) == "hello"
        until(lambda: len(journal.messages) == 2)
        assert [
            (m.key, m.direction, m.client, m.room, len(m.recipients), m.size)
            for m in journal.messages
        ] == [
            ("WS /{room_id}/{client_id}", "in", "ann", "r", 0, 5),
            ("WS /{room_id}/{client_id}", "out", "bob", "", 1, 7),
        ]


class TestSwap:
    def test_an_open_socket_goes_on_with_the_newest_function(self) -> None:
        with serving(echo()) as served:
            socket = served.connect("/ws")
            assert ask(socket, "a") == "a"
            served.save(echo(body="return event.upper()"))
            assert ask(socket, "a") == "A"

    def test_it_keeps_what_the_handshake_brought(self) -> None:
        old = ws("/{name}", "async def f(event, name: str): return name")
        new = ws("/{name}", "async def f(event, name: str, more=1): return [name, more]")
        with serving(old) as served:
            socket = served.connect("/ann")
            assert ask(socket, "") == "ann"
            served.save(new)
            assert ask(socket, "") == ["ann", 1]

    @pytest.mark.parametrize(
        ("new", "reason"),
        [
            ((), "no longer served"),
            (
                (ws("/ws", "async def f():\n    yield 1", type="stream"),),
                "the endpoint has changed, connect again",
            ),
            (
                (ws("/ws", "async def f(event, token): ...", query="token:str"),),
                "the endpoint has changed, connect again",
            ),
        ],
    )
    def test_what_cannot_go_on_is_closed(self, new: Any, reason: str) -> None:
        with serving(echo()) as served:
            socket = served.connect("/ws")
            assert ask(socket, "a") == "a"
            served.save(*new)
            assert closing(socket) == (1012, reason)


@pytest.mark.parametrize(
    ("socket", "reason"),
    [
        (ws("/ws", "async def f(message): ..."), "`f` needs a parameter `event` for the message"),
        (ws("/ws", "async def f(event, other): ..."), "nothing supplies `other`"),
        (ws("/ws", "async def f(event, /): ..."), "`event` must not stand before a `/`"),
        (ws("/ws", "async def f(event): ...", to="room"), "`to: room` needs `{room_id}`"),
        (ws("/ws", "async def f(event): ...", message="a:Lost", validate=True), "Lost"),
        (ws("/ws", "class T: ...\nasync def f(event: T): ..."), "`event` cannot be read from JSON"),
    ],
)
def test_what_does_not_fit_together_is_refused_when_built(socket: Any, reason: str) -> None:
    app, program = program_of(socket)
    engine = Engine.in_memory()
    with pytest.raises(EndpointError) as refused:
        engine.parts[WebSocket.kind].build(app.of(WebSocket), program)
    assert reason in str(refused.value)


def test_a_stream_that_is_not_to_repeat_closes_when_it_has_ended() -> None:
    code = "async def f():\n    for n in range(3): yield n"
    with serving(ws("/ws", code, type="stream", repeat=False)) as served:
        socket = served.connect("/ws")
        assert [hear(socket) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(ConnectionClosed) as closed:
            hear(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1000


def test_small_and_large_messages_reach_a_client_that_compresses() -> None:
    sent = [f"{n} {'x' * size}" for n, size in enumerate([1, 5_000, 10, 200_000, 900, 2, 1_100])]
    with serving(echo()) as served:
        socket = served.connect("/ws", compression="deflate")
        plain = served.connect("/ws")
        for message in sent:
            say(socket, message)
        assert [[hear(each) for _ in sent] for each in (socket, plain)] == [sent, sent]
