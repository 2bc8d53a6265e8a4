"""One lane that a client follows: what has come from it and was not taken yet, within bounds."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ..contract import SHOWN, Entry, Fault, Gap, SourceError
from ..recon.json_types import plain
from ..recon.reader import read
from ..recon.values import ReconError
from . import envelopes

Kind: TypeAlias = Literal["value", "map", "event"]

CAPACITY = 1_000

LANE_NOT_FOUND = "@laneNotFound"
NODE_NOT_FOUND = "@nodeNotFound"


@dataclass(frozen=True, slots=True)
class Address:
    """A lane of a host, whose URI begins with `ws` or `wss`."""

    host: str
    node: str
    lane: str
    kind: Kind = "value"

    def __str__(self) -> str:
        return f"{self.node}#{self.lane} of {self.host}"


class Link:
    """Follows one lane. Of a value lane the newest value is kept where more come than are taken, of
    a map lane the newest of each key; of events, the oldest are dropped and a gap says so."""

    def __init__(
        self, address: Address, clock: Callable[[], float], on_close: Callable[[Link], None]
    ) -> None:
        self.address = address
        self.is_linked = False
        self.error: SourceError | None = None
        self._clock = clock
        self._on_close = on_close
        self._entries: deque[Entry] = deque()
        self._changed = asyncio.Event()
        self._is_lost = False
        self._is_closed = False

    async def take(self) -> list[Entry]:
        """Wait for what comes and take all of it. Raises SourceError where the link has failed."""
        while not self._entries:
            if self.error is not None:
                raise self.error
            if self._is_closed:
                raise SourceError(f"the link to {self.address} is closed")
            await self._changed.wait()
            self._changed.clear()
        taken = list(self._entries)
        self._entries.clear()
        return taken

    def close(self) -> None:
        """Follow the lane no longer; those who wait are told."""
        if not self._is_closed:
            self._is_closed = True
            self._changed.set()
            self._on_close(self)

    @property
    def request(self) -> str:
        """The frame that asks for the lane: a `link` for events alone, else a `sync`."""
        tag = "link" if self.address.kind == "event" else "sync"
        return str(envelopes.Envelope(tag, self.address.node, self.address.lane))

    def linked(self) -> None:
        """The server has linked the lane, for the first time or after a loss."""
        self.is_linked = True
        if self._is_lost and self.address.kind == "map":
            # What was removed meanwhile is not told; what is still there comes again.
            self._add(({"op": "clear"}, self._clock(), None))
        self._is_lost = False

    def receive(self, body: str) -> None:
        """Take in the body of an event, in Recon; what cannot be read is noted as a fault."""
        self.is_linked = True
        try:
            content = envelopes.change(body) if self.address.kind == "map" else None
            value = plain(read(body)) if content is None else content
        except ReconError as error:
            self.fault(str(error), body)
            return
        self._add((value, self._clock(), None))

    def lose(self, reason: str) -> None:
        """Mark that values may be missing from here on."""
        self.is_linked = False
        if not self._is_lost:
            self._is_lost = True
            self._add(Gap(reason))

    def fault(self, reason: str, frame: str) -> None:
        """Note a frame that could not be read, of which the beginning is kept."""
        self._add(Fault(f"{self.address} sent what is no Recon: {reason}", frame[:SHOWN]))

    def fail(self, reason: str) -> None:
        """End the link; the others of its host go on."""
        self.error = SourceError(reason)
        self._changed.set()

    def _add(self, entry: Entry) -> None:
        if len(self._entries) >= CAPACITY:
            self._make_room(entry)
        self._entries.append(entry)
        self._changed.set()

    def _make_room(self, entry: Entry) -> None:
        entries = self._entries
        if self.address.kind == "event" or not isinstance(entry, tuple):
            entries.popleft()
            entries[0] = Gap("values came faster than they were taken")
            return
        key = _key(entry)
        for place in range(len(entries) - 1, -1, -1):
            old = entries[place]
            if isinstance(old, tuple) and _key(old) == key:
                del entries[place]
                return
        entries.popleft()


def _key(entry: tuple[Any, float, Any]) -> Any:
    value = entry[0]
    if isinstance(value, dict) and value.get("op") == "update":
        return str(value.get("key"))
    return None
