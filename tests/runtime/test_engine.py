"""The engine as a FastAPI lifespan, and what it leaves behind: nothing."""

from __future__ import annotations

import asyncio
import gc
import io
import signal
import sys
import threading
import weakref
from contextvars import copy_context
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from neutrino_lab.runtime import engine, garbage
from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.garbage import FrozenHeap
from neutrino_lab.runtime.observe.output import Output, Recorder
from neutrino_lab.runtime.parts import Part, Shared
from neutrino_lab.runtime.shutdown import Shutdown
from neutrino_lab.runtime.sockets import uvicorn_frames
from tests.wire import ask, closing, hear, program_of, running, schedule, serving, until, ws

ECHO = ws("/ws", "async def f(event): return event")


def test_an_app_that_stands_alone_brings_its_engine_and_may_start_again() -> None:
    ticking = schedule("RUNS = []\ndef g(): RUNS.append(1)", interval="1s")
    app, program = program_of(ECHO, ticking)
    api = create_app(app, program).asgi
    runs = program.names("nb")["RUNS"]
    for _ in range(2):
        runs.clear()
        with running(api) as (address, _), connect(f"ws://{address}/ws") as socket:
            assert ask(socket, "hi") == "hi"
            until(lambda: runs)


def test_its_sockets_end_with_it() -> None:
    with serving(ECHO) as served:
        socket = served.connect("/ws")
        assert ask(socket, "hi") == "hi"
        served.call(served.engine.stop)
        assert closing(socket) == (1001, "the server is shutting down")
        with pytest.raises(InvalidStatus):
            served.connect("/ws")


def test_streams_and_handles_are_put_back() -> None:
    async def test() -> None:
        before = (sys.stdout, sys.stderr, signal.getsignal(signal.SIGTERM))
        async with Engine.in_memory().lifespan():
            assert sys.stdout is not before[0]
        assert (sys.stdout, sys.stderr, signal.getsignal(signal.SIGTERM)) == before

    asyncio.run(test())


@pytest.mark.filterwarnings("ignore")  # one of the implementations is going
@pytest.mark.parametrize("compression", ["deflate", None])
@pytest.mark.parametrize("implementation", ["websockets-sansio", "websockets"])
def test_every_way_to_the_wire_says_the_same(compression: Any, implementation: str) -> None:
    code = (
        "async def f(event: str): return bytes(int(event)) if event[0] == '0' else 'é' * int(event)"
    )
    with serving(ws("/ws", code), options={"ws": implementation}) as served:
        talking, other = (served.connect("/ws", compression=compression) for _ in range(2))
        for size in (1, 60, 70, 40_000):
            assert ask(talking, str(size)) == "é" * size == hear(other)
            assert ask(talking, f"0{size}") == b"\0" * size == hear(other)


@pytest.mark.parametrize("send", [None, print, io.StringIO().write])
def test_an_unknown_server_has_no_shortcut(send: Any) -> None:
    assert uvicorn_frames.find(send) is None


class TestOutput:
    def test_only_the_context_is_recorded_and_everything_passes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = io.StringIO()
        monkeypatch.setattr(sys, "stdout", real)
        output, other = Output(), Output()
        output.install()
        other.install()
        sys.stdout.write("before ")
        recorder = Recorder(output)

        def inside() -> None:
            output.record(recorder)
            sys.stdout.writelines(["in", "side "])
            threading.Thread(target=lambda: sys.stdout.write("elsewhere ")).run()

        copy_context().run(inside)
        sys.stdout.write("after")
        other.remove()
        output.remove()
        assert recorder.text == "inside elsewhere "
        assert real.getvalue() == "before inside elsewhere after"
        assert sys.stdout is real

    def test_it_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdout", io.StringIO())
        output = Output()
        output.install()
        recorder = Recorder(output)

        def long() -> None:
            output.record(recorder)
            for _ in range(3):
                sys.stdout.write("x" * 10_000)

        copy_context().run(long)
        output.remove()
        assert recorder.text == "x" * 20_000 + "\n… and 10,000 more characters"

    def test_a_stream_that_came_later_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdout", io.StringIO())
        output, later = Output(), io.StringIO()
        output.install()
        monkeypatch.setattr(sys, "stdout", later)
        output.remove()
        assert sys.stdout is later


def test_signals_of_others_are_left_alone() -> None:
    async def test() -> None:
        before = signal.getsignal(signal.SIGTERM)
        shutdown = Shutdown(lambda: asyncio.sleep(0))
        shutdown.install()
        assert signal.getsignal(signal.SIGTERM) is before
        shutdown.remove()

    asyncio.run(test())


class _Ring:
    def __init__(self) -> None:
        self.itself = self


def test_the_collector_passes_over_what_is_served_until_nobody_edits() -> None:
    async def turn() -> None:
        is_over = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0, is_over.set_result, None)
        await is_over

    async def test() -> None:
        heap = FrozenHeap(started_s=0, edited_s=0)
        kept, dropped = _Ring(), _Ring()
        of_kept, of_dropped = weakref.ref(kept), weakref.ref(dropped)
        del dropped
        heap.edited()  # not yet started: nothing is to be done
        heap.start()
        heap.edited()  # not yet frozen: that is not put off
        await turn()
        del kept
        gc.collect()
        assert (of_kept() is None, of_dropped() is None) == (False, True)
        heap.edited()
        count = gc.get_freeze_count()
        with heap.added():
            made: list[list[int]] = [[] for _ in range(1000)]
            assert not gc.isenabled()
        assert (gc.isenabled(), gc.get_freeze_count() - count >= len(made)) == (True, True)
        gc.collect()
        assert of_kept() is not None
        await turn()
        assert (of_kept(), gc.get_freeze_count() > 0) == (None, True)
        heap.stop()
        assert gc.get_freeze_count() == 0

    asyncio.run(test())


def test_who_edits_on_and_on_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "MOST_EDITS", 2)

    async def test() -> None:
        loop = asyncio.get_running_loop()
        heap = FrozenHeap(started_s=0, edited_s=0)
        heap.start()
        is_frozen = loop.create_future()
        loop.call_later(0, is_frozen.set_result, None)
        await is_frozen
        kept = _Ring()
        of_kept = weakref.ref(kept)
        with heap.added():
            del kept
        looks = 0
        while of_kept() is not None:
            heap.edited()
            await asyncio.sleep(0)
            looks += 1
            assert looks < 1_000, "every edit has put the round off"
        heap.stop()

    asyncio.run(test())


def test_all_parts_together_wait_no_longer_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s, limits = [100.0], []

    class Slow(Part[Any, Any]):
        def __init__(self, _shared: Shared) -> None:
            pass

        def settle(self, limit_s: float) -> None:
            limits.append(limit_s)
            now_s[0] += 3

    monkeypatch.setattr(engine, "time", SimpleNamespace(monotonic=lambda: now_s[0]), raising=False)
    slow = dict.fromkeys(("http", "websocket", "schedule"), Slow)
    Engine(MemoryBus(), parts=slow).settle(4)
    assert limits == [4, 1, 0]
