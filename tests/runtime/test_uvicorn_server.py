"""What an app asks of its uvicorn, and sets in it: of servers that are only described."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from neutrino_lab.runtime import uvicorn_server
from neutrino_lab.runtime.shutdown import LATE_S, SIGNALS, Shutdown
from neutrino_lab.runtime.uvicorn_server import SlowHeads
from tests.streams.loops import run, until


class Socket:
    def __init__(self, name: Any) -> None:
        self._name = name

    def getsockname(self) -> Any:
        return self._name


class Connection:
    def __init__(self, **given: Any) -> None:
        vars(self).update(given)


def test_a_server_is_found_by_its_handler_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Server:
        should_exit = False

        def handle_exit(self, _number: int, _frame: Any) -> None: ...

        def another(self, _number: int, _frame: Any) -> None: ...

    server = Server()
    handlers: dict[int, Any] = {signal.SIGTERM: signal.SIG_DFL, signal.SIGINT: server.another}
    monkeypatch.setattr(signal, "getsignal", handlers.get)
    assert uvicorn_server.running() is None
    handlers[signal.SIGINT] = server.handle_exit
    assert uvicorn_server.running() is server


def test_the_addresses_of_a_port_or_of_all() -> None:
    sockets = [Socket(("127.0.0.1", 80)), Socket(("::1", 80, 0, 0)), Socket("/run/x.sock")]
    server = SimpleNamespace(servers=[SimpleNamespace(sockets=[*sockets, Socket(("0.0.0.0", 9))])])
    assert uvicorn_server.bound(server, 80) == ["127.0.0.1", "::1"]
    assert uvicorn_server.bound(server, None) == ["127.0.0.1", "::1", "0.0.0.0"]
    assert uvicorn_server.bound(None, None) == []


@pytest.mark.parametrize(
    ("allowed", "variable", "believes"),
    [
        ("127.0.0.1", "", False),
        ("127.0.0.1,::1", "", False),
        ("10.0.0.1", "", True),  # by an option of uvicorn's
        ("127.0.0.1", "127.0.0.1", True),
    ],
)
def test_nobody_is_believed_unless_the_operator_says_so(
    allowed: str, variable: str, believes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", variable)

    async def app(_scope: Any, _receive: Any, _send: Any) -> None: ...

    layer = ProxyHeadersMiddleware(app, allowed)
    outer = SimpleNamespace(app=layer)
    config = SimpleNamespace(proxy_headers=True, forwarded_allow_ips=allowed, loaded_app=outer)
    uvicorn_server.distrust_proxies(SimpleNamespace(config=config))
    caller = allowed.partition(",")[0]
    assert (caller in layer.trusted_hosts) == believes
    uvicorn_server.distrust_proxies(None)


def test_only_a_head_that_does_not_end_is_cut() -> None:
    closed: list[str] = []

    def connection(name: str, **more: Any) -> Any:
        transport = SimpleNamespace(close=lambda: closed.append(name))
        return Connection(transport=transport, **more)

    done, open_ = (SimpleNamespace(response_complete=each) for each in (True, False))
    connections = [
        connection("websocket"),
        connection("new", timeout_keep_alive_task=None, cycle=None),
        connection("answering", timeout_keep_alive_task=None, cycle=open_),
        connection("second request", timeout_keep_alive_task=None, cycle=done),
        connection("between two", timeout_keep_alive_task=object(), cycle=done),
    ]
    state = SimpleNamespace(connections=connections)

    async def run() -> None:
        slow = SlowHeads(SimpleNamespace(server_state=state), limit_s=-1, look_s=3600)
        slow.start()
        slow.stop()

    asyncio.run(run())
    assert closed == ["new", "second request"]


class Stopping:
    """A server as the end of an app sees it."""

    def __init__(self, timeout_s: float | None = None) -> None:
        self.should_exit = False
        self.config = SimpleNamespace(timeout_graceful_shutdown=timeout_s)
        self.heard: list[int] = []

    def handle_exit(self, number: int, _frame: Any) -> None:
        self.heard.append(number)


@pytest.fixture
def exits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The codes that this process would have ended with; handlers are put back."""
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    monkeypatch.setattr(logging, "shutdown", lambda: None)
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield codes
    for thread in watching():  # it must not end this process in earnest
        thread.join(LATE_S * 2)
    for number, handler in before.items():
        signal.signal(number, handler)


def watching() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "neutrino-exit"]


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize(("timeout_s", "waits_s"), [(None, 0.1), (0.05, 0.05)])
def test_the_first_signal_closes_and_then_lets_the_server_exit(
    exits: list[int],
    caplog: pytest.LogCaptureFixture,
    fails: bool,
    timeout_s: float | None,
    waits_s: float,
) -> None:
    server = Stopping(timeout_s)
    told: list[bool] = []

    async def close() -> None:
        told.append(server.should_exit)
        if fails:
            raise ValueError("does not close")

    async def test() -> None:
        for number in SIGNALS:
            signal.signal(number, server.handle_exit)
        shutdown = Shutdown(close, limit_s=0.0)
        shutdown.install()
        [thread] = watching()
        signal.raise_signal(signal.SIGTERM)
        await until(lambda: server.should_exit)
        assert (told, server.heard) == ([False], [])
        assert server.config.timeout_graceful_shutdown == waits_s
        # Another one is nothing new, but for Ctrl+C, which is meant for the server.
        for number in SIGNALS:
            signal.raise_signal(number)
        assert server.heard == [signal.SIGINT]
        shutdown.remove()
        assert [signal.getsignal(each) for each in SIGNALS] == [server.handle_exit] * 2
        await asyncio.to_thread(thread.join)
        assert exits == [0]

    run(test())
    assert ("closing for the shutdown failed" in caplog.text) is fails


def test_without_a_signal_the_process_goes_on(exits: list[int]) -> None:
    async def close() -> None:
        raise AssertionError

    async def test() -> None:
        signal.signal(signal.SIGTERM, Stopping().handle_exit)
        shutdown = Shutdown(close)
        shutdown.install()
        [thread] = watching()
        shutdown.remove()
        await asyncio.to_thread(thread.join)
        # Neither is anything done outside of the main thread, or where there is no uvicorn.
        signal.signal(signal.SIGTERM, Stopping().handle_exit)
        await asyncio.to_thread(Shutdown(close).install)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        Shutdown(close).install()
        assert (watching(), exits) == ([], [])

    run(test())
