"""What frames are read as, and who is told of mistakes in them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.runtime.echoing import echo
from tests.wire import (
    ask,
    hear,
    is_silent,
    serving,
    until,
    ws,
)


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
