"""One connection that the protocol class serves, without a server: when it is closed, by a clock
that is set by hand, and what it remembers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvicorn
from uvicorn.server import ServerState

from neutrino_lab.runtime.app import Served, create_app
from neutrino_lab.runtime.http.uvicorn_protocol import Fast
from tests.runtime.ways import request
from tests.served import cell, program_of


class Loop:
    """Its timers run when its time is moved on."""

    def __init__(self) -> None:
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self._now = 100.0

    def time(self) -> float:
        return self._now

    def call_later(self, pause_s: float, call: Callable[[], None]) -> Any:
        timer = self._now + pause_s, call
        self.timers.append(timer)
        return SimpleNamespace(cancel=lambda: self.timers.remove(timer))

    def wait(self, pause_s: float) -> None:
        end = self._now + pause_s
        while self.timers and min(self.timers)[0] <= end:
            timer = min(self.timers)
            self.timers.remove(timer)
            self._now, call = timer
            call()
        self._now = end


class Transport:
    is_closed = False

    def __init__(self) -> None:
        self.written: asyncio.Queue[bytes] = asyncio.Queue()

    def write(self, data: bytes) -> None:
        if self.is_closed:  # as uvloop's
            raise RuntimeError("unable to perform operation on <...>; the handler is closed")
        self.written.put_nowait(data)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def get_extra_info(self, _name: str) -> None:
        return None


def connected(app: Any, loop: Any, **options: Any) -> tuple[Fast, Transport]:
    options = {"access_log": False, "timeout_keep_alive": 5, "log_config": None, **options}
    config = uvicorn.Config(app, ws="none", interface="asgi3", **options)
    transport = Transport()
    protocol = Fast(config, ServerState(), {}, loop)
    protocol.connection_made(cast(Any, transport))
    return protocol, transport


@pytest.fixture
def served() -> tuple[Fast, Loop, Transport]:
    async def app(_scope: Any, _receive: Any, _send: Any) -> None: ...

    loop = Loop()
    protocol, transport = connected(app, loop)
    return protocol, loop, transport


def test_the_last_answer_decides_when_an_idle_connection_is_closed(
    served: tuple[Fast, Loop, Transport],
) -> None:
    protocol, loop, transport = served
    for _ in range(3):
        protocol.on_response_complete()
        assert len(loop.timers) == 1
        loop.wait(3)
    loop.wait(1.9)
    assert not transport.is_closed
    loop.wait(0.2)
    assert transport.is_closed
    assert protocol.server_state.total_requests == 3
    assert not loop.timers


def test_no_connection_is_closed_while_an_answer_is_under_way(
    served: tuple[Fast, Loop, Transport],
) -> None:
    protocol, loop, transport = served
    protocol.on_response_complete()
    protocol.cycle = cast(Any, SimpleNamespace(response_complete=False))
    loop.wait(60)
    assert not transport.is_closed
    assert protocol.timeout_keep_alive_task is None
    protocol.cycle.response_complete = True
    protocol.on_response_complete()
    loop.wait(4.9)
    assert not transport.is_closed
    loop.wait(0.2)
    assert transport.is_closed


@pytest.mark.parametrize("is_ahead", [False, True])
def test_a_body_that_the_end_cuts_short_has_an_answer(is_ahead: bool) -> None:
    async def test() -> bytes:
        total = cell("POST /n", "def total(x: list[int]): return sum(x)", body="x:list[int]")
        app = create_app(*program_of(total)).asgi
        app.fast_table = app.fast_table if is_ahead else None
        protocol, transport = connected(app, asyncio.get_running_loop())
        protocol.data_received(request("POST /n", b'{"x":[1]}')[:-1])
        protocol.shutdown()
        [answering] = protocol.tasks
        await asyncio.sleep(0)  # it begins
        answering.cancel()
        await asyncio.wait([answering])
        protocol.connection_lost(None)
        written = [transport.written.get_nowait() for _ in range(transport.written.qsize())]
        return b"".join(written)

    head, _, body = asyncio.run(test()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"connection: close" in head
    assert body == b'{"detail":"The service is ending."}'


def test_a_header_of_every_answer_may_close_its_connection() -> None:
    async def test() -> None:
        [app] = versions("n")
        loop = asyncio.get_running_loop()
        protocol, transport = connected(app, loop, headers=[("Connection", "close")])
        protocol.server_state.default_headers = protocol.config.encoded_headers
        protocol.data_received(request("GET /n"))
        head = await asyncio.wait_for(transport.written.get(), 60)
        await asyncio.gather(*protocol.tasks)
        assert (head.count(b"connection: close"), transport.is_closed) == (1, True)
        protocol.connection_lost(None)

    asyncio.run(test())


def test_the_log_tells_who_has_called_by_way_of_a_proxy(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging.getLogger("uvicorn.access"), "propagate", True)
    caplog.set_level("INFO", "uvicorn.access")

    async def test(is_ahead: bool) -> list[str]:
        caplog.clear()
        [app] = versions("n")
        app.fast_table = app.fast_table if is_ahead else None
        options = {"access_log": True, "forwarded_allow_ips": "*"}
        protocol, transport = connected(app, asyncio.get_running_loop(), **options)
        for forwarded in ("1.2.3.4", "1.2.3.4, 5.6.7.8", ""):
            protocol.data_received(request("GET /n?a=%20", None, f"X-Forwarded-For: {forwarded}"))
            await asyncio.wait_for(transport.written.get(), 60)
            await asyncio.gather(*protocol.tasks)
        protocol.connection_lost(None)
        return [each.getMessage() for each in caplog.records if each.name == "uvicorn.access"]

    lines = asyncio.run(test(is_ahead=True))
    assert lines == asyncio.run(test(is_ahead=False))
    assert lines[0] == '1.2.3.4:0 - "GET /n?a=%20 HTTP/1.1" 200'


@pytest.mark.parametrize("is_ahead", [False, True])
@pytest.mark.parametrize(
    "code", ["yield 'a'\n    await gate.wait()\n    yield 'b'", "await gate.wait()"]
)
def test_a_client_that_leaves_with_requests_in_a_row_is_no_failure(
    caplog: pytest.LogCaptureFixture, is_ahead: bool, code: str
) -> None:
    async def test() -> None:
        setup = "import asyncio\ngate = asyncio.Event()"
        given, program = program_of(cell("GET /n", f"async def n():\n    {code}"), setup=setup)
        app = create_app(given, program).asgi
        app.fast_table = app.fast_table if is_ahead else None
        protocol, transport = connected(app, asyncio.get_running_loop())
        protocol.data_received(request("GET /n") * 2)
        if "yield" in code:
            await asyncio.wait_for(transport.written.get(), 60)
        protocol.connection_lost(None)
        program.names("nb")["gate"].set()
        await asyncio.gather(*protocol.tasks)

    asyncio.run(test())
    assert [each for each in caplog.records if each.exc_info or each.name == "neutrino"] == []


def versions(*results: str) -> list[Served]:
    made = [program_of(cell("GET /n", f"async def n(): return {each!r}")) for each in results]
    return [create_app(*each).asgi for each in made]


def test_a_request_that_comes_again_is_answered_by_the_newest_version() -> None:
    class Front:
        def __init__(self, version: Served) -> None:
            self.fast_table = version.fast_table
            self.admits = version.admits

        async def __call__(self, scope: Any, _receive: Any, _send: Any) -> None:
            raise AssertionError(scope["path"])

    async def test() -> list[bytes]:
        old, new = versions("old", "new")
        front = Front(old)
        protocol, transport = connected(front, asyncio.get_running_loop())
        bodies = []
        for turn in range(6):
            if turn == 3:
                front.fast_table = new.fast_table
            protocol.data_received(request("GET /n"))
            answer = await asyncio.wait_for(transport.written.get(), 60)
            bodies.append(answer.partition(b"\r\n\r\n")[2])
        protocol.connection_lost(None)
        return bodies

    assert asyncio.run(test()) == [b'"old"'] * 3 + [b'"new"'] * 3
