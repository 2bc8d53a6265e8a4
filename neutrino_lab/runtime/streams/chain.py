"""A flow among the flows that it follows and those that follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .emission import Emission

if TYPE_CHECKING:
    from .flow import Flow


class Chain:
    """The neighbours of one flow. They change on the event loop; any thread may look."""

    def __init__(self) -> None:
        self._before: list[Flow] = []
        self._after: dict[Flow, int] = {}

    def follow(self, me: Flow, other: Flow, origin: int) -> None:
        """Take what another flow gives, as the source of that number."""
        other.chain._after[me] = origin
        self._before.append(other)

    def leave(self, me: Flow) -> list[Flow]:
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
