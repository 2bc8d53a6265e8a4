"""The seam between replicas: envelopes to all of them, and ticks that one of them runs.

What every bus promises, and a suite of tests asks of each:

- One service: what another service sends on the same wire is neither delivered nor counted. The
  name of the service is in every envelope and tick that leaves the process.
- Order: the envelopes of one replica arrive everywhere as they were published; those of different
  replicas in any order. A replica gets its own ones the same way. So the order in which a client
  sees things does not depend on where it is connected.
- At most once: no envelope is delivered twice, and one that cannot be delivered is lost. `publish`
  neither waits nor raises: nothing of the wire reaches the function whose result it carries.
- While the wire is down (`trouble` says why) a replica goes on hearing itself.
- A tick that several replicas offer is enqueued once and given to one of them. It stays that
  replica's until it is `done`. If the replica dies first, another one is given it again: a tick
  runs at least once, and is then `done`; or at most once, where it is taken off before (`take`).
- A replica that counted as dead, and was stopped or cut off, is told that its ticks are another's
  (`keeps`), and does not run them.
- Of one job there is one run at a time: `begin` tells.
- Where nobody can say whose a tick is, `offer` and `begin` raise BusError, and `recovered` waits
  until it can be asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias

Counts: TypeAlias = Mapping[str, float]
"""What one replica counts, by names that mean the same on all of them."""

Kept: TypeAlias = Literal["runs", "calls"]
"""Of what a bus keeps lines: of runs of schedules, and apart from them of calls."""


# Tuples, for each frame and each firing makes one: a frozen dataclass costs three times as much.
class Envelope(NamedTuple):
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


class Tick(NamedTuple):
    """A nominal time of a schedule, in seconds since the epoch, that is this replica's to run.

    `starts` counts the replicas that were given it: above 1, those before have died with it.
    """

    job: str
    due: float
    starts: int = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one app from another that uses the same service name by mistake: its title and
    its schedules, each with its timing."""

    title: str = ""
    schedules: tuple[str, ...] = ()


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

    @property
    def trouble(self) -> str:
        """Why the other replicas cannot be reached now; empty where they can."""
        ...

    @property
    def paused(self) -> frozenset[str]:
        """The jobs that rest on all replicas."""
        ...

    def subscribe(self, deliver: Callable[[Envelope], None]) -> None:
        """Call `deliver` on the event loop for every envelope from now on, one's own included."""
        ...

    def publish(self, envelope: Envelope) -> None:
        """Hand an envelope over, in order and without waiting. Never raises."""
        ...

    def watch(self, jobs: Mapping[str, str], again: Callable[[Tick], None]) -> None:
        """Make these the jobs of this replica, each with its timing. `again` is called on the event
        loop with ticks that a replica which died has left."""
        ...

    def pause(self, job: str, *, is_paused: bool) -> None:
        """Let a job rest on all replicas, or go on. Never raises."""
        ...

    def count(self, counts: Callable[[], Counts]) -> None:
        """Tell the others what this replica counts, a while after it changes."""
        ...

    def others(self) -> Sequence[Counts]:
        """What each of the other replicas has counted, as far as it is known here."""
        ...

    def give(self, job: str, dues: Sequence[float]) -> list[Tick] | None:
        """Do as `offer`, where nobody else has to be asked; None where it must be awaited. What is
        given in this way is run without `begin`, `keeps` and `take`, and it need not be told that
        it has ended or is `done`."""
        ...

    async def offer(self, job: str, dues: Sequence[float]) -> list[Tick]:
        """Enqueue the times of a job, ascending, and give those that are to be run here. Raises
        BusError; nothing is lost then, and all of them may be offered again."""
        ...

    async def begin(self, job: str) -> bool:
        """Begin a run; False where one is under way on another replica. Raises BusError."""
        ...

    def end(self, job: str) -> None:
        """Tell that the run has ended; later, where nobody can be told now. Never raises."""
        ...

    def done(self, tick: Tick) -> None:
        """Take a tick off that has run; later, where nobody can be told now. Never raises."""
        ...

    async def take(self, tick: Tick) -> bool:
        """Take a tick off that is about to run; False where another replica has done so, and it
        must not run here. Raises BusError."""
        ...

    async def keeps(self, tick: Tick) -> bool:
        """Whether a tick that was given to this replica is still to be run here; False where
        another one was given it, as nothing was heard of this one for too long. Raises BusError."""
        ...

    async def newest(self, job: str) -> float | None:
        """The newest time of a job that any replica has enqueued, with the timing that it has here;
        None where there is none. Raises BusError."""
        ...

    async def recovered(self) -> None:
        """Wait until there is no `trouble`."""
        ...

    @property
    def keeps_history(self) -> bool:
        """Whether it outlives this process, so that lines of history can be kept on it."""
        ...

    def keep(self, kept: Kept, lines: Sequence[str], most: int) -> None:
        """Keep lines of the service's history, of which the newest `most` stay; only where it
        `keeps_history`. Never raises."""
        ...

    async def start(self) -> None:
        """Connect, on the running loop. What cannot be reached is `trouble`, and tried again."""
        ...

    async def stop(self) -> None:
        """Disconnect; envelopes that are on their way may be lost."""
        ...
