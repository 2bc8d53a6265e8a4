"""What happened lately, in bounded rings: HTTP calls, socket messages, schedule runs, latency.

Times are seconds since the epoch. Recording is cheap and safe from any thread; reading copies.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

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


@dataclass(frozen=True, slots=True)
class Latency:
    """How long an endpoint took of late; `calls` counts all calls since the start."""

    calls: int
    p50_s: float
    p99_s: float
    slowest_s: float


class Journal:
    """The rings of one engine; each holds the newest `capacity` entries."""

    def __init__(
        self, *, capacity: int = 1_000, window: int = 200, clock: Callable[[], float] = time.time
    ) -> None:
        self.clock = clock
        self._window = window
        # Plain tuples: making a dataclass would cost more than all the rest of recording a call.
        self._calls: deque[tuple[str, int, float, float]] = deque(maxlen=capacity)
        self._messages: deque[tuple[float, str, Direction, str, str, int, int]]
        self._messages = deque(maxlen=capacity)
        self._runs: deque[Run] = deque(maxlen=capacity)
        self._durations: dict[str, deque[float]] = {}
        self._counts: Counter[str] = Counter()

    def call(self, endpoint: str, *, status: int, started: float, duration_s: float) -> None:
        self._calls.append((endpoint, status, started, duration_s))
        self._counts[endpoint] += 1
        try:
            self._durations[endpoint].append(duration_s)
        except KeyError:
            self._durations[endpoint] = deque((duration_s,), maxlen=self._window)

    def message(  # noqa: PLR0913 - one of a row's columns each
        self,
        endpoint: str,
        direction: Direction,
        *,
        client: str,
        room: str,
        recipients: int,
        size: int,
    ) -> None:
        self._messages.append(
            (self.clock(), endpoint, direction, client, room, recipients, size),
        )

    def run(self, run: Run) -> None:
        self._runs.append(run)

    @property
    def calls(self) -> tuple[Call, ...]:
        return tuple(Call(*each) for each in self._calls.copy())

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(Message(*each) for each in self._messages.copy())

    @property
    def runs(self) -> tuple[Run, ...]:
        return tuple(self._runs.copy())

    def latency(self) -> dict[str, Latency]:
        """Sum up how long each endpoint took lately."""
        return {
            endpoint: _latency(self._counts[endpoint], sorted(durations.copy()))
            for endpoint, durations in self._durations.copy().items()
        }

    def keep(self, endpoints: Sequence[str]) -> None:
        """Forget the latency of endpoints that are served no more."""
        for endpoint in self._durations.keys() - set(endpoints):
            del self._durations[endpoint], self._counts[endpoint]


def _latency(calls: int, durations: Sequence[float]) -> Latency:
    last = len(durations) - 1
    return Latency(calls, durations[last // 2], durations[last * 99 // 100], durations[last])
