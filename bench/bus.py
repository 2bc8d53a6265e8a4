"""Replicas on a real Redis: room messages beside an awaited publish for each, how late they come,
ticks, and what the seam costs a service of one process."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from redis.asyncio import Redis

from bench.table import percentile, ratio, show
from neutrino_lab.runtime.bus import choice, redis_address
from neutrino_lab.runtime.bus.contract import Bus, Envelope, Identity
from neutrino_lab.runtime.bus.memory import MemoryBus

MESSAGES = 10_000
ALONE = 500
TICKS = 500
ROUNDS = 5
TEXT = '"' + "x" * 100 + '"'
END_S = 60


def main() -> None:
    if shutil.which("redis-server") is None:
        print("\nReplicas: redis-server is not installed")
        return
    with _redis() as url:
        asyncio.run(_measure(url))


async def _measure(url: str) -> None:
    here, there = _replica(url), _replica(url)
    for bus in (here, there):
        await bus.start()
    ours, by_hand = [], []
    for _ in range(ROUNDS):
        ours.append(await _rate(here, there))
        by_hand.append(await _rate_by_hand(url))
    late_ms = await _lateness_ms(here, there)
    ticks = await _ticks(here)
    for bus in (here, there):
        await bus.stop()
    show(
        "Replicas: room messages of 100 characters, from one to the other",
        ("", "messages/s", "over by hand"),
        [("ours", median(ours), ratio(ours, by_hand)), ("awaited publish", median(by_hand), 1.0)],
    )
    show(
        "Replicas: one message at a time, and ticks",
        ("", "value"),
        [
            ("p50, ms", percentile(late_ms, 50)),
            ("p99, ms", percentile(late_ms, 99)),
            ("ticks a second, offered, begun and done", ticks),
            ("one process: a message through the seam, µs", await _alone_us()),
        ],
    )


def _replica(url: str) -> Bus:
    return choice.connect(redis_address.read(url), "bench", Identity("bench"))


async def _rate(here: Bus, there: Bus) -> float:
    heard = _Heard(MESSAGES)
    there.subscribe(heard)
    started = time.perf_counter()
    for number in range(MESSAGES):
        here.publish(Envelope("/ws", TEXT, room_id="red"))
        if number % 100 == 0:  # as the loop of a server would, between one message and the next
            await asyncio.sleep(0)
    await heard.whole()
    return MESSAGES / (time.perf_counter() - started)


async def _rate_by_hand(url: str) -> float:
    """What is written without thinking: `await redis.publish(...)`, and a loop that listens."""
    async with Redis.from_url(url) as sender, Redis.from_url(url) as reader:
        listening = reader.pubsub()
        await listening.subscribe("red")
        await anext(listening.listen())
        started = time.perf_counter()

        async def listen() -> None:
            left = MESSAGES
            async for _ in listening.listen():
                left -= 1
                if not left:
                    return

        task = asyncio.create_task(listen())
        for _ in range(MESSAGES):
            await sender.publish("red", TEXT)
        await asyncio.wait_for(task, END_S)
        elapsed = time.perf_counter() - started
        await listening.unsubscribe()
        return MESSAGES / elapsed


async def _lateness_ms(here: Bus, there: Bus) -> list[float]:
    found = []
    for _ in range(ALONE):
        heard = _Heard(1)
        there.subscribe(heard)
        started = time.perf_counter()
        here.publish(Envelope("/ws", TEXT))
        await heard.whole()
        found.append((time.perf_counter() - started) * 1000)
    return found


async def _ticks(bus: Bus) -> float:
    bus.watch({"job": "1s"}, lambda _: None)
    started = time.perf_counter()
    for number in range(TICKS):
        [tick] = await bus.offer("job", [float(number + 1)])
        await bus.begin("job")
        bus.end("job")
        bus.done(tick)
    return TICKS / (time.perf_counter() - started)


async def _alone_us() -> float:
    """What a message costs more where it goes to its clients through the bus of one process."""
    costs = []
    for _ in range(ROUNDS):
        bus, envelope, heard = MemoryBus(), Envelope("/ws", TEXT), list[Envelope]()
        bus.subscribe(heard.append)
        started = time.perf_counter()
        for _ in range(MESSAGES):
            bus.publish(envelope)
        through = time.perf_counter() - started
        started = time.perf_counter()
        for _ in range(MESSAGES):
            heard.append(envelope)
        costs.append((through - (time.perf_counter() - started)) / MESSAGES * 1e6)
    return median(costs)


class _Heard:
    """Counts envelopes down; a bus has no end of a subscription, so it passes over what follows."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._whole = asyncio.Event()

    def __call__(self, _: Envelope) -> None:
        self._left -= 1
        if self._left == 0:
            self._whole.set()

    async def whole(self) -> None:
        await asyncio.wait_for(self._whole.wait(), END_S)


@contextmanager
def _redis() -> Iterator[str]:
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = ["redis-server", "--port", str(port), "--dir", folder, "--save", ""]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            _until(lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close())
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait()


def _until(act: Callable[[], None]) -> None:
    deadline = time.monotonic() + END_S
    while True:
        try:
            return act()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
