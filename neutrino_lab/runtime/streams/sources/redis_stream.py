"""A stream of Redis as a source: at least once, with a group; else from now on."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from redis import exceptions
from redis.asyncio import Redis

from ..contract import Entry, Overflow, Source
from ..reconnect import connected, unreadable
from .location import Location, path_of

BATCH = 256
WAIT_MS = 1_000
ALONE = ("value", "data", "json")
"""A field of one of these names that stands alone is the value."""


class RedisStream(Source):
    """Entries of a stream. Their ids are positions: what a group has been given and was not
    acknowledged comes again first. The name of our own stream tells its consumers apart."""

    is_durable = True
    overflow: Overflow = "block"

    def __init__(self, location: Location, name: str) -> None:
        host = f"{location.scheme}://{location.host}"
        self._shown = location.shown
        self._name = path_of(location).strip("/")
        self._group = location.options.get("group", "")
        self._consumer = name
        self._redis: Any = Redis.from_url(host, socket_timeout=30, socket_connect_timeout=5)

    def values(self, position: Any) -> AsyncIterator[Sequence[Entry]]:
        self._position: str | None = position
        losses = (exceptions.RedisError, OSError, TimeoutError)
        return connected(self._receive, losses, partial(unreadable, self._shown))

    async def _receive(self) -> AsyncIterator[Sequence[Entry]]:
        if self._group:
            await self._join()
        elif self._position is None:
            newest = await self._redis.xrevrange(self._name, count=1)
            self._position = _text(newest[0][0]) if newest else "0"
        # What was given and not acknowledged, then what is new.
        after = "0" if self._group else str(self._position)
        while True:
            found = await self._read(after)
            if after == ">" or not self._group:
                if not found:
                    continue
            elif not found:
                after = ">"
                continue
            last = _text(found[-1][0])
            entries = [each for each in found if self._is_new(_text(each[0]))]
            if self._group and len(entries) < len(found):
                # Its state was stored, and it ended before it could tell.
                done = [each[0] for each in found if not self._is_new(_text(each[0]))]
                await self._redis.xack(self._name, self._group, *done)
            if entries:
                self._position = last
                yield [(_value(fields), time.time(), _text(id_)) for id_, fields in entries]
            after = last if after != ">" else after

    async def _join(self) -> None:
        try:
            start = "$" if self._position is None else self._position
            await self._redis.xgroup_create(self._name, self._group, id=start, mkstream=True)
        except exceptions.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _read(self, after: str) -> list[Any]:
        streams: Any = {self._name: after}
        wait = {"count": BATCH, "block": WAIT_MS}
        if self._group:
            found = await self._redis.xreadgroup(self._group, self._consumer, streams, **wait)
        else:
            found = await self._redis.xread(streams, **wait)
        return list(found[0][1]) if found else []

    def _is_new(self, id_: str) -> bool:
        return self._position is None or _order(id_) > _order(self._position)

    async def acknowledge(self, position: Any) -> None:
        """Acknowledge what this consumer was given up to a position."""
        if not self._group:
            return
        while True:
            given = await self._redis.xpending_range(
                self._name, self._group, "-", position, BATCH, self._consumer
            )
            if not given:
                return
            ids = [each["message_id"] for each in given]
            await self._redis.xack(self._name, self._group, *ids)

    async def close(self) -> None:
        await self._redis.aclose()


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _order(id_: str) -> tuple[int, int]:
    first, _, second = id_.partition("-")
    return int(first), int(second or 0)


def _value(fields: Any) -> Any:
    made = {_text(name): _parsed(content) for name, content in fields.items()}
    if len(made) == 1 and (name := next(iter(made))) in ALONE:
        return made[name]
    return made


def _parsed(content: bytes) -> Any:
    text = content.decode(errors="replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


make = RedisStream
