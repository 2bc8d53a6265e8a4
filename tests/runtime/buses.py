"""Buses for tests: a wire that delays, reorders what different replicas send, and can be cut; and
real ones on a Redis server."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from neutrino_lab.runtime.bus import redis_address
from neutrino_lab.runtime.bus.contract import Bus, Counts, Envelope, Kept, Tick
from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.bus.redis_bus import RedisBus
from neutrino_lab.runtime.errors import BusError

Connect: TypeAlias = Callable[[str], Bus]
"""Makes one more replica's bus of a service."""


@dataclass
class Wire:
    """What replicas are connected by: it delays each of them by as much as it likes."""

    seed: int = 0
    buses: list[WiredBus] = field(default_factory=list)
    ticks: dict[tuple[str, str], float] = field(default_factory=dict)
    taken: set[tuple[str, Tick]] = field(default_factory=set)
    running: set[tuple[str, str]] = field(default_factory=set)
    paused: set[tuple[str, str]] = field(default_factory=set)
    is_cut: bool = False
    refused: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def mend(self) -> None:
        self.is_cut = False
        for bus in self.buses:
            bus.is_up.set()


class WiredBus:
    """One replica's end: in each sender's order, late, and to itself alone while it is cut."""

    anchored = True
    keeps_history = True

    def __init__(self, service: str, wire: Wire) -> None:
        self.service = service
        self.is_up = asyncio.Event()
        self._wire = wire
        self._deliver: list[Callable[[Envelope], None]] = []
        self._sent: deque[Envelope] = deque()
        self._sending: asyncio.Task[None] | None = None
        self._count: Callable[[], Counts] = dict
        wire.buses.append(self)

    @property
    def trouble(self) -> str:
        return "the wire is cut" if self._wire.is_cut else ""

    @property
    def paused(self) -> frozenset[str]:
        return frozenset(job for service, job in self._wire.paused if service == self.service)

    def subscribe(self, deliver: Callable[[Envelope], None]) -> None:
        self._deliver.append(deliver)

    def publish(self, envelope: Envelope) -> None:
        if self._wire.is_cut:
            self.hear(envelope)
            return
        self._sent.append(envelope)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.ensure_future(self._send())

    def hear(self, envelope: Envelope) -> None:
        for deliver in self._deliver:
            deliver(envelope)

    def watch(self, jobs: Mapping[str, str], again: Callable[[Tick], None]) -> None: ...

    def pause(self, job: str, *, is_paused: bool) -> None:
        change = self._wire.paused.add if is_paused else self._wire.paused.discard
        change((self.service, job))

    def count(self, counts: Callable[[], Counts]) -> None:
        self._count = counts

    def others(self) -> Sequence[Counts]:
        listed = [bus for bus in self._wire.buses if bus.service == self.service]
        return [bus._count() for bus in listed if bus is not self]

    def give(self, job: str, dues: Sequence[float]) -> None: ...

    async def offer(self, job: str, dues: Sequence[float]) -> list[Tick]:
        await self._reach()
        key = (self.service, job)
        new = [due for due in dues if due > self._wire.ticks.get(key, 0)]
        self._wire.ticks[key] = max([*new, self._wire.ticks.get(key, 0)])
        return [Tick(job, due) for due in new]

    async def begin(self, job: str) -> bool:
        await self._reach()
        if (self.service, job) in self._wire.running:
            return False
        self._wire.running.add((self.service, job))
        return True

    def end(self, job: str) -> None:
        self._wire.running.discard((self.service, job))

    def done(self, tick: Tick) -> None: ...

    async def take(self, tick: Tick) -> bool:
        await self._reach()
        is_mine = (self.service, tick) not in self._wire.taken
        self._wire.taken.add((self.service, tick))
        return is_mine

    async def keeps(self, tick: Tick) -> bool:
        return True

    async def newest(self, job: str) -> float | None:
        await self._reach()
        return self._wire.ticks.get((self.service, job))

    async def recovered(self) -> None:
        self.is_up.clear()
        if self._wire.is_cut:
            await self.is_up.wait()

    def keep(self, kept: Kept, lines: Sequence[str], most: int) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None:
        if self._sending is not None:
            await self._sending

    async def _reach(self) -> None:
        for _ in range(self._wire.random.randrange(4)):
            await asyncio.sleep(0)
        if self._wire.is_cut:
            self._wire.refused += 1
            raise BusError("the wire is cut")

    async def _send(self) -> None:
        while self._sent:
            for _ in range(self._wire.random.randrange(4)):
                await asyncio.sleep(0)
            envelope = self._sent.popleft()
            for bus in self._wire.buses:
                if bus.service == self.service:
                    bus.hear(envelope)


def in_memory(_seed: int, _port: int) -> Connect:
    made: dict[str, Bus] = {}
    return lambda service: made.setdefault(service, MemoryBus(service))


def wired(seed: int, _port: int) -> Connect:
    wire = Wire(seed)
    return lambda service: WiredBus(service, wire)


def on_redis(seed: int, port: int) -> Connect:
    # Each test, and each example of it, has services of its own.
    number = len(_NUMBERS)
    _NUMBERS.append(seed)
    address = redis_address.read(f"redis://127.0.0.1:{port}/0?claim_s=5")
    return lambda service: RedisBus(address, f"{service}:{number}")


_NUMBERS: list[int] = []


@asynccontextmanager
async def started(*buses: Bus) -> Any:
    """Start buses, and stop them after the block."""
    async with AsyncExitStack() as stack:
        for bus in buses:
            await bus.start()
            stack.push_async_callback(bus.stop)
        yield


async def until(is_so: Callable[[], Any], within_s: float = 60.0) -> None:
    """Wait until a condition holds; the limit is there for what never comes."""

    async def look() -> None:
        while not is_so():  # noqa: ASYNC110 - a condition of any kind
            await asyncio.sleep(0.005)

    await asyncio.wait_for(look(), within_s)
