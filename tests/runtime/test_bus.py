"""What every bus promises, asked of the one in memory, of those on a Redis, and of a slow one that
loses its wire."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neutrino_lab.runtime.bus import choice, memory
from neutrino_lab.runtime.bus.contract import Envelope, Tick
from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.errors import SettingsError
from neutrino_lab.runtime.observe.journal import Journals, Run
from neutrino_lab.runtime.observe.output import Output
from neutrino_lab.runtime.schedules.job import build
from neutrino_lab.runtime.schedules.jobs import Jobs
from neutrino_lab.runtime.settings import read
from neutrino_lab.runtime.spec import App, Schedule
from tests.runtime.buses import Connect, Wire, WiredBus, in_memory, on_redis, started, until, wired
from tests.streams.servers import broker
from tests.wire import WAIT_S, closing, hear, program_of, say, schedule, serving, ws
from tests.wire import until as wait_until

Make: TypeAlias = Callable[[int, int], Connect]

EVERY = pytest.mark.parametrize("make", [in_memory, wired, on_redis])


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a Redis; 0 where there is none, which skips what needs one."""
    with broker("redis-server", tmp_path_factory.mktemp("redis")) as redis:
        yield redis.port


def paths(heard: Sequence[Envelope]) -> list[str]:
    return [each.path for each in heard]


@EVERY
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10_000), senders=st.lists(st.sampled_from("abc"), max_size=30))
def test_each_sender_is_heard_in_its_order_and_once(
    make: Make, port: int, seed: int, senders: list[str]
) -> None:
    async def test() -> None:
        connect = make(seed, port)
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
            await until(lambda: all(len(heard[n]) == len(senders) for n, _ in distinct.values()))
        for name, _ in distinct.values():
            for sender in "abc":
                own = [path for path in paths(heard[name]) if path[0] == sender]
                assert own == [f"{s}{n}" for n, s in enumerate(senders) if s == sender]

    asyncio.run(test())


@EVERY
def test_an_envelope_arrives_as_it_was(make: Make, port: int) -> None:
    async def test() -> None:
        connect = make(1, port)
        here, there = connect("shop"), connect("shop")
        heard: list[Envelope] = []
        there.subscribe(heard.append)
        sent = [
            Envelope("/ws/{a}", "żółw \ud800 \n", "room\n", "client", "id"),
            Envelope("/ws", b"\x00\xff\n"),
            Envelope("/ws", b"", connection="id", closing=(4410, "gone")),
        ]
        async with started(*{id(bus): bus for bus in (here, there)}.values()):
            for each in sent:
                here.publish(each)
            await until(lambda: len(heard) >= len(sent))
        assert heard == sent

    asyncio.run(test())


@EVERY
def test_another_service_hears_and_takes_nothing_of_it(make: Make, port: int) -> None:
    async def test() -> None:
        connect = make(1, port)
        shop, bank = connect("shop"), connect("bank")
        heard: list[str] = []
        shop.subscribe(lambda envelope: heard.append(f"shop {envelope.path}"))
        bank.subscribe(lambda envelope: heard.append(f"bank {envelope.path}"))
        async with started(shop, bank):
            shop.publish(Envelope("/a", "x"))
            await until(lambda: heard)
            bank.publish(Envelope("/b", "x"))
            await until(lambda: len(heard) > 1)
            taken = [await bus.offer("tidy", [1.0]) for bus in (shop, bank, shop, bank)]
            begun = [await bus.begin("tidy") for bus in (shop, bank)]
        assert heard == ["shop /a", "bank /b"]
        assert taken == [[Tick("tidy", 1.0)], [Tick("tidy", 1.0)], [], []]
        assert begun == [True, True]

    asyncio.run(test())


@EVERY
def test_a_tick_is_given_to_one_replica(make: Make, port: int) -> None:
    async def test() -> None:
        connect = make(2, port)
        buses = [connect("shop") for _ in range(5)]
        async with started(*{id(bus): bus for bus in buses}.values()):
            for dues, new in (([1.5], [1.5]), ([2.0, 3.0], [2.0, 3.0]), ([2.0, 3.0, 4.0], [4.0])):
                answers = await asyncio.gather(*(bus.offer("a", dues) for bus in buses))
                given = Counter(tick.due for answer in answers for tick in answer)
                assert given == dict.fromkeys(new, 1)
            assert await buses[0].offer("b", [1.0]) == [Tick("b", 1.0)]

    asyncio.run(test())


def test_a_bus_in_memory_forgets_the_oldest_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "TICKS_KEPT", 3)
    bus = MemoryBus()
    for due, jobs in ((1.0, "ab"), (2.0, "ab"), (3.0, "a"), (4.0, "a")):
        assert [bus.give(job, [due]) for job in jobs] == [[Tick(job, due)] for job in jobs]
    asked = [
        (due, [tick.job for job in "ab" for tick in bus.give(job, [due])]) for due in (4, 2, 1)
    ]
    assert asked == [(4, ["b"]), (2, []), (1, ["a", "b"])]


