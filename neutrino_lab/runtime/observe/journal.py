"""What happened lately, in bounded rings: HTTP calls, socket messages, schedule runs.

Times are seconds since the epoch. Recording is cheap; any thread may read, and gets copies.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from .metrics import Metrics

Direction: TypeAlias = Literal["in", "out"]
Outcome: TypeAlias = Literal["ok", "failed", "skipped", "missed"]


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request that was answered."""

    endpoint: str
    status: int
    started: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Message:
    """One frame that came in, or one result that went out to `recipients` clients.

    `size` counts characters of text or bytes of a binary frame. For what goes out, `client` and
    `room` are whom it was meant for, empty where there was no such limit.
    """

    at: float
    endpoint: str
    direction: Direction
    client: str
    room: str
    recipients: int
    size: int


@dataclass(frozen=True, slots=True)
class Run:
    """One tick of a schedule. `output` is what the run printed, `error` its traceback."""

    schedule: str
    due: float
    started: float
    duration_s: float
    outcome: Outcome
    output: str = ""
    error: str = ""


class Recipient(Protocol):
    """Whom a message went to."""

    @property
    def name(self) -> str: ...

    @property
    def path(self) -> str: ...


class Journal:
    """The rings of one engine; each holds the newest `capacity` entries."""

    def __init__(self, *, capacity: int = 1_000, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.metrics: Metrics | None = None
        # Plain tuples: making a dataclass would cost more than all the rest of recording a call.
        self._calls: deque[tuple[str, int, float, float]] = deque(maxlen=capacity)
        self._messages: deque[tuple[float, str, Direction, str, str, int, int]]
        self._messages = deque(maxlen=capacity)
        self._runs: deque[Run] = deque(maxlen=capacity)

    def call(
        self,
        endpoint: str,
        *,
        status: int,
        started: float,
        duration_s: float,
        error: BaseException | None = None,
    ) -> None:
        """Note an answered request: its start in seconds since the epoch, how long it took, and the
        exception that nobody had expected."""
        del error
        self._calls.append((endpoint, status, started, duration_s))
        if self.metrics is not None:
            self.metrics.call(endpoint, status, duration_s)

    def message(  # noqa: PLR0913 - one of a row's columns each
        self,
        endpoint: str,
        direction: Direction,
        *,
        client: str,
        room: str,
        recipients: Sequence[Recipient],
        size: int,
    ) -> None:
        self._messages.append(
            (self.clock(), endpoint, direction, client, room, len(recipients), size),
        )
        if self.metrics is not None:
            self.metrics.message(endpoint, direction)

    def joined(self, client: Recipient) -> None:
        """Note that a client is connected; called where its function is going to be."""

    def left(self, client: Recipient) -> None:
        """Note that a client is gone."""

    def crashed(self, endpoint: str, client: Recipient, error: BaseException) -> None:
        """Note that a client was closed because of an exception that nobody had expected."""
        del client, error
        if self.metrics is not None:
            self.metrics.crash(endpoint)

    def run(self, run: Run, error: BaseException | None = None) -> None:
        """Note a tick; `error` is what its function raised."""
        del error
        self._runs.append(run)
        if self.metrics is not None:
            self.metrics.run(run.schedule, run.outcome, run.started)

    @property
    def calls(self) -> tuple[Call, ...]:
        return tuple(Call(*each) for each in self._calls.copy())

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(Message(*each) for each in self._messages.copy())

    @property
    def runs(self) -> tuple[Run, ...]:
        return tuple(self._runs.copy())
