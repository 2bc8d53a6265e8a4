"""A bus on a real Redis that goes away, comes back, answers nothing, is full, or will not do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from neutrino_lab.runtime.bus import choice, redis_address, redis_bus
from neutrino_lab.runtime.bus.contract import Envelope, Identity, Tick
from neutrino_lab.runtime.bus.redis_bus import RedisBus
from neutrino_lab.runtime.errors import BusError
from tests.runtime.buses import started, until
from tests.streams.servers import Broker, broker

SHOP = Identity("shop", ("nb:tidy|10s",))


def replica(redis: Broker, *, claim_s: float = 10.0, service: str = "shop") -> RedisBus:
    bus = choice.connect(redis_address.read(url(redis, claim_s)), service, SHOP)
    assert isinstance(bus, RedisBus)
    return bus


def url(redis: Broker, claim_s: float = 10.0) -> str:
    return f"redis://127.0.0.1:{redis.port}/0?claim_s={claim_s}"


def heard_by(bus: RedisBus) -> list[str]:
    heard: list[str] = []
    bus.subscribe(lambda envelope: heard.append(envelope.path))
    return heard


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(test())


def test_one_that_ends_and_starts_again(tmp_path: Path) -> None:
    """Each replica goes on hearing itself; a tick is given once, before, while or after."""

    async def test() -> None:
        with broker("redis-server", tmp_path) as redis:
            here, there = replica(redis), replica(redis)
            heard, elsewhere = heard_by(here), heard_by(there)
            async with started(here, there):
                here.publish(Envelope("/before", "x"))
                await until(lambda: heard == elsewhere == ["/before"])
                here.pause("night", is_paused=True)
                assert await here.offer("tidy", [1.0]) == [Tick("tidy", 1.0)]
                redis.stop()
                # Whether it has been noticed yet or not.
                for n in range(3):
                    here.publish(Envelope(f"/{n}", "x"))
                await until(lambda: heard == ["/before", "/0", "/1", "/2"])
                await until(lambda: here.trouble and there.trouble)
                here.publish(Envelope("/alone", "x"))
                assert (heard[-1], elsewhere) == ("/alone", ["/before"])
                for ask in (here.offer("tidy", [2.0]), here.begin("tidy")):
                    with pytest.raises(BusError):
                        await ask
                redis.start()
                await here.recovered()
                await there.recovered()
                given = [await bus.offer("tidy", [1.0, 2.0]) for bus in (there, here)]
                assert given == [[Tick("tidy", 2.0)], []]
                here.publish(Envelope("/after", "x"))
                await until(lambda: elsewhere == ["/before", "/after"])
                assert heard == ["/before", "/0", "/1", "/2", "/alone", "/after"]
                await until(lambda: there.paused == {"night"})
                assert await there.offer("night", [1.0]) == []

    run(test)


def test_a_burst_arrives_whole_and_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many small ones, and some that are longer than what is put together."""
    # A machine with much else to do may take longer for 15 MB than a slow bus is given.
    monkeypatch.setattr(redis_bus, "SLOW_S", 60.0)

    async def test() -> None:
        with broker("redis-server", tmp_path) as redis:
            here, there = replica(redis), replica(redis)
            heard: list[str | bytes] = []
            there.subscribe(lambda envelope: heard.append(envelope.payload))
            sent = [f"{n}" * (400_000 if n % 1_000 == 7 else 1) for n in range(10_000)]
            async with started(here, there):
                for each in sent:
                    here.publish(Envelope("/ws", each))
                await until(lambda: len(heard) >= len(sent))
                assert heard == sent

    run(test)


def test_one_that_has_lost_all_its_data(tmp_path: Path) -> None:
    async def test() -> None:
        with broker("redis-server", tmp_path) as redis:
            bus = replica(redis)
            async with started(bus):
                assert await bus.offer("tidy", [1.0]) == [Tick("tidy", 1.0)]
                async with Redis(port=redis.port) as client:
                    await client.flushall()
                assert await bus.offer("tidy", [2.0]) == [Tick("tidy", 2.0)]

    run(test)


