"""The service of one server: made when it is first needed, since opening JupyterLab needs none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from neutrino_lab.kernels.changes import Changes
from neutrino_lab.kernels.service import Service

KEY = "neutrino_lab_execution"


class Live:
    """Holds the service, makes it once, and ends it with the server."""

    def __init__(self, make: Callable[[], Awaitable[Service]]) -> None:
        self._make = make
        self._lock = asyncio.Lock()
        self._service: Service | None = None
        self._made = Changes()

    @property
    def is_made(self) -> bool:
        """Whether the service has been asked for."""
        return self._service is not None

    async def service(self) -> Service:
        """Give the service, made by the first call. Raises IsolationError."""
        async with self._lock:
            if self._service is None:
                self._service = await self._make()
                self._made.note()
            return self._service

    async def awaited(self) -> Service:
        """Wait until somebody else needs the service, and give it."""
        while self._service is None:
            await self._made.after(self._made.revision)
        return self._service

    async def close(self) -> None:
        """End the service with its sessions, if it was made."""
        async with self._lock:
            service, self._service = self._service, None
            if service is not None:
                await service.close()
