"""What lives on while versions of an app come and go: bus, hub, schedules, journal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from .bus.contract import Bus
from .bus.memory import MemoryBus
from .observe.journal import Journal
from .observe.metrics import Metrics
from .observe.output import Output
from .schedules.jobs import GRACE_S, Job, Jobs
from .settings import METRICS
from .shutdown import Shutdown
from .sockets.clients import Limits
from .sockets.handlers import Handler
from .sockets.hub import Hub

# How long answers, generators and runs under way may take to end.
CLOSE_S = 0.5


class Engine:
    """One for each process that serves. It may start again after it was stopped."""

    def __init__(
        self,
        bus: Bus,
        *,
        journal: Journal | None = None,
        limits: Limits | None = None,
        grace_s: float = GRACE_S,
    ) -> None:
        self.bus = bus
        self.journal = journal or Journal()
        self.hub = Hub(bus=bus, journal=self.journal, limits=limits)
        self.output = Output()
        self.jobs = Jobs(bus=bus, journal=self.journal, output=self.output, grace_s=grace_s)
        if METRICS.text(os.environ) == "1":
            self.journal.metrics = Metrics()
        self._shutdown: Shutdown | None = None

    @classmethod
    def in_memory(cls) -> Engine:
        """Make an engine that knows of no other replicas."""
        return cls(MemoryBus())

    def adopt(self, handlers: Iterable[Handler], jobs: Iterable[Job]) -> None:
        """Make one version of an app current, on the event loop if the engine is running.

        Open sockets go on with their path's new handler, unchanged schedules with their next run.
        """
        self.hub.adopt({handler.path: handler for handler in handlers})
        self.jobs.adopt(jobs)

    async def start(self) -> None:
        self.hub.open()
        self.output.install()
        await self.bus.start()
        await self.jobs.start()
        self._shutdown = Shutdown(self._close)
        self._shutdown.install()

    async def stop(self) -> None:
        """Close sockets with 1001, end generators and schedules."""
        await self._close()
        await self.bus.stop()
        self.output.remove()
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

    async def _close(self) -> None:
        await asyncio.gather(self.hub.close(CLOSE_S), self.jobs.stop(CLOSE_S))
