"""What every bus promises, asked of the one in memory and of a slow one that loses its wire."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrino_lab.runtime.bus import choice
from neutrino_lab.runtime.bus.contract import Bus, Envelope
from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.errors import BusError, SettingsError
from neutrino_lab.runtime.observe.journal import Journals, Run
from neutrino_lab.runtime.observe.output import Output
from neutrino_lab.runtime.schedules.jobs import Jobs, build
from neutrino_lab.runtime.settings import read
from neutrino_lab.runtime.spec import Schedule
from tests.wire import WAIT_S, closing, hear, program_of, say, schedule, serving, until, ws


@dataclass
class Wire:
    """What replicas are connected by: it delays each of them by as much as it likes."""

    seed: int = 0
    buses: list[WiredBus] = field(default_factory=list)
    claims: set[tuple[str, str]] = field(default_factory=set)
    is_cut: bool = False

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)


class WiredBus:
    """One replica's end: in each sender's order, late, and not at all while the wire is cut."""

    anchored = True

    def __init__(self, service: str, wire: Wire) -> None:
        self.service = service
        self._wire = wire
        self._deliver: list[Callable[[Envelope], None]] = []
        self._sent: deque[tuple[str, Envelope]] = deque()
        self._sending: asyncio.Task[None] | None = None
        wire.buses.append(self)

    def subscribe(self, deliver: Callable[[Envelope], None]) -> None:
        self._deliver.append(deliver)

    def publish(self, envelope: Envelope) -> None:
        if self._wire.is_cut:
            return
        self._sent.append((self.service, envelope))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.ensure_future(self._send())

    async def claim(self, tick: str) -> bool:
        for _ in range(self._wire.random.randrange(4)):
            await asyncio.sleep(0)
        if self._wire.is_cut:
            raise BusError("the wire is cut")
        is_first = (self.service, tick) not in self._wire.claims
        self._wire.claims.add((self.service, tick))
        return is_first

    async def start(self) -> None: ...

    async def stop(self) -> None:
        if self._sending is not None:
            await self._sending

    async def _send(self) -> None:
        while self._sent:
            for _ in range(self._wire.random.randrange(4)):
                await asyncio.sleep(0)
            service, envelope = self._sent.popleft()
            for bus in self._wire.buses:
                for deliver in bus._deliver if bus.service == service else ():
                    deliver(envelope)


Connect = Callable[[str], Bus]
"""Makes one more replica's bus of a service."""


def in_memory(_seed: int) -> Connect:
    made: dict[str, Bus] = {}
    return lambda service: made.setdefault(service, MemoryBus(service))


def wired(seed: int) -> Connect:
    wire = Wire(seed)
    return lambda service: WiredBus(service, wire)


EVERY = pytest.mark.parametrize("make", [in_memory, wired])


@asynccontextmanager
async def started(*buses: Bus) -> Any:
    async with AsyncExitStack() as stack:
        for bus in buses:
            await bus.start()
            stack.push_async_callback(bus.stop)
        yield


def paths(heard: Sequence[Envelope]) -> list[str]:
    return [each.path for each in heard]


@EVERY
@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), senders=st.lists(st.sampled_from("abc"), max_size=30))
def test_each_sender_is_heard_in_its_order_and_once(
    make: Callable[[int], Connect], seed: int, senders: list[str]
) -> None:
    async def test() -> None:
        connect = make(seed)
        replicas = {name: connect("shop") for name in "abc"}
        heard: dict[str, list[Envelope]] = {name: [] for name in "abc"}
        distinct = {id(bus): (name, bus) for name, bus in replicas.items()}
        for name, bus in distinct.values():
            bus.subscribe(heard[name].append)
        async with started(*(bus for _, bus in distinct.values())):
            for n, name in enumerate(senders):
                replicas[name].publish(Envelope(f"{name}{n}", "x"))
                if n % 3 == 0:
                    await asyncio.sleep(0)
        for name, _ in distinct.values():
            for sender in "abc":
                own = [path for path in paths(heard[name]) if path[0] == sender]
                assert own == [f"{s}{n}" for n, s in enumerate(senders) if s == sender]

    asyncio.run(test())


