"""What the layers around an app do, one by one and without a server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.middleware import stack
from neutrino_lab.runtime.middleware.access import CALLER
from neutrino_lab.runtime.middleware.limits import Body, Deadline, Messages, Rate
from neutrino_lab.runtime.settings import Settings, read
from tests.recording import Recording
from tests.served import cell, program_of


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("limits.storage.memory.time", SimpleNamespace(time=made))
    return made


def rated(clock: Clock, text: str) -> ASGIApp:
    return Rate(answer, read({"NEUTRINO_RATE_LIMIT": text}).rate_limits, clock=clock)


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Take all there is, and tell how much it was."""
    kind, size = scope["type"], 0
    while True:
        message = await receive()
        size += len(message.get("body") or message.get("text") or message.get("bytes") or b"")
        if message["type"].endswith("disconnect") or (kind == "http" and not message["more_body"]):
            break
    if kind == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(size).encode()})
    else:
        await send({"type": "told", "size": size})


def http(path: str = "/", *, client: str = "1.2.3.4", **more: Any) -> Scope:
    return {"type": "http", "method": "GET", "path": path, "client": (client, 5), "headers": [],
            **more}  # fmt: skip


def call(app: ASGIApp, scope: Scope, messages: Iterable[Message] = ()) -> list[Message]:
    """What an app sends."""
    given = iter([*messages] or [{"type": "http.request", "body": b"", "more_body": False}])
    sent: list[Message] = []

    async def receive() -> Message:
        return next(given)

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        await app(scope, receive, send)

    asyncio.run(run())
    return sent


def status(app: ASGIApp, scope: Scope) -> tuple[int, dict[bytes, bytes]]:
    start = call(app, scope)[0]
    return start["status"], {k: v for k, v in start["headers"] if k == b"retry-after"}


def test_a_window_begins_with_its_first_request(clock: Clock) -> None:
    app = rated(clock, "2/minute")
    assert status(app, http()) == (200, {})
    clock.now += 20.5
    assert status(app, http()) == (200, {})
    assert status(app, http()) == (429, {b"retry-after": b"40"})
    assert status(app, http("/healthz")) == (200, {})
    clock.now += 40
    assert status(app, http()) == (200, {})


def test_every_window_counts(clock: Clock) -> None:
    app = rated(clock, "1/second; 2/hour")
    assert status(app, http())[0] == 200
    assert status(app, http()) == (429, {b"retry-after": b"1"})
    clock.now += 1.5
    assert status(app, http())[0] == 200
    clock.now += 1.5
    assert status(app, http()) == (429, {b"retry-after": b"3597"})


def test_each_key_or_else_each_address_counts_for_itself(clock: Clock) -> None:
    app = rated(clock, "1/minute")
    callers = [http(), http(client="5.6.7.8"), http(**{CALLER: "key 1"}), http(**{CALLER: "key 2"})]
    for scope in (*callers, {**http(), "client": None}):
        assert [status(app, scope)[0] for _ in range(2)] == [200, 429]


def test_messages_count_as_requests_do(clock: Clock) -> None:
    app = rated(clock, "2/minute")
    text = {"type": "websocket.receive", "text": "abc"}
    scope = {"type": "websocket", "path": "/", "client": ("a", 1), "headers": []}
    frames: list[Message] = [{"type": "websocket.connect"}, text, text, {"type": "disconnect"}]
    sent = call(app, scope, frames)
    detail = json.dumps({"error": "Too many requests; try again in 60 s."})
    assert sent == [{"type": "websocket.send", "text": detail}, {"type": "told", "size": 3}]
    assert call(app, scope) == [{"type": "websocket.close", "code": 1013, "reason": ""}]


@pytest.mark.parametrize(
    ("length", "status_code"), [(b"10", 200), (b"11", 413), (b"9" * 30, 413)]
)  # fmt: skip
def test_a_body_that_says_how_long_it_is(length: bytes, status_code: int) -> None:
    scope = http(headers=[(b"content-length", length)])
    assert status(Body(answer, 10), scope)[0] == status_code


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"-1")]])
def test_a_body_that_does_not(headers: list[tuple[bytes, bytes]]) -> None:
    piece = {"type": "http.request", "body": b"12345", "more_body": True}
    last = {**piece, "more_body": False}
    assert call(Body(answer, 10), http(headers=headers), [piece, last])[1]["body"] == b"10"
    with pytest.raises(HTTPException, match="413: The body is larger than 0 MB"):
        call(Body(answer, 10), http(headers=headers), [piece, piece, piece])


