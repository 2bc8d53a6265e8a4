"""Event sockets on the wire: what reaches the function, who gets its results, how it ends."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.errors import EndpointError
from neutrino_lab.runtime.spec import WebSocket
from tests.recording import Recording
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


def echo(event: str = "event", *, body: str = "return event", **declared: Any) -> Any:
    return ws("/ws", f"from typing import *\nasync def f({event}):\n    {body}\n", **declared)


@pytest.mark.parametrize(
    ("parameter", "sent", "answer"),
    [
        ("event: str", "hi", "hi"),
        ("event: str", '{"a": 1}', '{"a": 1}'),
        ("event", "hi", "hi"),
        ("event: Any", "hi", "hi"),
        ("event: dict", '{"a": 1}', {"a": 1}),
        ("event: list[int]", '[1, "2"]', [1, 2]),
        ("event: int", "3", 3),
        ("event: 'dict[str, float]'", '{"a": 1}', {"a": 1.0}),
        ("event: int | None", "null", None),
        ("event: bytes", b"\x00\xff", b"\x00\xff"),
        ("event: Annotated[str, 'a note']", "hi", "hi"),
    ],
)
def test_the_annotation_says_what_a_frame_is_read_as(
    parameter: str, sent: Any, answer: Any
) -> None:
    body = "return [event] if event is None else event"
    with serving(echo(parameter, body=body)) as served:
        assert ask(served.connect("/ws"), sent) == ([None] if answer is None else answer)


@pytest.mark.parametrize(
    ("parameter", "sent", "told"),
    [
        ("event: dict", "no", "not JSON: expected ident at line 1 column 2"),
        ("event: dict", "[]", "Input should be an object"),
        ("event: dict", b"{}", "a text frame is expected, this is a binary one"),
        ("event: str", b"hi", "a text frame is expected, this is a binary one"),
        ("event: bytes", "hi", "a binary frame is expected, this is a text one"),
        (
            "event: list[int]",
            '["a", 1, null]',
            "0: Input should be a valid integer, unable to parse string as an integer; "
            "2: Input should be a valid integer",
        ),
    ],
)
def test_a_frame_of_the_wrong_kind_is_told_to_its_sender_alone(
    parameter: str, sent: Any, told: str
) -> None:
    with serving(echo(parameter)) as served:
        sender, other = served.connect("/ws"), served.connect("/ws")
        assert ask(sender, sent) == {"error": told}
        assert is_silent(other)


def test_of_many_mistakes_the_first_are_told() -> None:
    with serving(echo("event: list[int]")) as served:
        told = ask(served.connect("/ws"), ["x"] * 7)["error"]
        mistake = "Input should be a valid integer, unable to parse string as an integer"
        assert told == "; ".join([*(f"{n}: {mistake}" for n in range(5)), "and 2 more"])


def test_a_model_among_others_is_validated_though_there_is_a_message() -> None:
    code = "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int\n"
    code += "async def f(event: Point | None):\n    return event.x if event else 'none'\n"
    with serving(ws("/ws", code, message="y:str", validate=True)) as served:
        socket = served.connect("/ws")
        assert [ask(socket, {"x": "3"}), ask(socket, "null")] == [3, "none"]


def test_a_picture_is_a_binary_frame() -> None:
    code = "from PIL import Image\nasync def f(event): return Image.new('L', (2, 2))"
    with serving(ws("/ws", code)) as served:
        assert ask(served.connect("/ws"), "").startswith(b"\x89PNG")


def test_a_plain_function_may_return_a_coroutine() -> None:
    code = "async def g(event): return event\ndef f(event): return g(event)\n"
    with serving(ws("/ws", code)) as served:
        assert ask(served.connect("/ws"), "hi") == "hi"


def test_a_generator_for_its_sender_alone_ends_when_the_sender_has_gone() -> None:
    code = "import asyncio\nENDED = []\nasync def f(event):\n    try:\n        while True:\n"
    code += "            yield 1\n            await asyncio.sleep(0.01)\n"
    code += "    finally: ENDED.append(1)\n"
    with serving(ws("/ws", code, to="sender")) as served:
        socket = served.connect("/ws")
        assert ask(socket, "") == 1
        socket.close()
        until(lambda: served.names["ENDED"] == [1])


def test_a_generator_for_all_ends_when_the_last_client_has_gone() -> None:
    code = "import asyncio\nENDED = []\nasync def f(event):\n    try:\n        while True:\n"
    code += "            yield event\n            await asyncio.sleep(0.01)\n"
    code += "    finally: ENDED.append(1)\n"
    with serving(ws("/ws", code)) as served:
        asking, listening = served.connect("/ws"), served.connect("/ws")
        assert ask(asking, "a") == "a"
        asking.close()
        until(lambda: len(served.hub.clients("/ws")) == 1)
        for _ in range(5):
            assert hear(listening) == "a"
        assert served.names["ENDED"] == []
        listening.close()
        until(lambda: served.names["ENDED"] == [1])


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_what_a_client_sent_before_it_left_is_answered(kind: str) -> None:
    wait = "GATE.wait()" if kind == "def" else "await asyncio.to_thread(GATE.wait)"
    code = f"import asyncio, threading\nGATE = threading.Event()\nSEEN = []\n{kind} f(event):\n"
    code += f"    {wait}\n    SEEN.append(event)\n"
    with serving(ws("/ws", code)) as served:
        socket = served.connect("/ws")
        for number in range(50):
            socket.send(str(number))
        socket.close()
        served.names["GATE"].set()
        until(lambda: served.names["SEEN"] == [str(number) for number in range(50)])


def test_a_flood_of_messages_leaves_a_turn_to_others() -> None:
    flood = ws("/flood", "SEEN = []\nasync def f(event): SEEN.append(event)")
    with serving(flood, ws("/ws", "async def g(event): return len(SEEN)")) as served:
        flooding, other = served.connect("/flood"), served.connect("/ws")
        for _ in range(2_000):
            flooding.send("x")
        assert ask(other, "") <= 2_000
        until(lambda: len(served.names["SEEN"]) == 2_000)


def test_models_and_dataclasses_are_always_validated() -> None:
    model = "from pydantic import BaseModel\nclass Point(BaseModel):\n    x: int\n    y: int = 2\n"
    code = model + "async def f(event: Point):\n    return {'sum': event.x + event.y}\n"
    with serving(ws("/ws", code)) as served:
        socket = served.connect("/ws")
        assert ask(socket, {"x": 1}) == {"sum": 3}
        assert ask(socket, {}) == {"error": "x: Field required"}


class TestMessage:
    declared = 'op:str; n:int=7; tags:list[str]; note:str?; class:str="a"; model_x:int=0'

    def test_validated_it_is_converted_filled_in_and_keeps_what_is_undeclared(self) -> None:
        with serving(echo("event: dict", message=self.declared, validate=True)) as served:
            sent = {"extra": [1], "tags": ["a"], "op": "inc"}
            assert ask(served.connect("/ws"), sent) == {
                "op": "inc",
                "n": 7,
                "tags": ["a"],
                "note": None,
                "class": "a",
                "model_x": 0,
                "extra": [1],
            }

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"op": "a", "tags": [1]}, "tags.0: Input should be a valid string"),
            ({"tags": []}, "op: Field required"),
            ([1], "a JSON object is expected, this is an array"),
            ("nope", "not JSON: expected ident at line 1 column 2"),
        ],
    )
    def test_validated_a_wrong_one_is_told_to_the_sender(self, sent: Any, told: str) -> None:
        with serving(echo("event: dict", message=self.declared, validate=True)) as served:
            assert ask(served.connect("/ws"), sent) == {"error": told}

    def test_unvalidated_it_is_passed_as_parsed(self) -> None:
        with serving(echo("event: str", message="op:str")) as served:
            socket = served.connect("/ws")
            assert ask(socket, {"other": 1}) == {"other": 1}
            assert ask(socket, [1]) == [1]

    def test_unvalidated_an_annotated_dict_is_at_least_a_dict(self) -> None:
        with serving(echo("event: dict[str, int]", message="op:str")) as served:
            socket = served.connect("/ws")
            assert ask(socket, {"op": "x"}) == {"op": "x"}
            assert ask(socket, [1]) == {"error": "Input should be an object"}

    def test_types_of_the_notebook_count(self) -> None:
        code = "from typing import Literal\nOp = Literal['a', 'b']\n"
        code += "async def f(event):\n    return event\n"
        with serving(ws("/ws", code, message="op:Op", validate=True)) as served:
            socket = served.connect("/ws")
            assert ask(socket, {"op": "a"}) == {"op": "a"}
            assert ask(socket, {"op": "c"}) == {"error": "op: Input should be 'a' or 'b'"}


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

    @pytest.mark.parametrize(
        "failure", ["raise RuntimeError('hunter2')", "return object()", "exit()"]
    )
    def test_any_other_closes_that_client_without_a_word(
        self, failure: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        code = f"def f(event):\n    if event == 'bad':\n        {failure}\n    return event\n"
        with serving(ws("/ws", code)) as served:
            bad, good = served.connect("/ws"), served.connect("/ws")
            say(bad, "bad")
            assert closing(bad) == (1011, "")
            assert ask(good, "fine") == "fine"
        assert "WS /ws" in caplog.text

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
