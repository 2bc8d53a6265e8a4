"""Generators go out piece by piece, and end when their client leaves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.served import Served, app_of, cell


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize(
    ("chunks", "media", "sent", "body"),
    [
        ("b'a', b'b'", "", "application/octet-stream", "ab"),
        ("'a', 'é', 1", "", "text/plain; charset=utf-8", "aé1"),
        ("{'a': 1}, 'b', None", "", "application/x-ndjson", '{"a":1}\n"b"\nnull\n'),
        ("float('nan'), 2", "", "application/x-ndjson", "null\n2\n"),
        ("'a,b\\n', '1,2\\n'", "text/csv", "text/csv; charset=utf-8", "a,b\n1,2\n"),
        ("{'a': 1}, 'data: b\\n\\n'", "text/event-stream", "text/event-stream; charset=utf-8",
         'data: {"a":1}\n\ndata: b\n\n'),
        ("b'x', 'y'", "image/png", "image/png", "xy"),
        ("1, b'2\\n'", "application/x-ndjson", "application/x-ndjson", "1\n2\n"),
    ],
)  # fmt: skip
def test_the_first_chunk_or_the_media_type_says_what_it_is(
    kind: str, chunks: str, media: str, sent: str, body: str
) -> None:
    code = f"{kind} f():\n" + "".join(f"    yield {each}\n" for each in chunks.split(", "))
    answer = app_of(cell("GET /", code, media=media))("GET /")
    assert (answer.status, answer.media, answer.text) == (200, sent, body)


@pytest.mark.parametrize(
    ("expression", "body"),
    [("iter([])", ""), ("map(str, [1, 2])", "12"), ("(n for n in range(2))", "0\n1\n")],
)
def test_any_iterator_is_a_stream(expression: str, body: str) -> None:
    assert app_of(cell("GET /", f"def f(): return {expression}"))("GET /").text == body


def test_an_async_function_may_return_a_stream() -> None:
    code = "async def f():\n    async def more():\n        yield 'a'\n    return more()"
    assert app_of(cell("GET /", code))("GET /").text == "a"


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_an_error_before_the_first_chunk_is_an_answer(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    setup = "from fastapi import HTTPException"
    served = app_of(
        cell("GET /a", f"{kind} f():\n    raise HTTPException(404, 'none')\n    yield 1"),
        cell("GET /b", f"{kind} g():\n    raise ValueError('secret')\n    yield 1"),
        cell("GET /c", f"{kind} h():\n    yield object()"),
        cell("GET /d", f"{kind} i():\n    raise SystemExit\n    yield 1"),
        setup=setup,
    )
    assert (served("GET /a").status, served("GET /a").json()) == (404, {"detail": "none"})
    assert [served(f"GET /{x}").status for x in "bcd"] == [500, 500, 500]
    assert "ValueError: secret" in caplog.text


class Visit:
    """A client that takes some chunks and then leaves, without a server in between."""

    def __init__(self, served: Served, chunks: int | None) -> None:
        self.served = served
        self.chunks = chunks
        self.body: list[bytes] = []
        self.is_complete = False

    async def run(self) -> None:
        left = asyncio.Event()
        requests = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if requests:
                return requests.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                self.is_complete = not message.get("more_body", False)
                self.body += [message["body"]] if message["body"] else []
                if self.chunks is not None and len(self.body) >= self.chunks:
                    left.set()

        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/",
            "raw_path": b"/",
            "query_string": b"",
            "root_path": "",
            "headers": [],
        }
        await asyncio.wait_for(self.served.api(scope, receive, send), 10)


def visited(served: Served, chunks: int | None = None) -> Visit:
    visit = Visit(served, chunks)
    asyncio.run(visit.run())
    return visit


ENDLESS = {
    "plain": "def f():\n    try:\n        while True: yield 'x'\n    finally: LEFT.append(1)",
    "awaiting": "async def f():\n    try:\n        yield 'x'\n"
    "        await asyncio.Event().wait()\n    finally:\n        await asyncio.sleep(0)\n"
    "        LEFT.append(1)",
    "never awaiting": "async def f():\n    try:\n        while True: yield 'x'\n"
    "    finally: LEFT.append(1)",
    "deaf": "async def f():\n    try:\n        while True:\n            try:\n"
    "                yield 'x'\n                await asyncio.sleep(3600)\n"
    "            except asyncio.CancelledError: pass\n    finally: LEFT.append(1)",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_stream_ends_when_its_client_leaves(name: str) -> None:
    served = app_of(
        cell("GET /", ENDLESS[name]), cell("GET /left", "def g(): return LEFT"),
        setup="import asyncio\nLEFT = []",
    )  # fmt: skip
    assert visited(served, chunks=1).body[0] == b"x"
    assert served("GET /left").json() == [1]


def test_a_plain_stream_does_not_block_the_loop() -> None:
    served = app_of(
        cell("GET /", "def f(): yield str(GO.wait(5))"),
        cell("GET /go", "async def go(): GO.set()"),
        setup="import threading\nGO = threading.Event()",
    )
    assert served.at_once([("GET /", {}), ("GET /go", {})])[0].text == "True"


def test_a_stream_that_never_awaits_lets_others_work() -> None:
    code = "async def f():\n    for _ in range(50_000):\n        if GO:\n            return\n"
    served = app_of(
        cell("GET /", code + "        yield 'x'\n    yield 'starved'"),
        cell("GET /go", "async def go(): GO.append(1)"),
        setup="GO = []",
    )
    assert "starved" not in served.at_once([("GET /", {}), ("GET /go", {})])[0].text


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_an_error_after_the_first_chunk_is_logged_and_leaves_the_answer_unfinished(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    code = f"{kind} f():\n    yield 'x'\n    raise ValueError('secret')"
    visit = visited(app_of(cell("GET /", code)))
    assert (visit.body, visit.is_complete) == ([b"x"], False)
    assert "GET / failed" in caplog.text
    assert "ValueError: secret" in caplog.text


def test_background_tasks_run_after_a_stream() -> None:
    code = "def f(tasks: BackgroundTasks):\n    tasks.add_task(DONE.append, 1)\n    yield len(DONE)"
    served = app_of(
        cell("GET /", code), cell("GET /done", "def g(): return DONE"),
        setup="from fastapi import BackgroundTasks\nDONE = []",
    )  # fmt: skip
    assert served("GET /").text == "0\n"
    assert served("GET /done").json() == [1]


def test_an_async_stream_runs_in_one_task() -> None:
    code = (
        "async def f():\n    async with asyncio.timeout(5):\n        yield 'a'\n        yield 'b'"
        if hasattr(asyncio, "timeout")
        else "async def f():\n    yield 'a'\n    yield 'b'"
    )
    assert app_of(cell("GET /", code), setup="import asyncio")("GET /").text == "ab"
