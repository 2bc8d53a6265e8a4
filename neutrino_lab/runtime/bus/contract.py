"""The seam between replicas: envelopes to all of them, and ticks that one of them takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


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
