"""What has happened, in its order: to be read from any point, while more may come."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from neutrino_lab.kernels.changes import Changes


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that has happened. `number` counts from 1 within its log."""

    number: int
    kind: str
    data: dict[str, Any]


class EventLog:
    """Events under an id. It is over when it was finished, or has failed with an exception."""

    def __init__(self) -> None:
        self.id = uuid4().hex
        self.events: list[Event] = []
        self.failure: Exception | None = None
        self.readers = 0
        self._is_finished = False
        self.changed = Changes()

    @property
    def is_over(self) -> bool:
        """Whether no event will follow: it has finished or failed."""
        return self._is_finished or self.failure is not None

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        """Append an event, numbered from 1, and wake those who read."""
        self.events.append(Event(len(self.events) + 1, kind, data))
        self.changed.note()

    def end(self) -> None:
        """Finish it: no event comes after the last one."""
        self._is_finished = True
        self.changed.note()

    def fail(self, error: Exception) -> None:
        """End it with what went wrong, which readers get after the events."""
        self.failure = error
        self.changed.note()

    async def over(self) -> None:
        """Wait for its end. Raises what it failed with."""
        while not self.is_over:
            await self.changed.after(self.changed.revision)
        if self.failure is not None:
            raise self.failure

    async def read(self, after: int = 0) -> AsyncGenerator[Event, None]:
        """Give all events after a number, and those to come. Raises what it failed with."""
        self.readers += 1
        try:
            while True:
                seen = self.changed.revision
                while after < len(self.events):
                    event = self.events[after]
                    after += 1
                    yield event
                if self.failure is not None:
                    raise self.failure
                if self._is_finished:
                    return
                await self.changed.after(seen)
        finally:
            self.readers -= 1
