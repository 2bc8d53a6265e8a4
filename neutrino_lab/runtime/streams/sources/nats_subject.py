"""A subject of NATS as a source: at least once as a consumer of JetStream, else from now on."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error
from nats.errors import TimeoutError as NoMessageError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from ..contract import Entry, Gap, Overflow, Source
from ..reconnect import connected, unreadable
from .location import Location, path_of
from .websocket import decoded

BATCH = 256
WAIT_S = 1.0
OPEN_S = 5
ACK_WAIT_S = 300.0
"""What is not acknowledged in this time is given again: longer than between two snapshots."""


class Subject(Source):
    """Messages of a subject. Of a durable consumer their numbers are positions."""

    def __init__(self, location: Location, _name: str) -> None:
        self._host = f"nats://{location.host}"
        self._shown = location.shown
        self._subject = path_of(location).strip("/").replace("/", ".")
        self._durable = location.options.get("durable", "")
        self._position = 0
        self._given: deque[tuple[int, Msg]] = deque()
        self._client: Client | None = None
        self.is_durable = bool(self._durable)
        self.overflow: Overflow = "block" if self._durable else "drop-oldest"

    def values(self, position: Any) -> AsyncIterator[Sequence[Entry]]:
        self._position = int(position or 0)
        losses = (Error, OSError, TimeoutError, asyncio.TimeoutError)
        return connected(self._receive, losses, partial(unreadable, self._shown))

    async def _receive(self) -> AsyncIterator[Sequence[Entry]]:
        # This source connects again by itself, and marks the gap.
        self._client = client = await nats.connect(
            self._host,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=OPEN_S,
            error_cb=_ignore,
        )
        try:
            messages = self._consume(client) if self._durable else self._listen(client)
            async for entries in messages:
                yield entries
        finally:
            self._given.clear()
            await client.close()

    async def _listen(self, client: Client) -> AsyncIterator[Sequence[Entry]]:
        subscription = await client.subscribe(self._subject)
        while client.is_connected:
            try:
                message = await subscription.next_msg(WAIT_S)
            except NoMessageError:
                continue
            yield [decoded(message.data, self._shown)]

    async def _consume(self, client: Client) -> AsyncIterator[Sequence[Entry]]:
        context = client.jetstream()
        stream = await context.find_stream_name_by_subject(self._subject)
        last = (await context.stream_info(stream)).state.last_seq
        if last < self._position:
            # Its numbers have begun again, and would all pass for old ones.
            yield [Gap(f"{self._shown} was made again: it ends at {last}, not {self._position}")]
            self._position = 0
        await self._prepare(context, stream)
        subscription = await context.pull_subscribe_bind(self._durable, stream=stream)
        while client.is_connected:
            try:
                messages = await subscription.fetch(BATCH, timeout=WAIT_S)
            except NoMessageError:
                continue
            entries = []
            for message in messages:
                number = message.metadata.sequence.stream
                if number <= self._position:
                    # Its state was stored, and it ended before it could tell.
                    await message.ack()
                    continue
                self._position = number
                self._given.append((number, message))
                entries.append(decoded(message.data, self._shown, number))
            if entries:
                yield entries

    async def _prepare(self, context: JetStreamContext, stream: str) -> None:
        """Create the consumer if it is missing, and free what it holds for a client that ended.

        Such messages would come again only after `ACK_WAIT_S`, behind later messages, and
        acknowledging those would acknowledge them too. JetStream cannot take messages back, so
        the consumer is created again, from its first message without an acknowledgement.
        """
        try:
            found = await context.consumer_info(stream, self._durable)
        except NotFoundError:
            config = ConsumerConfig(
                name=self._durable,
                durable_name=self._durable,
                ack_policy=AckPolicy.ALL,
                ack_wait=ACK_WAIT_S,
                filter_subject=self._subject,
                deliver_policy=DeliverPolicy.NEW,
            )
            if self._position:
                config = _starting_after(config, self._position)
            await context.add_consumer(stream, config)
            return
        # A request of the client before may still be open, and would be given the next messages.
        if (found.num_ack_pending or found.num_waiting) and found.ack_floor is not None:
            await context.delete_consumer(stream, self._durable)
            config = _starting_after(found.config, found.ack_floor.stream_seq)
            await context.add_consumer(stream, config)

    async def acknowledge(self, position: Any) -> None:
        """Acknowledge the message of a position, and with it all before it."""
        last: Msg | None = None
        while self._given and self._given[0][0] <= position:
            last = self._given.popleft()[1]
        if last is not None:
            await last.ack()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()


def _starting_after(config: ConsumerConfig, number: int) -> ConsumerConfig:
    return replace(config, deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=number + 1)


async def _ignore(_error: Exception) -> None:
    """The client prints errors otherwise, which are also raised."""


make = Subject
