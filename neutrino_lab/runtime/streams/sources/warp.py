"""A lane of SwimOS as a source."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from ..contract import Entry, Overflow, Source
from ..warp.client import Client
from ..warp.links import Address
from .location import Location, path_of


class Warp(Source):
    """A lane's values: state, of which the newest counts. The option `kind` is that of the lane."""

    def __init__(self, location: Location, _name: str) -> None:
        scheme = location.scheme.replace("warp", "ws")
        kind: Any = location.options.get("kind", "value")
        self.overflow: Overflow = "drop-oldest" if kind == "event" else "conflate"
        self._address = Address(
            f"{scheme}://{location.host}", path_of(location), location.fragment, kind
        )
        self._client = Client()

    async def values(self, _position: Any) -> AsyncIterator[Sequence[Entry]]:
        link = self._client.open(self._address)
        try:
            while True:
                yield await link.take()
        finally:
            link.close()

    async def close(self) -> None:
        await self._client.close()


make = Warp
