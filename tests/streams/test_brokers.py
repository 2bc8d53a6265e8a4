"""Sources that are brokers, against real servers: nothing is lost, nothing counted twice."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from redis.asyncio import Redis

from tests.streams.flows import emitted, only, operator, streams
from tests.streams.loops import WAIT_S, run, until
from tests.streams.servers import broker


def total(acc: dict[str, Any], value: Any) -> Any:
    acc = {"sum": acc.get("sum", 0) + value["n"], "count": acc.get("count", 0) + 1}
    return acc, acc


def counted(flow: Any) -> Any:
    return flow.process.states().get(None)


def test_a_group_of_redis_goes_on_where_it_was(tmp_path: Path) -> None:
    async def work(port: int, restart: Any) -> None:
        redis = Redis(port=port)
        await redis.xadd("ticks", {"n": 1000})  # before the group was made
        made = operator(total, source=f"redis://127.0.0.1:{port}/ticks?group=g")

        async def group_is_there() -> bool:
            return bool(await redis.xinfo_groups("ticks"))

        async with streams(tmp_path, made) as running:
            while not await group_is_there():
                pass
            for n in range(600):
                await redis.xadd("ticks", {"n": n})
            await emitted(only(running), 600)
        sums = {"sum": sum(range(600)), "count": 600}
        assert (await redis.xpending("ticks", "g"))["pending"] == 0
        for n in range(600, 700):
            await redis.xadd("ticks", {"n": n})
        async with streams(tmp_path, made) as running:
            flow = only(running)
            await emitted(flow, 100)
            sums = {"sum": sum(range(700)), "count": 700}
            assert counted(flow) == sums
            await redis.aclose()
            restart()
            await until(lambda: any(each.kind == "Gap" for each in flow.process.errors))
            redis = Redis(port=port)
            await redis.xadd("ticks", {"n": 5})
            await until(lambda: counted(flow)["count"] == 701)
        await redis.aclose()

    folder = tmp_path / "redis"
    folder.mkdir()
    with broker("redis-server", folder) as server:

        def restart() -> None:
            server.stop()
            server.start()

        run(work(server.port, restart))


def test_redis_gives_again_what_was_not_stored(tmp_path: Path) -> None:
    async def work(port: int) -> None:
        redis = Redis(port=port)
        await redis.xgroup_create("ticks", "g", id="$", mkstream=True)
        made = operator(total, source=f"redis://127.0.0.1:{port}/ticks?group=g", snapshot="1h")
        for n in range(10):
            await redis.xadd("ticks", {"value": json.dumps({"n": n})})
        async with streams(tmp_path, made) as running:
            flow = only(running)
            await emitted(flow, 10)
            # It ends without a snapshot, as when it is killed.
            flow._snapshots._saved_at = flow.process.progress
        assert (await redis.xpending("ticks", "g"))["pending"] == 10
        async with streams(tmp_path, made) as running:
            await emitted(only(running), 10)
            assert counted(only(running)) == {"sum": 45, "count": 10}
        assert (await redis.xpending("ticks", "g"))["pending"] == 0
        await redis.aclose()

    folder = tmp_path / "redis"
    folder.mkdir()
    with broker("redis-server", folder) as server:
        run(work(server.port))


def test_redis_without_a_group_begins_now(tmp_path: Path) -> None:
    async def work(port: int) -> None:
        redis = Redis(port=port)
        await redis.xadd("ticks", {"n": 1})
        made = operator(total, source=f"redis://127.0.0.1:{port}/ticks")
        async with streams(tmp_path, made) as running:
            flow = only(running)
            while not flow.emitted:
                await redis.xadd("ticks", {"n": 2})
            first = json.loads(flow.outlet._history[0][3].text)
            assert first["sum"] == 2
        await redis.aclose()

    folder = tmp_path / "redis"
    folder.mkdir()
    with broker("redis-server", folder) as server:
        run(work(server.port))


def test_a_durable_consumer_of_nats_goes_on_where_it_was(tmp_path: Path) -> None:
    async def work(port: int) -> None:
        client = await nats.connect(f"nats://127.0.0.1:{port}")
        stream = client.jetstream()
        await stream.add_stream(name="TICKS", subjects=["ticks.>"])
        made = operator(total, source=f"nats://127.0.0.1:{port}/ticks/a?durable=d")

        async def publish(numbers: range) -> None:
            for n in numbers:
                await stream.publish("ticks.a", json.dumps({"n": n}).encode())

        async def consumer() -> Any:
            try:
                return await stream.consumer_info("TICKS", "d")
            except nats.js.errors.NotFoundError:
                return None

        async with streams(tmp_path, made) as running:
            while await consumer() is None:
                pass
            await publish(range(300))
            await emitted(only(running), 300)
        await publish(range(300, 350))
        async with streams(tmp_path, made) as running:
            flow = only(running)
            await emitted(flow, 50)
            assert counted(flow) == {"sum": sum(range(350)), "count": 350}
            await stream.publish("ticks.a", b"{not json")
            await until(lambda: any(each.kind == "Fault" for each in flow.process.errors))
            await publish(range(1))
            await emitted(flow, 51)
        while (await consumer()).num_ack_pending:
            pass
        await client.close()

    folder = tmp_path / "nats"
    folder.mkdir()
    with broker("nats-server", folder) as server:
        run(work(server.port))


def test_what_nats_gave_to_a_client_that_has_gone_comes_at_once(tmp_path: Path) -> None:
    async def work(port: int) -> None:
        client = await nats.connect(f"nats://127.0.0.1:{port}")
        stream = client.jetstream()
        await stream.add_stream(name="TICKS", subjects=["ticks.>"])
        config = ConsumerConfig(ack_policy=AckPolicy.ALL, ack_wait=300)
        subscription = await stream.pull_subscribe("ticks.a", durable="d", config=config)
        for n in range(20):
            await stream.publish("ticks.a", json.dumps({"n": n}).encode())
        taken = await subscription.fetch(10)
        await taken[3].ack()
        await client.flush()
        made = operator(total, source=f"nats://127.0.0.1:{port}/ticks/a?durable=d")
        async with streams(tmp_path, made) as running:
            await emitted(only(running), 16)
            assert counted(only(running)) == {"sum": sum(range(4, 20)), "count": 16}
        # What another connection has acknowledged arrives when it arrives.
        while (info := await stream.consumer_info("TICKS", "d")).num_ack_pending:
            pass
        assert info.num_pending == 0
        await client.close()

    folder = tmp_path / "nats"
    folder.mkdir()
    with broker("nats-server", folder) as server:
        run(work(server.port))


def test_a_stream_of_nats_that_was_made_again_is_read_from_its_begin(tmp_path: Path) -> None:
    async def work(port: int) -> None:
        client = await nats.connect(f"nats://127.0.0.1:{port}")
        stream = client.jetstream()
        await stream.add_stream(name="TICKS", subjects=["ticks.>"])
        await stream.add_consumer(
            "TICKS", durable_name="d", ack_policy=AckPolicy.ALL, deliver_policy=DeliverPolicy.ALL
        )
        made = operator(total, source=f"nats://127.0.0.1:{port}/ticks/a?durable=d")
        for n in range(10):
            await stream.publish("ticks.a", json.dumps({"n": n}).encode())
        async with streams(tmp_path, made) as running:
            await emitted(only(running), 10)
        await stream.delete_stream("TICKS")
        await stream.add_stream(name="TICKS", subjects=["ticks.>"])
        await stream.publish("ticks.a", b'{"n": 100}')
        await stream.add_consumer(
            "TICKS", durable_name="d", ack_policy=AckPolicy.ALL, deliver_policy=DeliverPolicy.ALL
        )
        async with streams(tmp_path, made) as running:
            flow = only(running)
            await emitted(flow, 1)
            assert counted(flow) == {"sum": 145, "count": 11}
            assert [each.kind for each in flow.process.errors] == ["Gap"]
        await client.close()

    folder = tmp_path / "nats"
    folder.mkdir()
    with broker("nats-server", folder) as server:
        run(work(server.port))


def test_a_subject_of_nats_begins_now_and_comes_back(tmp_path: Path) -> None:
    async def work(port: int, restart: Any) -> None:
        url = f"nats://127.0.0.1:{port}"
        async with streams(tmp_path, operator(total, source=f"{url}/ticks")) as running:
            flow = only(running)

            async def publish_until(count: int) -> None:
                client = await nats.connect(url)
                while flow.emitted < count:
                    await client.publish("ticks", b'{"n": 1}')
                    await client.flush()
                await client.close()

            await publish_until(1)
            restart()
            await until(lambda: any(each.kind == "Gap" for each in flow.process.errors))
            await publish_until(flow.emitted + 1)

    folder = tmp_path / "nats"
    folder.mkdir()
    with broker("nats-server", folder) as server:

        def restart() -> None:
            server.stop()
            server.start()

        run(work(server.port, restart))


def test_a_group_of_kafka_goes_on_where_it_was(tmp_path: Path) -> None:
    """The broker is the one that Kafka's client in C has for its own tests."""
    kafka = pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed")
    producer = kafka.Producer({"bootstrap.servers": "mock:1", "test.mock.num.brokers": 1})
    found = producer.list_topics("ticks", timeout=WAIT_S)
    [server] = found.brokers.values()
    partitions = [kafka.TopicPartition("ticks", n) for n in found.topics["ticks"].partitions]
    assert len(partitions) == 4
    host = f"{server.host}:{server.port}"
    group = kafka.Consumer({"bootstrap.servers": host, "group.id": "g"})

    def give(*numbers: int, partition: int) -> None:
        for n in numbers:
            producer.produce("ticks", json.dumps({"n": n}), partition=partition)
        assert producer.flush(WAIT_S) == 0

    async def committed(*offsets: int) -> None:
        # To join a group takes three seconds.
        while [e.offset for e in group.committed(partitions, timeout=WAIT_S)] != [*offsets]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    async def work() -> None:
        source = f"kafka://{host}/ticks?group=g"
        made = operator(total, source=source, snapshot="500ms")
        give(1000, partition=0)  # before the group was made
        give(1000, partition=1)
        async with streams(tmp_path, made) as running:
            await committed(1, 1, 0, 0)
            give(1, 2, partition=0)
            give(3, partition=2)
            await committed(3, 1, 1, 0)
            assert counted(only(running)) == {"sum": 6, "count": 3}
        # Also of partitions that have given nothing yet.
        for n in range(4):
            give(10, partition=n)
        async with streams(tmp_path, made) as running:
            await committed(4, 2, 2, 1)
            assert counted(only(running)) == {"sum": 46, "count": 7}

    try:
        run(work())
    finally:
        group.close()


def test_a_broker_that_is_not_there_is_named(tmp_path: Path) -> None:
    async def work() -> None:
        made = [
            operator(total, name="r", source="redis://user:secret@127.0.0.1:1/ticks"),
            operator(total, name="n", source="nats://user:secret@127.0.0.1:1/ticks"),
            operator(total, name="k", source="kafka://127.0.0.1:1/ticks"),
        ]
        async with streams(tmp_path, *made) as running:
            for name in "rnk":
                errors = only(running, name).process.errors
                await until(lambda errors=errors: errors)  # type: ignore[misc]
                assert errors[0].kind == "Gap"
                assert "://127.0.0.1:1/ticks cannot be read: " in errors[0].message
                assert "secret" not in errors[0].message

    run(work())