@EVERY
def test_another_service_hears_and_claims_nothing_of_it(make: Callable[[int], Connect]) -> None:
    async def test() -> None:
        connect = make(1)
        shop, bank = connect("shop"), connect("bank")
        heard: list[Envelope] = []
        bank.subscribe(heard.append)
        async with started(shop, bank):
            shop.publish(Envelope("/ws", "x"))
            taken = [await bus.claim("tidy@1") for bus in (shop, bank, shop, bank)]
        assert (heard, taken) == ([], [True, True, False, False])
        assert (shop.service, bank.service) == ("shop", "bank")

    asyncio.run(test())


@EVERY
def test_a_tick_is_taken_by_one_replica(make: Callable[[int], Connect]) -> None:
    async def test() -> None:
        connect = make(2)
        buses = [connect("shop") for _ in range(5)]
        for tick in ("a@1", "a@2", "b@1"):
            assert sorted(await asyncio.gather(*(bus.claim(tick) for bus in buses))) == [
                *[False] * 4,
                True,
            ]

    asyncio.run(test())


def test_replies_to_the_sender_go_the_same_way_as_those_to_all() -> None:
    """The bus delays all of them, and none overtakes another: not even the end of a connection."""
    code = (
        "class Gone(Exception):\n    status_code, message = 410, 'gone'\n"
        "async def f(event: str):\n"
        "    if event == 'end': raise Gone\n"
        "    return (event, 'a') if event == 'named' else event"
    )
    for to in ("all", "sender"):
        engine = Engine(WiredBus("shop", Wire(3)))
        with serving(ws("/ws/{client_id}", code, to=to), engine=engine) as served:
            client = served.connect("/ws/a")
            for word in ("one", "named", "two", "end"):
                say(client, word)
            assert [hear(client) for _ in range(4)] == ["one", "named", "two", {"error": "gone"}]
            assert closing(client) == (4410, "")


def test_a_connection_ends_though_the_bus_loses_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neutrino_lab.runtime.sockets.connections.LOST_S", 0.01)
    wire = Wire()
    engine = Engine(WiredBus("shop", wire))
    with serving(ws("/ws", "async def f(event): 1 / 0"), engine=engine) as served:
        client = served.connect("/ws")
        until(lambda: served.hub.clients("/ws"))
        wire.is_cut = True
        say(client, "x")
        assert closing(client) == (1011, "")


class Told(Journals):
    """A journal whose runs can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.told: asyncio.Queue[Run] = asyncio.Queue()

    def run(self, run: Run, error: BaseException | None = None) -> None:
        super().run(run, error)
        self.told.put_nowait(run)


def test_a_tick_that_nobody_can_give_is_missed_and_the_next_one_runs() -> None:
    async def test() -> None:
        wire, journal = Wire(is_cut=True), Told()
        app, program = program_of(schedule("RUNS = []\ndef g(): RUNS.append(1)", interval="1s"))
        jobs = Jobs(bus=WiredBus("shop", wire), journal=journal, output=Output())
        jobs.adopt(build(app.of(Schedule), program))
        await jobs.start()
        missed = await asyncio.wait_for(journal.told.get(), WAIT_S)
        assert (missed.outcome, missed.error) == ("missed", "the wire is cut")
        assert program.names("nb")["RUNS"] == []
        wire.is_cut = False
        while (await asyncio.wait_for(journal.told.get(), WAIT_S)).outcome == "missed":
            pass
        await jobs.stop(1)
        assert program.names("nb")["RUNS"]

    asyncio.run(test())


def test_the_environment_names_the_bus() -> None:
    engine = Engine.of(read({"NEUTRINO_BUS": "memory"}), "shop")
    assert (type(engine.bus), engine.bus.service) == (MemoryBus, "shop")
    with pytest.raises(SettingsError) as refused:
        read({"NEUTRINO_BUS": "redis://here"})
    assert str(refused.value) == "NEUTRINO_BUS: there is no bus `redis://here`; write `memory`"
    assert choice.read("memory") == "memory"
