"""The seam between replicas: envelopes to all of them, and ticks that one of them takes.

What every bus promises, and a suite of tests asks of each:

- One service: what another service sends on the same wire is neither delivered nor counted. The
  name of the service is in every envelope and tick that leaves the process.
- Order: the envelopes of one replica arrive everywhere as they were published; those of different
  replicas in any order. A replica gets its own ones the same way. So the order in which a client
  sees things does not depend on where it is connected.
- At most once: no envelope is delivered twice, and one that cannot be delivered is lost. `publish`
  neither waits nor raises: nothing of the wire reaches the function whose result it carries.
- A tick is taken by one replica, the first that asks. Where nobody can say whose it is, `claim`
  raises BusError: the tick is then not run here, and the journal has it as missed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Envelope:
    """A frame for clients of an endpoint: all of them, or those of a room, of an id, or of both.

    `payload` is JSON text, or bytes for a binary frame. `connection` names one connection, of
    which `client_id` is the name; `closing` ends it with a code and a reason, and has no payload.
    """

    path: str
    payload: str | bytes
    room_id: str | None = None
    client_id: str | None = None
    connection: str = ""
    closing: tuple[int, str] | None = None


class Bus(Protocol):
    """What replicas share. Nothing above may know whether there is more than one.

    `anchored` says that interval schedules tick at multiples of their interval since the epoch, so
    that replicas started at different times mean the same ticks.
    """

    @property
    def service(self) -> str:
        """The name of the service, the same for all of its replicas and for no other."""
        ...

    @property
    def anchored(self) -> bool:
        """Whether interval schedules tick at multiples of their interval since the epoch."""
        ...

    def subscribe(self, deliver: Callable[[Envelope], None]) -> None:
        """Call `deliver` on the event loop for every envelope from now on, one's own included."""
        ...

    def publish(self, envelope: Envelope) -> None:
        """Hand an envelope over, in order and without waiting. Never raises."""
        ...

    async def claim(self, tick: str) -> bool:
        """Take a tick; true for the first who asks, on whatever replica. Raises BusError."""
        ...

    async def start(self) -> None:
        """Connect, on the running loop."""
        ...

    async def stop(self) -> None:
        """Disconnect; envelopes that are on their way may be lost."""
        ...
