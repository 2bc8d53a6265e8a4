"""The demo feed: simulated prices of any symbol, as the stocks demo of SwimOS serves them."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable

from ..prices import Walk
from ..recon.json_types import record
from ..recon.writer import write
from .server import Lane, Server

STOCK = re.compile(r"/stock/([^/]+)")
SYMBOLS = "/symbols"


class Feed:
    """`/stock/{symbol}#status` for any symbol, set also by commands to `#set`; `/symbols#stocks`.

    The prices of a symbol move for as long as somebody follows it.
    """

    def __init__(
        self,
        *,
        every_s: float = 0.5,
        seed: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.server = Server(self._find)
        self.server.nodes[SYMBOLS] = {"stocks": Lane(entries={})}
        self._every_s = every_s
        self._seed = seed
        self._clock = clock
        self._walks: dict[str, Walk] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 9001) -> int:
        """Listen, and give the port. Raises OSError."""
        port = await self.server.start(host, port)
        self._task = asyncio.ensure_future(self._move())
        return port

    async def stop(self) -> None:
        """Stop moving prices, and the server with its connections."""
        if self._task is not None:
            self._task.cancel()
        await self.server.stop()

    def tick(self) -> None:
        """Move the price of each symbol that a client follows by one step."""
        for node, walk in tuple(self._walks.items()):
            lane = self.server.nodes[node]["status"]
            if lane.links:
                self._tell(node, write(record(walk.next(self._clock()))))

    async def _move(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            self.tick()

    def _find(self, node: str) -> dict[str, Lane] | None:
        found = STOCK.fullmatch(node)
        if found is None:
            return None
        self._walks[node] = Walk(found[1], self._seed)
        first = write(record(self._walks[node].next(self._clock())))
        self.server.update(SYMBOLS, "stocks", found[1], first)
        return {
            "status": Lane(value=first),
            "set": Lane(on_command=lambda body: self._tell(node, body)),
        }

    def _tell(self, node: str, body: str) -> None:
        self.server.set(node, "status", body)
        self.server.update(SYMBOLS, "stocks", STOCK.sub(r"\1", node), body)