def test_one_that_answers_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_address, "TIMEOUT_S", 0.5)

    async def test() -> None:
        with broker("redis-server", tmp_path) as redis:
            bus = replica(redis)
            heard = heard_by(bus)
            async with started(bus):
                redis.freeze()
                bus.publish(Envelope("/ws", "x"))
                await until(lambda: bus.trouble)
                assert heard == ["/ws"]
                redis.thaw()
                await bus.recovered()
                bus.publish(Envelope("/again", "x"))
                await until(lambda: heard == ["/ws", "/again"])

    run(test)


def test_one_that_is_full(tmp_path: Path) -> None:
    async def test() -> None:
        with broker("redis-server", tmp_path) as redis:
            bus = replica(redis)
            async with started(bus), Redis(port=redis.port) as client:
                await client.config_set("maxmemory", 1)
                with pytest.raises(BusError, match="it is full"):
                    await bus.offer("tidy", [1.0])
                assert "it is full" in bus.trouble
                await client.config_set("maxmemory", 0)
                await bus.recovered()
                assert await bus.offer("tidy", [1.0]) == [Tick("tidy", 1.0)]

    run(test)


def test_one_that_is_not_there_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_bus, "FIRST_S", 0.05)

    async def test() -> None:
        with broker("redis-server", tmp_path) as redis:
            redis.stop()
            bus = replica(redis)
            heard = heard_by(bus)
            async with started(bus):
                bus.publish(Envelope("/alone", "x"))
                assert heard == ["/alone"]
                redis.start()
                await bus.recovered()
                assert await bus.offer("tidy", [1.0]) == [Tick("tidy", 1.0)]

    run(test)


def test_what_a_replica_that_died_had_begun_goes_to_another(tmp_path: Path) -> None:
    async def test() -> None:
        with broker("redis-server", tmp_path) as redis:
            here, there = replica(redis, claim_s=1.5), replica(redis, claim_s=1.5)
            left: list[Tick] = []
            there.watch({"tidy": "10s"}, left.append)
            async with started(there):
                async with started(here):
                    ticks = await here.offer("tidy", [1.0, 2.0])
                    here.done(ticks[0])
                    assert await here.begin("tidy")
                    # It ends here without a word of the second tick, nor of its run.
                await until(lambda: left)
                assert left == [Tick("tidy", 2.0, starts=2)]
                assert await there.begin("tidy")
                there.done(left[0])
                async with Redis(port=redis.port) as client:
                    stream = "neutrino:shop:ticks:tidy"
                    while (await client.xpending(stream, "replicas"))["pending"]:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)

    run(test)


