"""A bus within one process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from .contract import Counts, Envelope, Kept, Tick

TICKS_KEPT = 10_000


class MemoryBus:
    """A bus without other replicas: envelopes are delivered before `publish` returns, every tick is
    this process's to run, and nothing outlives it."""

    trouble = ""
    keeps_history = False

    def __init__(self, service: str = "", *, anchored: bool = False) -> None:
        self.service = service
        self.anchored = anchored
        self.paused: frozenset[str] = frozenset()
        self._subscribers: list[Callable[[Envelope], None]] = []
        # By due time, for many jobs have the same one.
        self._ticks: OrderedDict[float, set[str]] = OrderedDict()
        self._kept = 0

    def subscribe(self, deliver: Callable[[Envelope], None]) -> None:
        self._subscribers.append(deliver)

    def publish(self, envelope: Envelope) -> None:
        for deliver in self._subscribers:
            deliver(envelope)

    def watch(self, jobs: Mapping[str, str], again: Callable[[Tick], None]) -> None:
        del again
        # A job that is no more does not come back paused.
        self.paused &= jobs.keys()

    def pause(self, job: str, *, is_paused: bool) -> None:
        self.paused = self.paused | {job} if is_paused else self.paused - {job}

    def count(self, counts: Callable[[], Counts]) -> None:
        pass

    def others(self) -> Sequence[Counts]:
        return ()

    def give(self, job: str, dues: Sequence[float]) -> list[Tick]:
        given = []
        for due in dues:
            jobs = self._ticks.get(due)
            if jobs is None:
                jobs = self._ticks[due] = set()
                while self._kept - len(next(iter(self._ticks.values()))) >= TICKS_KEPT:
                    self._kept -= len(self._ticks.popitem(last=False)[1])
            if job not in jobs:
                jobs.add(job)
                self._kept += 1
                given.append(Tick(job, due))
        return given

    async def offer(self, job: str, dues: Sequence[float]) -> list[Tick]:
        return self.give(job, dues)

    async def begin(self, job: str) -> bool:
        del job  # who runs what in this process is known to who asks
        return True

    def end(self, job: str) -> None:
        pass

    def done(self, tick: Tick) -> None:
        pass

    async def take(self, tick: Tick) -> bool:
        del tick
        return True

    async def keeps(self, tick: Tick) -> bool:
        del tick
        return True

    async def newest(self, job: str) -> float | None:
        del job
        return None

    async def recovered(self) -> None:
        pass

    def keep(self, kept: Kept, lines: Sequence[str], most: int) -> None:
        pass

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass
