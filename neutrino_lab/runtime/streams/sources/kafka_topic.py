"""A topic of Kafka as a source: at least once, with a group; else from now on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from ..contract import Entry, Overflow, Source
from ..reconnect import connected, unreadable
from .location import Location, path_of
from .websocket import decoded

BATCH = 256
WAIT_MS = 1_000


class Topic(Source):
    """Records of a topic. A position is the next offset of each partition, as JSON has it."""

    is_durable = True
    overflow: Overflow = "block"

    def __init__(self, location: Location, _name: str) -> None:
        self._host = location.host if ":" in location.host else f"{location.host}:9092"
        self._shown = location.shown
        self._topic = path_of(location).strip("/")
        self._group = location.options.get("group") or None
        self._position: dict[str, int] = {}
        self._consumer: AIOKafkaConsumer | None = None

    def values(self, position: Any) -> AsyncIterator[Sequence[Entry]]:
        self._position = dict(position or {})
        losses = (KafkaError, OSError, TimeoutError, asyncio.TimeoutError)
        return connected(self._receive, losses, partial(unreadable, self._shown))

    async def _receive(self) -> AsyncIterator[Sequence[Entry]]:
        self._consumer = consumer = AIOKafkaConsumer(
            self._topic,
            bootstrap_servers=self._host,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="latest",
        )
        try:
            await consumer.start()
            sought: set[int] = set()
            while True:
                for part in consumer.assignment():
                    if part.partition not in sought:
                        sought.add(part.partition)
                        await self._begin(consumer, part)
                found = await consumer.getmany(timeout_ms=WAIT_MS, max_records=BATCH)
                for part, records in found.items():
                    entries: list[Entry] = []
                    for record in records:
                        following = {**self._position, str(part.partition): record.offset + 1}
                        self._position = following
                        entries.append(decoded(record.value or b"null", self._shown, following))
                    yield entries
        finally:
            await consumer.stop()

    async def _begin(self, consumer: AIOKafkaConsumer, part: TopicPartition) -> None:
        """Go on in a partition. One that the group does not know yet begins now, also where its
        first record comes while nobody reads."""
        if (offset := self._position.get(str(part.partition))) is not None:
            consumer.seek(part, offset)
        elif self._group is not None and await consumer.committed(part) is None:
            await consumer.commit({part: await consumer.position(part)})

    async def acknowledge(self, position: Any) -> None:
        """Commit the offsets of a position, for the partitions that are assigned here; without a
        group, do nothing."""
        if self._consumer is None or self._group is None:
            return
        mine = {part.partition for part in self._consumer.assignment()}
        offsets = {
            TopicPartition(self._topic, int(number)): offset
            for number, offset in position.items()
            if int(number) in mine
        }
        if offsets:
            await self._consumer.commit(offsets)

    async def close(self) -> None:
        if self._consumer is not None:
            await self._consumer.stop()


make = Topic
