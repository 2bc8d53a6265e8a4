"""What an engine is made of: for each kind of endpoint, the part that serves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from fastapi import FastAPI

from .bus.contract import Bus
from .functions import Functions
from .observe.journal import Journal
from .observe.output import Output
from .spec import Endpoint

E = TypeVar("E", bound=Endpoint)
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Shared:
    """What the parts of one engine have in common."""

    bus: Bus
    journal: Journal
    output: Output


@dataclass(frozen=True, slots=True)
class Activity:
    """What an endpoint is doing now: `clients` are those connected, None where it keeps none, in
    so many `rooms`; `due` is when it runs by itself the next time, unless it `is_paused`; `newest`
    is the newest value that it has given, of so many a second (`rate`)."""

    clients: int | None = None
    rooms: int = 0
    due: datetime | None = None
    is_paused: bool = False
    newest: str = ""
    rate: float = 0.0


class Part(Generic[E, B]):
    """Serves the endpoints of one kind in one process, while versions of an app come and go.

    `build` makes of each endpoint what `add_routes` and `adopt` then take. What a kind does not do
    is left as it is here.
    """

    def build(self, endpoints: Sequence[E], program: Functions) -> tuple[B, ...]:
        """Fit declarations and functions together, and change nothing. Raises EndpointError."""
        raise NotImplementedError

    def rebound(self, built: Sequence[B], program: Functions) -> tuple[B, ...] | None:
        """Make what `adopt` takes of what was built before, to call copies of the same functions by
        the same routes, and change nothing; None where it has to be built again."""
        del program
        return None if built else ()

    def add_routes(self, api: FastAPI, built: Sequence[B]) -> None:
        """Let the API of this version answer for them. Raises EndpointError."""

    def adopt(self, built: Sequence[B]) -> None:
        """Make them current, in place of all of the version before, on the event loop."""

    async def start(self) -> None:
        """Begin to serve; it may start again after it was closed."""

    async def close(self, timeout_s: float) -> None:
        """End what is under way, and cancel what has not ended in time."""

    def activities(self, endpoints: Sequence[E]) -> Sequence[Activity]:
        """Tell what current endpoints are doing, in their order; any thread may ask."""
        return [Activity()] * len(endpoints)

    def counts(self) -> dict[str, float]:
        """Tell the other replicas what they add to their own, by names that mean the same there."""
        return {}

    def act(self, endpoint: E, action: str) -> bool:
        """Do what the author wants of an endpoint; False where it cannot be done."""
        del endpoint, action
        return False

    def ask(self, endpoint: E, question: str, details: Mapping[str, Any]) -> dict[str, Any] | None:
        """Answer the author about an endpoint, or do what needs more words; None where it cannot
        be. Any thread but the event loop's may ask. Raises ValueError with what is wrong."""
        del endpoint, question, details
        return None

    def settle(self, limit_s: float) -> None:
        """Wait for the calls of plain functions that are under way, though no longer than this.

        Any thread but the event loop's may ask.
        """

    def rest(self) -> None:
        """Do nothing by itself from now on: a check must not act on the world."""


AnyPart: TypeAlias = Part[Any, Any]

MakePart: TypeAlias = Callable[[Shared], AnyPart]
"""Makes the part for one kind of endpoint, once for each engine."""