@pytest.mark.parametrize(
    ("content", "fits"),
    [("a" * 10, True), ("a" * 11, False), ("é" * 5, True), ("é" * 6, False), (b"a" * 11, False)],
)
def test_a_message_is_measured_in_bytes(content: str | bytes, fits: bool) -> None:
    kind = "text" if isinstance(content, str) else "bytes"
    scope = {"type": "websocket", "path": "/", "headers": []}
    frames: list[Message] = [
        {"type": "websocket.receive", kind: content},
        {"type": "websocket.disconnect"},
    ]
    closed = [] if fits else [{"type": "websocket.close", "code": 1009}]
    size = len(content) if fits else 0
    assert call(Messages(answer, 10), scope, frames) == [*closed, {"type": "told", "size": size}]


def test_who_is_late_is_not_waited_for_and_says_nothing() -> None:
    ended: list[str] = []

    async def late(_scope: Scope, _receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            ended.append("late")

    sent = call(Deadline(late, 0.01), http())
    assert (sent[0]["status"], json.loads(sent[1]["body"])) == (
        504,
        {"detail": "There was no answer within 0.01 s."},
    )
    assert ended == ["late"]


def test_who_is_late_is_noted_with_the_status_that_the_client_got() -> None:
    app, program = program_of(
        cell("GET /late", "import asyncio\nasync def late(): await asyncio.Event().wait()")
    )
    journal = Recording()
    engine = Engine(MemoryBus(), journal=journal)
    api = create_app(app, program, engine=engine)

    async def ask() -> int:
        transport = httpx.ASGITransport(Deadline(api.asgi, 0.01))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            status = (await client.get("/late")).status_code
        while not journal.calls:  # noqa: ASYNC110 - nothing tells when it was noted
            await asyncio.sleep(0)
        return status

    assert asyncio.run(ask()) == 504
    assert [each.status for each in journal.calls] == [504]


def test_who_has_begun_may_go_on_and_an_error_comes_through() -> None:
    begun = asyncio.Event()

    async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        begun.set()
        await asyncio.sleep(0)
        raise LookupError

    with pytest.raises(LookupError):
        call(Deadline(slow, 30), http())
    assert begun.is_set()


def test_a_client_that_leaves_ends_the_answer() -> None:
    ended: list[str] = []

    async def endless(_scope: Scope, _receive: Receive, _send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("endless")

    async def leave() -> None:
        async def nothing(*_: Any) -> Any: ...

        task = asyncio.ensure_future(_coroutine(Deadline(endless, 30), nothing))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})

    asyncio.run(leave())
    assert ended == ["endless"]


async def _coroutine(app: ASGIApp, nothing: Callable[..., Awaitable[Any]]) -> None:
    await app(http(), nothing, nothing)


def names(settings: Settings, **options: Any) -> list[str]:
    return [each.cls.__name__ for each in stack.around(settings, **options)]  # type: ignore[attr-defined]


def test_what_is_off_is_not_there() -> None:
    none = {"MAX_BODY_MB": "0", "MAX_JSON_MB": "0", "CORS_ORIGINS": "*", "HOSTS": "*"}
    off = read({f"NEUTRINO_{name}": text for name, text in none.items()})
    assert names(read({})) == ["Hosts", "Origins", "Body"]
    assert names(off) == ["CORSMiddleware"]
    assert names(off, is_gated=True) == []
    on = {"API_KEYS": "k" * 16, "HOSTS": "a.example", "CORS_ORIGINS": "https://a.example",
          "MAX_MESSAGE_MB": "1", "REQUEST_TIMEOUT_S": "1", "RATE_LIMIT": "1/day"}  # fmt: skip
    settings = read({f"NEUTRINO_{name}": text for name, text in on.items()})
    limits = ["Rate", "Body", "Messages", "Deadline"]
    assert names(settings) == ["Hosts", "CORSMiddleware", "Origins", "Keys", *limits]
    assert names(settings, is_gated=True) == limits
