"""A bus over a Redis or Valkey, for any number of replicas.

The connection is supervised: redis-py's own `listen` ends without a word when a Redis restarts.
A replica hears itself over the Redis, and at once by itself while that is not to be had.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis

from ..errors import BusError
from . import envelopes, redis_address
from .contract import Counts, Envelope, Identity, Kept, Tick
from .redis_address import TIMEOUT_S, Address
from .redis_ticks import LOSSES, Ticks, reason

LOGGER = logging.getLogger("neutrino")

BEAT_S = 1.0
# How long the first attempt to connect may delay the start.
FIRST_S = 5.0
SHORTEST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
# What Redis has not brought back by then does not come in time any more.
SLOW_S = TIMEOUT_S
MOST_UNHEARD = 100_000
_TURN = 100
_CONNECTIONS = 12


T = TypeVar("T")


class RedisBus:
    """One replica's end. Nothing of it raises but BusError, whatever becomes of the Redis."""

    anchored = True
    keeps_history = True

    def __init__(self, address: Address, service: str, identity: Identity | None = None) -> None:
        self.service = service
        self.trouble = "not connected yet"
        self.paused: frozenset[str] = frozenset()
        self.replica = secrets.token_hex(6)
        self._address = address
        self._identity = identity or Identity()
        self._prefix = redis_address.prefix_of(service)
        self._channel = f"{self._prefix}:envelopes"
        # Its own pulse tells a replica that it still hears.
        self._pulse = f"{self._prefix}:pulse:{self.replica}"
        self._felt = 0.0
        self._subscribers: list[Callable[[Envelope], None]] = []
        self._counts: Callable[[], Counts] = dict
        self._others: tuple[Counts, ...] = ()
        self._number = 0
        # What was published and has not come back, with its number and when it was.
        self._unheard: deque[tuple[int, float, Envelope]] = deque()
        self._outgoing: list[bytes] = []
        self._heard = 0
        self._supervisor: asyncio.Task[None] | None = None
        self._jobs: Mapping[str, str] = {}
        self._again: Callable[[Tick], None] = lambda _: None
        # Pauses that the others have not been told of.
        self._wishes: dict[str, bool] = {}
        self._was_told = False
        self._up_since = 0.0
        self._beaten_at = 0.0
        self._is_stopping = False
        self._has_failed: asyncio.Future[None]

    def subscribe(self, deliver: Callable[[Envelope], None]) -> None:
        self._subscribers.append(deliver)

    def publish(self, envelope: Envelope) -> None:
        if self.trouble or len(self._unheard) >= MOST_UNHEARD:
            if not self.trouble:
                self._lose("it does not keep up")
            self._deliver(envelope)
            return
        self._number += 1
        self._unheard.append((self._number, self._loop.time(), envelope))
        self._outgoing.append(envelopes.encode(self.replica, self._number, envelope))
        if len(self._outgoing) == 1:
            self._wake.set()

    def watch(self, jobs: Mapping[str, str], again: Callable[[Tick], None]) -> None:
        self._jobs, self._again = jobs, again
        if self._supervisor is not None:
            self._ticks.watch(jobs, again)

    def pause(self, job: str, *, is_paused: bool) -> None:
        self.paused = self.paused | {job} if is_paused else self.paused - {job}
        self._wishes[job] = is_paused

    def count(self, counts: Callable[[], Counts]) -> None:
        self._counts = counts

    def others(self) -> Sequence[Counts]:
        return self._others

    def give(self, job: str, dues: Sequence[float]) -> None:
        del job, dues

    async def offer(self, job: str, dues: Sequence[float]) -> list[Tick]:
        return await self._asked(lambda: self._ticks.offer(job, dues)) or []

    async def begin(self, job: str) -> bool:
        return await self._asked(lambda: self._ticks.begin(job))

    def end(self, job: str) -> None:
        self._ticks.end(job)

    def done(self, tick: Tick) -> None:
        self._ticks.done(tick)

    async def take(self, tick: Tick) -> bool:
        return await self._asked(lambda: self._ticks.take(tick))

    async def keeps(self, tick: Tick) -> bool:
        return await self._asked(lambda: self._ticks.keeps(tick))

    async def newest(self, job: str) -> float | None:
        return await self._asked(lambda: self._ticks.newest(job))

    async def recovered(self) -> None:
        await self._is_up.wait()

    def keep(self, kept: Kept, lines: Sequence[str], most: int) -> None:
        self._ticks.keep(kept, lines, most)

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_stopping = False
        self._wake, self._is_up = asyncio.Event(), asyncio.Event()
        pool: Any = BlockingConnectionPool.from_url(
            self._address.url,
            max_connections=_CONNECTIONS,
            timeout=TIMEOUT_S,
            **redis_address.options(),
        )
        self._client: Any = Redis(connection_pool=pool)
        claim_s = self._address.claim_s
        self._ticks = Ticks(self._client, self._prefix, self.replica, claim_s)
        self._ticks.watch(self._jobs, self._again)
        self._supervisor = asyncio.ensure_future(self._supervise())
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._is_up.wait(), FIRST_S)

    async def stop(self) -> None:
        self._is_stopping = True
        while self._supervisor is not None and not self._supervisor.done():
            self._supervisor.cancel()
            # A cancellation that comes while the client gives up by itself may be lost in it.
            await asyncio.wait({self._supervisor}, timeout=BEAT_S)
        is_up = not self.trouble
        self._lose("stopped", is_told=False)
        with suppress(*LOSSES):
            if is_up:
                await self._ticks.tell()
                await self._client.hdel(f"{self._prefix}:replicas", self.replica)
        with suppress(*LOSSES):
            await self._client.aclose()
            await self._client.connection_pool.disconnect()

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask about ticks. Where that fails the connection is made again. Raises BusError."""
        if self.trouble:
            raise BusError(f"bus down: {self.trouble}")
        try:
            return await ask()
        except BusError as error:
            if not self._has_failed.done():
                self._has_failed.set_exception(error)
                self._has_failed.exception()  # seen: the connection may have ended already
            if not self.trouble:
                self._lose(str(error))
            raise

    async def _supervise(self) -> None:
        pause_s = SHORTEST_PAUSE_S
        while not self._is_stopping:
            try:
                await self._serve()
            except (*LOSSES, BusError) as error:
                pause_s = SHORTEST_PAUSE_S if not self.trouble else pause_s
                self._lose(reason(error))
            except Exception as error:  # whatever it is, the service goes on
                LOGGER.exception("the bus failed and is connected again")
                self._lose(repr(error))
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _serve(self) -> None:
        """Connect, and go on until something fails."""
        listening = self._client.pubsub()
        work: list[asyncio.Task[None]] = []
        try:
            found = await self._client.info("server")
            redis_address.refuse_old(str(found.get("redis_version", "")))
            await listening.subscribe(self._channel, self._pulse)
            if await listening.get_message(timeout=TIMEOUT_S) is None:
                raise BusError("it does not answer")
            await self._beat()
            self._recover()
            jobs = (
                self._listen(listening),
                self._write(),
                self._keep_beating(),
                self._ticks.keep_telling(),
            )
            work = [asyncio.ensure_future(each) for each in jobs]
            done, _ = await asyncio.wait(
                {*work, self._has_failed}, return_when=asyncio.FIRST_COMPLETED
            )
            for each in done:
                each.result()
        finally:
            for each in work:
                each.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            with suppress(*LOSSES):
                await listening.aclose()
            with suppress(*LOSSES):
                await self._client.connection_pool.disconnect()

    def _recover(self) -> None:
        if self.trouble and self._was_told:
            LOGGER.warning("the bus is back: %s", self._address.shown)
        self._was_told = False
        self._has_failed = self._loop.create_future()
        self.trouble = ""
        self._up_since = self._felt = self._loop.time()
        self._is_up.set()

    def _lose(self, why: str, *, is_told: bool = True) -> None:
        """Go on alone: what has not come back is delivered here, and would be too late later."""
        if is_told and not self._was_told:
            self._was_told = True
            LOGGER.warning("the bus is down, ticks are held: %s: %s", self._address.shown, why)
        self.trouble = why
        self._is_up.clear()
        self._others = ()
        self._outgoing.clear()
        unheard, self._unheard = self._unheard, deque()
        self._heard = self._number
        for _, _, envelope in unheard:
            self._deliver(envelope)

    async def _write(self) -> None:
        """Send what one turn of the loop has published as one message of Redis: it costs what one
        envelope costs, here and on each replica."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._outgoing:
                sent, self._outgoing = self._outgoing, []
                for message in envelopes.joined(sent):
                    await self._client.publish(self._channel, message)

    async def _listen(self, listening: Any) -> None:
        left = _TURN
        while True:
            message = await listening.get_message(ignore_subscribe_messages=True, timeout=BEAT_S)
            if message is not None:
                self._felt = self._loop.time()
                if message["channel"] == self._channel.encode():
                    for each in envelopes.parts(message["data"]):
                        self._take(each)
                        left -= 1
            left -= 1
            if left <= 0:
                left = _TURN
                await asyncio.sleep(0)

    def _take(self, data: bytes) -> None:
        try:
            replica, number, envelope = envelopes.decode(data)
        except (ValueError, TypeError, KeyError):
            return  # another program has written into our channel
        if replica != self.replica:
            self._deliver(envelope)
        elif number > self._heard:
            self._heard = number
            while self._unheard and self._unheard[0][0] <= number:
                self._unheard.popleft()
            self._deliver(envelope)

    def _deliver(self, envelope: Envelope) -> None:
        for deliver in self._subscribers:
            try:
                deliver(envelope)
            except Exception:
                LOGGER.exception("an envelope could not be delivered")

    async def _keep_beating(self) -> None:
        claim_s = self._address.claim_s
        beat_s = min(BEAT_S, claim_s / 5)
        swept = self._loop.time()
        while True:
            await asyncio.sleep(beat_s)
            await self._beat()
            now = self._loop.time()
            oldest = self._unheard[0][1] if self._unheard else now
            if now - min(oldest, self._felt) > SLOW_S:
                raise BusError(f"it takes longer than {SLOW_S:.0f} s")
            if now - self._up_since > claim_s and now - swept > claim_s / 4:
                swept = now
                await self._ticks.sweep()

    async def _beat(self) -> None:
        wishes, self._wishes = self._wishes, {}
        replicas, paused = f"{self._prefix}:replicas", f"{self._prefix}:paused"
        try:
            seconds, micros = await self._client.time()
            own = {
                "at": seconds + micros / 1e6,
                "title": self._identity.title,
                "schedules": sorted(f"{job}|{timing}" for job, timing in self._jobs.items()),
                "figures": dict(self._counts()),
            }
            asked = self._client.pipeline(transaction=False)
            asked.publish(self._pulse, "")
            asked.hset(replicas, self.replica, json.dumps(own))
            asked.hgetall(replicas)
            for job, is_paused in wishes.items():
                (asked.sadd if is_paused else asked.srem)(paused, job)
            asked.smembers(paused)
            answers = await asked.execute()
            await self._ticks.beat()
        except BaseException:
            self._wishes = wishes | self._wishes
            raise
        if own["at"] - self._beaten_at > max(self._address.claim_s, 2 * SLOW_S):
            # After a break, of this process or of all of them, the others get the time to renew
            # what they hold. A beat on a slow Redis is no break.
            self._up_since = self._loop.time()
        self._beaten_at = own["at"]
        names = frozenset(each.decode() for each in answers[-1])
        resting = {job for job, is_paused in self._wishes.items() if is_paused}
        self.paused = (names | resting) - (self._wishes.keys() - resting)
        await self._look_at_others(answers[2], own["at"])

    async def _look_at_others(self, found: Mapping[bytes, bytes], now: float) -> None:
        living, dead = [], []
        for name, text in found.items():
            other = redis_address.parse_replica(text)
            if now - other["at"] > self._address.claim_s:
                dead.append(name)
            elif name.decode() != self.replica:
                living.append(other["counts"])
        self._others = tuple(living)
        if dead:
            await self._client.hdel(f"{self._prefix}:replicas", *dead)
