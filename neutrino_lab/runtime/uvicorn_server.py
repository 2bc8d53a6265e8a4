"""The uvicorn that runs this process: found where it has installed its handler of signals.

An app knows nothing of its server, and what is started by `uvicorn main:app` has no other way to
ask. Under another server, in a test client or in a thread there is none, and nothing is done.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import Any

# How long the head of a request may take to come in.
HEAD_S = 10.0
_LOOK_S = 1.0
_PROXIES = "FORWARDED_ALLOW_IPS"
# What uvicorn believes by itself, in older versions and in newer ones.
_DEFAULT_PROXIES = ("127.0.0.1", "127.0.0.1,::1")


def running() -> Any:
    """The uvicorn server of this process; None under another server, or outside of the main
    thread."""
    if threading.current_thread() is not threading.main_thread():
        return None
    return next(filter(None, map(handled_by, (signal.SIGTERM, signal.SIGINT))), None)


def handled_by(number: int) -> Any:
    """The server whose handler a signal has, None where it has another one."""
    handler = signal.getsignal(number)
    server = getattr(handler, "__self__", None)
    is_its_own = getattr(handler, "__name__", "") == "handle_exit"
    return server if is_its_own and hasattr(server, "should_exit") else None


def bound(server: Any, port: int | None) -> list[str]:
    """The addresses that a server listens at, on one port or on all."""
    names = [
        socket.getsockname() for each in getattr(server, "servers", ()) for socket in each.sockets
    ]
    return [str(each[0]) for each in names if isinstance(each, tuple) and port in (None, each[1])]


def distrust_proxies(server: Any) -> None:
    """Let nobody say where a request comes from, unless the operator has named who may.

    By itself uvicorn believes every caller from the loopback.
    """
    config: Any = getattr(server, "config", None)
    if not getattr(config, "proxy_headers", False) or os.environ.get(_PROXIES):
        return
    if config.forwarded_allow_ips not in _DEFAULT_PROXIES:
        return
    app = getattr(config, "loaded_app", None)
    while app is not None:
        if type(app).__name__ == "ProxyHeadersMiddleware":
            app.trusted_hosts = type(app.trusted_hosts)([])
        app = getattr(app, "app", None)


class SlowHeads:
    """Cuts the connections whose next request does not come to the end of its head in time."""

    def __init__(self, server: Any, *, limit_s: float = HEAD_S, look_s: float = _LOOK_S) -> None:
        self._connections: set[Any] = server.server_state.connections
        self._limit_s = limit_s
        self._look_s = look_s
        self._waiting: dict[Any, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look."""
        self._look()

    def stop(self) -> None:
        """Stop looking; connections stay as they are."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._waiting = {
            each: self._waiting.get(each, now)
            for each in list(self._connections)
            if _waits_for_head(each)
        }
        for each, since in self._waiting.items():
            if now - since > self._limit_s:
                each.transport.close()
        self._timer = loop.call_later(self._look_s, self._look)


def _waits_for_head(connection: Any) -> bool:
    """Whether a connection has begun, or has never begun, a request whose head is not complete.

    Between two requests uvicorn has a timer of its own.
    """
    if not hasattr(connection, "timeout_keep_alive_task"):
        return False  # a WebSocket
    cycle = getattr(connection, "cycle", None)
    is_answering = cycle is not None and not cycle.response_complete
    return not is_answering and connection.timeout_keep_alive_task is None
