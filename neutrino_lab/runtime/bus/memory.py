"""A bus within one process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from .contract import Envelope

CLAIMS_KEPT = 10_000


class MemoryBus:
    """Reaches nobody outside of this process."""

    def __init__(self, service: str = "", *, anchored: bool = False) -> None:
        self.service = service
        self.anchored = anchored
        self._subscribers: list[Callable[[Envelope], None]] = []
        self._claims: OrderedDict[str, None] = OrderedDict()

    def subscribe(self, deliver: Callable[[Envelope], None]) -> None:
        self._subscribers.append(deliver)

    def publish(self, envelope: Envelope) -> None:
        for deliver in self._subscribers:
            deliver(envelope)

    async def claim(self, tick: str) -> bool:
        if tick in self._claims:
            return False
        self._claims[tick] = None
        if len(self._claims) > CLAIMS_KEPT:
            self._claims.popitem(last=False)
        return True

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass
