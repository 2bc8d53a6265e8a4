"""A flow among the flows that it follows and those that follow it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .buffer import Buffer
from .contract import Entry
from .emission import Emission


class Member(Protocol):
    """A flow, as its neighbours see it."""

    @property
    def chain(self) -> Chain:
        """Its own neighbours."""
        ...

    @property
    def buffer(self) -> Buffer:
        """The values that wait for it."""
        ...

    @property
    def status(self) -> str:
        """What it is doing: `live`, `paused` and so on."""
        ...

    def receive(self, origin: int, entries: Sequence[Entry]) -> None:
        """Take in what the flow with this number gave."""
        ...

    def schedule(self) -> None:
        """Ask for a turn in a thread; any thread may ask."""
        ...


class Chain:
    """The neighbours of one flow. They change on the event loop; any thread may look."""

    def __init__(self) -> None:
        self._before: list[Member] = []
        self._after: dict[Member, int] = {}

    def follow(self, me: Member, other: Member, origin: int) -> None:
        """Take what another flow gives, as the source of that number."""
        other.chain._after[me] = origin
        self._before.append(other)

    def leave(self, me: Member) -> list[Member]:
        """Follow nobody any more; those that were followed wait for this one no longer."""
        before, self._before = self._before, []
        for other in before:
            other.chain._after.pop(me, None)
            other.schedule()
        return before

    def must_wait(self) -> bool:
        """A flow after this one takes nothing now, and loses nothing either."""
        return any(
            other.buffer.overflow == "block" and other.buffer.is_full and other.status == "live"
            for other in tuple(self._after)
        )

    def wake(self) -> None:
        """There is room again for what the flows before give."""
        for other in tuple(self._before):
            other.schedule()

    def give(self, emitted: Emission) -> None:
        """Hand what was emitted to the streams that read this one, each a copy of its own."""
        for other, origin in tuple(self._after.items()):
            other.receive(origin, emitted.copies())
