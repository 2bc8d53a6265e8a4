"""The seam between replicas: envelopes to all of them, and ticks that one of them takes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

CLAIMS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Envelope:
    """A frame for clients of an endpoint: all of them, or those of a room, of an id, or of both.

    `payload` is JSON text, or bytes for a binary frame.
    """

    path: str
    payload: str | bytes
    room_id: str | None = None
    client_id: str | None = None


class Bus(Protocol):
    """What replicas share. Nothing above may know whether there is more than one.

    `anchored` says that interval schedules tick at multiples of their interval since the epoch, so
    that replicas started at different times mean the same ticks.
    """

    @property
    def anchored(self) -> bool: ...

    def subscribe(self, deliver: Callable[[Envelope], None]) -> None:
        """Call `deliver` on the event loop for every envelope from now on, one's own included."""
        ...

    def publish(self, envelope: Envelope) -> None:
        """Hand an envelope over, in order and without waiting."""
        ...

    async def claim(self, tick: str) -> bool:
        """Take a tick; true for the first who asks, on whatever replica."""
        ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class MemoryBus:
    """A bus within one process."""

    def __init__(self, *, anchored: bool = False) -> None:
        self.anchored = anchored
        self._subscribers: list[Callable[[Envelope], None]] = []
        self._claims: OrderedDict[str, None] = OrderedDict()

    def subscribe(self, deliver: Callable[[Envelope], None]) -> None:
        self._subscribers.append(deliver)

    def publish(self, envelope: Envelope) -> None:
        for deliver in self._subscribers:
            deliver(envelope)

    async def claim(self, tick: str) -> bool:
        if tick in self._claims:
            return False
        self._claims[tick] = None
        if len(self._claims) > CLAIMS_KEPT:
            self._claims.popitem(last=False)
        return True

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass
