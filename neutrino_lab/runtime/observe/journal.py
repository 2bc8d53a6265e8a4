"""Who is told what happens: HTTP calls, socket messages, schedule runs.

Times are seconds since the epoch. Keys are those of `spec.Endpoint`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias

Direction: TypeAlias = Literal["in", "out"]
Outcome: TypeAlias = Literal["ok", "failed", "skipped", "missed"]


class Recipient(Protocol):
    """A client of a WebSocket."""

    @property
    def name(self) -> str:
        """What the client is called by, in its endpoint."""

    @property
    def key(self) -> str:
        """The key of the endpoint that it is connected to."""
        ...


# Tuples: making a dataclass would cost more than all the rest of noting a call.
class Call(NamedTuple):
    """One request that was answered: `started` is in seconds since the epoch."""

    key: str
    status: int
    started: float
    duration_s: float


class SocketMessage(NamedTuple):
    """One frame that came in, or one result that went out to `recipients`.

    `size` counts characters of text or bytes of a binary frame. For what goes out, `client` and
    `room` are whom it was meant for, empty where there was no such limit.
    """

    key: str
    direction: Direction
    client: str
    room: str
    recipients: Sequence[Recipient]
    size: int


@dataclass(slots=True)  # making a frozen one costs as much as noting it
class Run:
    """One tick of a schedule. `output` is what the run printed, `error` its traceback."""

    key: str
    due: float
    started: float
    duration_s: float
    outcome: Outcome
    output: str = ""
    error: str = ""


class Journal(Protocol):
    """Is told on the event loop, and must return at once. Exceptions are those that nobody had
    expected."""

    def call(self, call: Call, error: BaseException | None = None) -> None:
        """Note an answer, and what its function raised."""
        ...

    def message(self, message: SocketMessage) -> None:
        """Note a frame, before a function reads it or after it was queued for its recipients."""
        ...

    def joined(self, client: Recipient) -> None:
        """Note that a client is connected; called in the context that its function runs in."""
        ...

    def left(self, client: Recipient) -> None:
        """Note that a client is gone, whichever side has closed."""
        ...

    def crashed(self, client: Recipient, error: BaseException) -> None:
        """Note that a client was closed because of an exception."""
        ...

    def run(self, run: Run, error: BaseException | None = None) -> None:
        """Note a tick, and what its function raised."""
        ...


class Journals:
    """Several journals as one, or none."""

    def __init__(self, *journals: Journal) -> None:
        self._journals = journals

    def call(self, call: Call, error: BaseException | None = None) -> None:
        for each in self._journals:
            each.call(call, error)

    def message(self, message: SocketMessage) -> None:
        for each in self._journals:
            each.message(message)

    def joined(self, client: Recipient) -> None:
        for each in self._journals:
            each.joined(client)

    def left(self, client: Recipient) -> None:
        for each in self._journals:
            each.left(client)

    def crashed(self, client: Recipient, error: BaseException) -> None:
        for each in self._journals:
            each.crashed(client, error)

    def run(self, run: Run, error: BaseException | None = None) -> None:
        for each in self._journals:
            each.run(run, error)