def test_a_replica_that_was_stopped_for_a_while_does_not_keep_what_another_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps what it still holds alone, however long that was."""
    passed_s = 0.0

    async def test() -> None:
        nonlocal passed_s
        with broker("redis-server", tmp_path) as redis:
            here = replica(redis, claim_s=3600)
            async with started(here):
                ticks = await here.offer("tidy", [1.0, 2.0, 3.0])
                here.done(ticks[0])
                passed_s += 7200
                assert [await here.keeps(each) for each in ticks] == [False, True, True]
                # It is stopped; of what it holds another one has the second, and has done it.
                async with Redis(port=redis.port) as client:
                    stream, group = "neutrino:shop:ticks:tidy", "replicas"
                    await client.xclaim(stream, group, "replica", 0, ["2000-0"])
                    assert [await here.keeps(each) for each in ticks] == [False, True, True]
                    passed_s += 7200
                    assert [await here.keeps(each) for each in ticks] == [False, False, True]
                    await client.xack(stream, group, "3000-0")
                    passed_s += 7200
                    assert [await here.keeps(each) for each in ticks] == [False, False, False]
                # What a Redis has lost nobody else was given.
                (tick,) = await here.offer("tidy", [4.0])
                async with Redis(port=redis.port) as client:
                    await client.flushall()
                passed_s += 7200
                assert await here.keeps(tick)

    wall = time.time
    monkeypatch.setattr(time, "time", lambda: wall() + passed_s)
    run(test)


def test_a_run_that_begins_after_the_one_that_was_met_says_nothing_of_it(tmp_path: Path) -> None:
    async def test() -> None:
        with broker("redis-server", tmp_path) as redis:
            bus = replica(redis)
            async with started(bus), Redis(port=redis.port) as client:
                key = "neutrino:shop:run:tidy"
                await client.set(key, "another:1:")
                asked = asyncio.ensure_future(bus.begin("tidy"))
                for value in ("another:1:", "another:2:"):
                    await client.set(key, value)
                    # It has looked at this value.
                    looks = await looked(client)
                    while await looked(client) < looks + 2:
                        assert not asked.done()
                        await asyncio.sleep(0.01)
                await client.delete(key)
                assert await asked

    async def looked(client: Redis) -> int:
        found = await client.info("commandstats")
        return int(found.get("cmdstat_get", {}).get("calls", 0))

    run(test)


def test_a_run_that_has_ended_is_told_at_once(tmp_path: Path) -> None:
    async def test() -> None:
        with broker("redis-server", tmp_path) as redis:
            bus = replica(redis, claim_s=3600)
            async with started(bus), Redis(port=redis.port) as client:
                await bus.begin("tidy")
                assert await client.exists("neutrino:shop:run:tidy")
                bus.end("tidy")

                async def is_told() -> None:
                    while await client.exists("neutrino:shop:run:tidy"):  # noqa: ASYNC110
                        await asyncio.sleep(0.01)

                await asyncio.wait_for(is_told(), 60)

    run(test)


def test_the_newest_tick_is_told_unless_the_timing_has_changed(tmp_path: Path) -> None:
    async def test() -> None:
        with broker("redis-server", tmp_path) as redis:
            bus = replica(redis)
            bus.watch({"tidy": "10s"}, lambda _: None)
            async with started(bus):
                assert await bus.newest("tidy") is None
                await bus.offer("tidy", [1.0, 2.5])
                assert await bus.newest("tidy") == 2.5
                bus.watch({"tidy": "5s"}, lambda _: None)
                assert await bus.newest("tidy") is None

    run(test)


def test_a_wrong_password_is_told_before_anything_starts(tmp_path: Path) -> None:
    with broker("redis-server", tmp_path, "--requirepass", "right") as redis:
        reason = "it refuses the user or the password; write redis://USER:PASSWORD@host:6379/0"
        for given, shown in (("", ""), (":wrong@", "…@")):
            address = redis_address.read(f"redis://{given}127.0.0.1:{redis.port}")
            with pytest.raises(BusError) as refused:
                choice.connect(address, "shop", SHOP)
            assert str(refused.value) == f"redis://{shown}127.0.0.1:{redis.port}: {reason}"
        choice.connect(redis_address.read(f"redis://:right@127.0.0.1:{redis.port}"), "shop", SHOP)


@pytest.mark.parametrize("version", ["6.2.0", "7.0.15", "8.0", "255.255.255"])
def test_a_redis_of_today_will_do(version: str) -> None:
    redis_address.refuse_old(version)


@pytest.mark.parametrize("version", ["6.0.16", "5.0.14", ""])
def test_one_that_is_too_old_is_refused(version: str) -> None:
    with pytest.raises(BusError, match=f"Redis {version} is too old; 6.2 is the oldest"):
        redis_address.refuse_old(version)


def test_another_app_does_not_take_the_name_of_a_service(tmp_path: Path) -> None:
    async def test() -> None:
        with broker("redis-server", tmp_path) as redis:
            address = redis_address.read(url(redis))
            bus = replica(redis)
            bus.watch({"nb:tidy": "10s"}, lambda _: None)

            def refusal(title: str, *schedules: str) -> str:
                try:
                    redis_address.check(address, "shop", Identity(title, schedules))
                except BusError as error:
                    return str(error)
                return ""

            async with started(bus):
                same = ("nb:tidy|10s",)
                newer = ("nb:tidy|5s", "nb:report|1d")
                assert [refusal("shop", *each) for each in ((), same, newer)] == ["", "", ""]
                assert refusal("renamed", *same) == ""
                taken = (
                    "the service name `shop` is taken: `shop` runs under it with other schedules; "
                    "name one of the two with NEUTRINO_SERVICE"
                )
                assert refusal("bank", "nb:tidy|5s") == taken
                assert refusal("shop", "nb:report|1d") == taken
            # It is gone, and has said so.
            assert refusal("bank", "nb:tidy|5s") == ""

    run(test)
