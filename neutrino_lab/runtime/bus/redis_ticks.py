"""Ticks on a Redis: a stream for each job, whose ids are the nominal times, and its group.

Redis refuses an id that is not greater than the newest one, so every replica adds a tick and one
addition counts. The group gives it to one of them. All replicas are one consumer: what tells the
owner is who renews, and nobody has to be removed from the group when a replica is gone.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, get_args

from redis import exceptions

from ..errors import BusError
from .contract import Kept, Tick
from .redis_address import LINE, refusal

GROUP = "replicas"
CONSUMER = "replica"
TIMING = "timing"
LOSSES = (exceptions.RedisError, OSError, asyncio.TimeoutError)

# A stream needs its newest entry, and those that are not done.
KEPT = 1_000
BATCH = 100
# How often a replica asks whether a run that is under way elsewhere goes on.
_LOOK_S = 0.05
_CONNECTIONS = 8

# Longer as long as it is its owner's.
_RENEW = """
local value = redis.call('GET', KEYS[1])
if value and string.sub(value, 1, #ARGV[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
end
"""
_END = """
local value = redis.call('GET', KEYS[1])
if value and string.sub(value, 1, #ARGV[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""


class Ticks:
    """The ticks and runs of one replica. `beat` renews what it holds, and finds what others have
    left."""

    def __init__(self, client: Any, prefix: str, replica: str, claim_s: float) -> None:
        self._client = client
        self._prefix = prefix
        self._owner = f"{replica}:"
        self._claim_s = claim_s
        self._claim_ms = int(claim_s * 1000)
        self._jobs: Mapping[str, str] = {}
        self._again: Callable[[Tick], None] | None = None
        # How often each had been given when it was given here: who was given it later has it.
        self._held: dict[tuple[str, float], int] = {}
        self._beaten = _Moment(float("-inf"), float("-inf"))
        self._done: set[tuple[str, float]] = set()
        self._running: dict[str, str] = {}
        self._ended: list[tuple[str, str]] = []
        self._lines: dict[Kept, deque[tuple[str, int]]] = {
            each: deque(maxlen=KEPT) for each in get_args(Kept)
        }
        self._wake = asyncio.Event()
        self._number = 0
        self._groups: set[str] = set()
        self._beats = 0
        self._free = asyncio.Semaphore(_CONNECTIONS)

    def watch(self, jobs: Mapping[str, str], again: Callable[[Tick], None]) -> None:
        self._jobs, self._again = jobs, again

    async def offer(self, job: str, dues: Sequence[float]) -> list[Tick] | None:
        """Do as the bus's `offer` does; None, with the ticks done, where the job is paused. Raises
        BusError."""
        stream = self._stream(job)
        asked = _Moment.now()
        with _losses_as_bus_errors():
            async with self._free:
                if job not in self._groups:
                    await self._make_group(job)
                found = await self._add(job, stream, dues)
                if found is None:
                    await self._make_group(job)
                    found = await self._add(job, stream, dues)
        is_paused, ids = found or (False, [])
        ticks = [Tick(job, _due(each)) for each in ids]
        if is_paused:
            for each in ticks:
                self.done(each)
            return None
        if asked.age_s > self._claim_s:
            return []  # whoever sweeps first is given them
        self._held |= {(each.job, each.due): each.starts for each in ticks}
        return ticks

    async def _add(
        self, job: str, stream: str, dues: Sequence[float]
    ) -> tuple[bool, list[Any]] | None:
        """Whether it rests, and the ids that are to be run here; None where there is no group."""
        asked = self._client.pipeline(transaction=False)
        asked.sismember(f"{self._prefix}:paused", job)
        for due in dues:
            timing = {TIMING: self._jobs.get(job, "")}
            asked.xadd(stream, timing, id=_id(due), maxlen=KEPT, approximate=True)
        asked.xreadgroup(GROUP, CONSUMER, {stream: ">"}, count=KEPT)
        is_paused, *added, given = await asked.execute(raise_on_error=False)
        for answer in (is_paused, *added):
            if isinstance(answer, Exception) and "equal or smaller" not in str(answer):
                raise answer
        if isinstance(given, exceptions.ResponseError) and "NOGROUP" in str(given):
            return None
        if isinstance(given, Exception):
            raise given
        return bool(is_paused), [id_ for _, entries in given or () for id_, _ in entries]

    async def begin(self, job: str) -> bool:
        """Take the job's run. Where another replica has it, wait until that has renewed it, so is
        alive, or is gone. A run that begins after the one that was met is waited for in the same
        way."""
        key, before = self._run_key(job), b""
        self._number += 1
        token = f"{self._owner}{self._number}:"
        with _losses_as_bus_errors():
            while True:
                async with self._free:
                    given = {"px": self._claim_ms}
                    is_mine = await self._client.set(key, token, nx=True, **given)
                    found = None if is_mine else await self._client.get(key)
                    if found is not None and found.startswith(self._owner.encode()):
                        # It has ended, and Redis is yet to be told.
                        is_mine = await self._client.set(key, token, **given)
                if is_mine:
                    self._running[job] = token
                    return True
                if found is not None:
                    if found != before and _run(found) == _run(before):
                        return False
                    before = found
                await asyncio.sleep(_LOOK_S)

    def end(self, job: str) -> None:
        if (token := self._running.pop(job, "")) != "":
            self._ended.append((job, token))
            self._wake.set()

    def done(self, tick: Tick) -> None:
        self._held.pop((tick.job, tick.due), None)
        self._done.add((tick.job, tick.due))
        self._wake.set()

    def keep(self, kept: Kept, lines: Sequence[str], most: int) -> None:
        """Keep lines of history; while Redis is gone, the newest of them wait here."""
        self._lines[kept].extend((line, most) for line in lines)
        self._wake.set()

    async def keep_telling(self) -> None:
        """Tell Redis what has ended, at once. Raises LOSSES; what is not told is told later."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.tell()

    async def tell(self) -> None:
        """Tell Redis what has ended. Raises LOSSES."""
        done, ended = list(self._done), self._ended[:]
        kept = [(name, waiting, [*waiting]) for name, waiting in self._lines.items()]
        asked = self._client.pipeline(transaction=False)
        for job, due in done:
            asked.xack(self._stream(job), GROUP, _id(due))
        for job, token in ended:
            asked.eval(_END, 1, self._run_key(job), token)
        for name, _, lines in kept:
            for line, most in lines:
                stream = f"{self._prefix}:{name}"
                asked.xadd(stream, {LINE: line}, maxlen=most, approximate=True)
        if len(asked):
            _raise(await asked.execute(raise_on_error=False))
        self._done -= set(done)
        del self._ended[: len(ended)]
        for _, waiting, lines in kept:
            for each in lines:
                if waiting and waiting[0] is each:
                    waiting.popleft()

    async def take(self, tick: Tick) -> bool:
        with _losses_as_bus_errors():
            taken = await self._client.xack(self._stream(tick.job), GROUP, _id(tick.due))
        self._held.pop((tick.job, tick.due), None)
        return bool(taken)

    async def keeps(self, tick: Tick) -> bool:
        """Do as the bus's `keeps` does; Redis is asked only after a break in which the tick may
        have been given to another replica."""
        if self._beaten.age_s > self._claim_s:
            with _losses_as_bus_errors():
                await self.beat()
        return self._held.get((tick.job, tick.due)) == tick.starts

    async def newest(self, job: str) -> float | None:
        """The newest tick that any replica has added, by the timing that the job has here."""
        with _losses_as_bus_errors():
            found = await self._client.xrevrange(self._stream(job), count=1)
        if not found or found[0][1].get(TIMING.encode()) != self._jobs.get(job, "").encode():
            return None
        return _due(found[0][0])

    async def beat(self) -> None:
        """Renew what is held here. Raises LOSSES."""
        self._beats += 1
        began, has_lapsed = _Moment.now(), self._beaten.age_s > self._claim_s
        asked = self._client.pipeline(transaction=False)
        for job, due in self._held:
            asked.xclaim(self._stream(job), GROUP, CONSUMER, 0, [_id(due)], justid=True)
        for job, token in self._running.items():
            asked.eval(_RENEW, 1, self._run_key(job), token, self._beats, self._claim_ms)
        if len(asked):
            _raise(await asked.execute(raise_on_error=False))
        if has_lapsed:
            await self._let_go()
        self._beaten = began
        self._wake.set()

    async def _let_go(self) -> None:
        """Hold no more what another replica was given meanwhile. What is held was renewed before,
        so that nobody is given it now. Raises LOSSES."""
        held = list(self._held.items())
        asked = self._client.pipeline(transaction=False)
        for (job, due), _ in held:
            stream, id_ = self._stream(job), _id(due)
            asked.xpending_range(stream, GROUP, id_, id_, 1)
            asked.xrange(stream, id_, id_)
        answers = await asked.execute(raise_on_error=False) if held else []
        _raise(answers)
        for (key, starts), pending, found in zip(held, answers[::2], answers[1::2], strict=True):
            # What a Redis has lost nobody else was given.
            is_known = isinstance(pending, list) and found
            if is_known and [each["times_delivered"] for each in pending] != [starts]:
                self._held.pop(key, None)

    async def sweep(self) -> None:
        """Take over what replicas that died have left. Raises LOSSES."""
        jobs = list(self._jobs)
        for start in range(0, len(jobs), BATCH):
            asked = self._client.pipeline(transaction=False)
            part = jobs[start : start + BATCH]
            for job in part:
                asked.xpending_range(self._stream(job), GROUP, "-", "+", BATCH, idle=self._claim_ms)
            answers = await asked.execute(raise_on_error=False)
            _raise(answers)
            for job, left in zip(part, answers, strict=True):
                for each in left if isinstance(left, list) else ():
                    await self._take_over(job, each)

    async def _take_over(self, job: str, pending: Mapping[str, Any]) -> None:
        id_, starts = pending["message_id"], pending["times_delivered"] + 1
        tick = Tick(job, _due(id_), starts)
        if (job, tick.due) in self._held or (job, tick.due) in self._done:
            return
        stream = self._stream(job)
        mine = await self._client.xclaim(stream, GROUP, CONSUMER, self._claim_ms, [id_])
        if not mine or self._again is None:
            return
        self._held[job, tick.due] = starts
        self._again(tick)

    async def _make_group(self, job: str) -> None:
        try:
            await self._client.xgroup_create(self._stream(job), GROUP, id="0", mkstream=True)
        except exceptions.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        self._groups.add(job)

    def _stream(self, job: str) -> str:
        return f"{self._prefix}:ticks:{job}"

    def _run_key(self, job: str) -> str:
        return f"{self._prefix}:run:{job}"


@dataclass(frozen=True, slots=True)
class _Moment:
    """By two clocks: one stands still while a machine sleeps, and the other may be set back."""

    steady_s: float
    wall_s: float

    @classmethod
    def now(cls) -> _Moment:
        return cls(time.monotonic(), time.time())

    @property
    def age_s(self) -> float:
        return max(time.monotonic() - self.steady_s, time.time() - self.wall_s)


@contextmanager
def _losses_as_bus_errors() -> Iterator[None]:
    """Raise what is lost as BusError."""
    try:
        yield
    except LOSSES as error:
        raise BusError(reason(error)) from error


def reason(error: BaseException) -> str:
    """Say in a few words what a Redis has not done."""
    return refusal(error) or f"{error or type(error).__name__}"


def _raise(answers: Sequence[Any]) -> None:
    for each in answers:
        # A Redis that lost its data has no groups; they are made with the next tick.
        if isinstance(each, Exception) and "NOGROUP" not in str(each):
            raise each


def _run(value: bytes) -> bytes:
    """Which run has a key, without how often it was renewed."""
    return value.rpartition(b":")[0]


def _id(due: float) -> str:
    return f"{round(due * 1000)}-0"


def _due(id_: Any) -> float:
    text = id_.decode() if isinstance(id_, bytes) else str(id_)
    return int(text.partition("-")[0]) / 1000
