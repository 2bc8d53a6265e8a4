"""What lives on while versions of an app come and go: bus, hub, schedules, journal."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from . import forks, uvicorn_server, worker_count
from .bus import choice
from .bus.contract import Bus, Identity
from .bus.memory import MemoryBus
from .errors import BusError
from .garbage import FrozenHeap
from .kinds import KINDS, Kind
from .observe.history import History
from .observe.journal import Journal, Journals
from .observe.metrics import Metrics
from .observe.output import Output
from .parts import Activity, AnyPart, MakePart, Shared
from .settings import METRICS, Settings
from .shutdown import Shutdown
from .spec import App, Endpoint, Schedule
from .tools.served import Mcp
from .uvicorn_server import SlowHeads

# How long answers, generators and runs under way may take to end.
CLOSE_S = 0.5


class Engine:
    """One for each process that serves. It may start again after it was stopped.

    `parts` are by the name of their kind; those given take the place of a kind's own.
    """

    def __init__(
        self,
        bus: Bus,
        *,
        journal: Journal | None = None,
        parts: Mapping[str, MakePart] | None = None,
        mcp: Mcp | None = None,
        history: History | None = None,
    ) -> None:
        self.bus = bus
        self._history = history
        self.mcp = mcp
        self.metrics = Metrics() if METRICS.text(os.environ) == "1" else None
        journals = [each for each in (journal, history, self.metrics) if each is not None]
        self.journal: Journal = journals[0] if len(journals) == 1 else Journals(*journals)
        self.output = Output()
        self.app: App | None = None
        shared = Shared(bus, self.journal, self.output)
        given = parts or {}
        self.parts: Mapping[str, AnyPart] = {
            kind.spec.kind: given.get(kind.spec.kind, _part(kind))(shared) for kind in KINDS
        }
        bus.count(self._counts)
        self._shutdown: Shutdown | None = None
        self._slow_heads: SlowHeads | None = None
        self.heap = FrozenHeap()

    @classmethod
    def in_memory(cls) -> Engine:
        """Make an engine that knows of no other replicas."""
        return cls(MemoryBus())

    @classmethod
    def of(
        cls,
        settings: Settings,
        app: App,
        *,
        journal: Journal | None = None,
        is_beside_notebook: bool = False,
    ) -> Engine:
        """Make the engine of a service on the bus that the settings name. Raises BusError where
        that answers and will not do."""
        workers = worker_count.asked_for(os.environ, sys.argv)
        if workers > 1 and settings.bus == choice.MEMORY:
            raise BusError(
                f"{workers} workers would share nothing: each would run every schedule, and know "
                "its own WebSocket clients alone; name a Redis, or start one worker"
            )
        mcp = Mcp(app.title) if settings.mcp else None
        schedules = (f"{each.label}|{each.timing}" for each in app.of(Schedule))
        identity = Identity(app.title, tuple(sorted(schedules)))
        bus = choice.connect(settings.bus, settings.service or app.title, identity)
        folder = Path(settings.state_folder)
        kept = History(bus, folder, settings.history, is_beside_notebook=is_beside_notebook)
        history = kept if settings.history else None
        return cls(bus, journal=journal, mcp=mcp, history=history)

    def adopt(self, app: App, built: Mapping[str, Sequence[Any]]) -> None:
        """Make one version of an app current, with what its parts built, on the event loop if the
        engine is running."""
        for name, part in self.parts.items():
            part.adopt(built.get(name, ()))
        self.app = app
        self.heap.edited()

    def activities(self, endpoints: Sequence[Endpoint]) -> list[Activity]:
        """Tell what endpoints are doing now, in their order; any thread may ask."""
        found: dict[int, Activity] = {}
        for name, part in self.parts.items():
            listed = [each for each in endpoints if each.kind == name]
            found |= zip(map(id, listed), part.activities(listed), strict=True)
        return [found[id(each)] for each in endpoints]

    def act(self, key: str, action: str) -> bool:
        """Do what the author wants of a current endpoint; False where it cannot be done."""
        endpoints = self.app.endpoints if self.app else ()
        found = next((each for each in endpoints if each.key == key), None)
        return found is not None and self.parts[found.kind].act(found, action)

    def ask(self, key: str, question: str, details: Mapping[str, Any]) -> dict[str, Any] | None:
        """Answer the author about a current endpoint; None where it cannot be. Raises ValueError.

        Any thread but the event loop's may ask.
        """
        endpoints = self.app.endpoints if self.app else ()
        found = next((each for each in endpoints if each.key == key), None)
        return None if found is None else self.parts[found.kind].ask(found, question, details)

    def settle(self, limit_s: float) -> None:
        """Wait for the calls of plain functions that are under way, for `limit_s` seconds at most.
        Any thread but the event loop's may ask."""
        ends_s = time.monotonic() + limit_s
        for part in self.parts.values():
            part.settle(max(0.0, ends_s - time.monotonic()))

    def rest(self) -> None:
        """Let nothing run by itself from now on."""
        for part in self.parts.values():
            part.rest()

    async def start(self) -> None:
        """Start the bus and all parts, on the running loop."""
        self.output.install()
        await self.bus.start()
        if self.mcp is not None:
            await self.mcp.start()
        for part in self.parts.values():
            await part.start()
        server = uvicorn_server.running()
        uvicorn_server.distrust_proxies(server)
        if server is not None:
            forks.watched().server = server
            self.heap.start()
            self._slow_heads = SlowHeads(server)
            self._slow_heads.start()
        self._shutdown = Shutdown(self._close)
        self._shutdown.install()

    async def stop(self) -> None:
        """Close sockets with 1001, end generators and schedules."""
        self.heap.stop()
        await self._close()
        if self.mcp is not None:
            await self.mcp.stop()
        if self._history is not None:
            self._history.flush()
        await self.bus.stop()
        self.output.remove()
        if self._slow_heads is not None:
            self._slow_heads.stop()
            self._slow_heads = None
        if self._shutdown is not None:
            self._shutdown.remove()
            self._shutdown = None

    @asynccontextmanager
    async def lifespan(self, _api: Any = None) -> AsyncIterator[None]:
        """Run between a server's start and its end: a FastAPI app's `lifespan`."""
        await self.start()
        try:
            yield
        finally:
            await self.stop()

    def _counts(self) -> dict[str, float]:
        """What the other replicas add to what they have counted themselves."""
        found = self.metrics.samples() if self.metrics else {}
        for part in self.parts.values():
            found |= part.counts()
        return found

    async def _close(self) -> None:
        await asyncio.gather(*(part.close(CLOSE_S) for part in self.parts.values()))


def _part(kind: Kind) -> MakePart:
    module = import_module(f".{kind.folder}.part", __package__)
    return module.make  # type: ignore[no-any-return]
