"""What an app asks of its uvicorn, and sets in it: of servers that are only described."""

from __future__ import annotations

import asyncio
import signal
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from neutrino_lab.runtime import uvicorn_server
from neutrino_lab.runtime.uvicorn_server import SlowHeads


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
        unknown = SlowHeads(None, limit_s=-1)
        unknown.start()
        unknown.stop()

    asyncio.run(run())
    assert closed == ["new", "second request"]