@EVERY
def test_a_tick_that_is_to_run_once_at_most_is_taken_once(make: Make, port: int) -> None:
    async def test() -> None:
        bus = make(2, port)("shop")
        async with started(bus):
            (tick,) = await bus.offer("a", [1.0])
            assert await bus.take(tick)
            if not isinstance(bus, MemoryBus):  # has nobody who could take it twice
                assert not await bus.take(tick)

    asyncio.run(test())


@pytest.mark.parametrize("make", [wired, on_redis])
def test_of_one_job_one_replica_runs_at_a_time(make: Make, port: int) -> None:
    async def test() -> None:
        connect = make(2, port)
        here, there = connect("shop"), connect("shop")
        async with started(here, there):
            assert await here.begin("tidy")
            assert not await there.begin("tidy")
            assert await there.begin("other")
            here.end("tidy")
            assert await there.begin("tidy")

    asyncio.run(test())


@pytest.mark.parametrize("make", [wired, on_redis])
def test_a_pause_and_counts_are_known_to_all(make: Make, port: int) -> None:
    async def test() -> None:
        connect = make(2, port)
        here, there = connect("shop"), connect("shop")
        there.count(lambda: {"clients": 3})
        async with started(here, there):
            here.pause("tidy", is_paused=True)
            assert here.paused == {"tidy"}
            await until(lambda: there.paused == {"tidy"})
            await until(lambda: list(here.others()) == [{"clients": 3}])
            there.pause("tidy", is_paused=False)
            await until(lambda: here.paused == frozenset())

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
        wait_until(lambda: served.hub.clients("/ws"))
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


@pytest.mark.parametrize("is_cut_at_start", [True, False])
def test_a_tick_that_nobody_can_give_is_held_and_run_when_the_wire_is_back(
    is_cut_at_start: bool,
) -> None:
    async def test() -> None:
        wire, journal = Wire(is_cut=is_cut_at_start), Told()
        app, program = program_of(schedule("RUNS = []\ndef g(): RUNS.append(1)", interval="1s"))
        bus = WiredBus("shop", wire)
        jobs = Jobs(bus=bus, journal=journal, output=Output())
        jobs.adopt(build(app.of(Schedule), program))
        await jobs.start()
        await until(lambda: is_cut_at_start or not jobs._runs._tasks)
        wire.is_cut = True
        (due,) = (each.due for each in jobs.upcoming())
        assert due is not None
        await until(lambda: jobs.upcoming()[0].due != due and wire.refused)
        assert (journal.told.qsize(), program.names("nb")["RUNS"]) == (0, [])
        wire.mend()
        ran = await asyncio.wait_for(journal.told.get(), WAIT_S)
        await jobs.stop(1)
        assert (ran.due, ran.outcome) == (due.timestamp(), "ok")

    asyncio.run(test())


def test_the_environment_names_the_bus() -> None:
    engine = Engine.of(read({"NEUTRINO_BUS": "memory"}), App("shop", (), ()))
    assert (type(engine.bus), engine.bus.service) == (MemoryBus, "shop")
    engine = Engine.of(read({"NEUTRINO_SERVICE": "bank"}), App("shop", (), ()))
    assert engine.bus.service == "bank"
    assert choice.read("memory") == "memory"


NO_URL = (
    "this is no URL of a Redis; write such as redis://:PASSWORD@host:6379/0, with special "
    "characters of the password as %XX"
)

NO_OPTION = (
    "an option at the end of the URL cannot be used: {}; there is `claim_s`, and what redis-py "
    "lets a connection be given"
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nats", "there is no bus `nats`; write `memory`, or a URL such as redis://host:6379"),
        (
            "amqp://me:secret@host",
            "there is no bus; write `memory`, or a URL such as redis://host:6379",
        ),
        ("redis://", NO_URL),
        ("redis://:secret@", NO_URL),
        ("redis://host:port", NO_URL),
        ("redis://host/zero", NO_URL),
        ("redis://host?claim_s=soon", NO_URL),
        ("redis://:secret@host?nonsense=secret", NO_OPTION.format("nonsense")),
        ("redis://host?claim_s=2&decode_responses=yes", NO_OPTION.format("decode_responses")),
        ("redis://host?claim_s=0", "claim_s is a number of seconds, from 1 to 3600"),
    ],
)
def test_what_is_no_bus_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read({"NEUTRINO_BUS": text})
    assert str(refused.value) == f"NEUTRINO_BUS: {reason}"


def test_where_a_redis_is_can_be_shown_without_its_password() -> None:
    address = choice.read("redis://me:secret@host:1/2?claim_s=5")
    assert repr(address) == "Address('redis://…@host:1/2')"
    assert "secret" not in repr(read({"NEUTRINO_BUS": "redis://me:secret@host"}))
