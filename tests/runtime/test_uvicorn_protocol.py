"""When a connection that the protocol class serves is closed, by a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvicorn
from uvicorn.server import ServerState

from neutrino_lab.runtime.http.uvicorn_protocol import Fast


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

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def get_extra_info(self, _name: str) -> None:
        return None


@pytest.fixture
def served() -> tuple[Fast, Loop, Transport]:
    loop, transport = Loop(), Transport()

    async def app(_scope: Any, _receive: Any, _send: Any) -> None: ...

    config = uvicorn.Config(app, ws="none", timeout_keep_alive=5, log_config=None)
    protocol = Fast(config, ServerState(), {}, cast(Any, loop))
    protocol.connection_made(cast(Any, transport))
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
