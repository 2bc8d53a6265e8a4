"""WebSockets as a part of the engine: their connections stay open from version to version."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI

from ..functions import Functions
from ..parts import Activity, Part, Shared
from ..spec import WebSocket
from . import handlers, routes
from .clients import Limits
from .handlers import Handler
from .hub import Hub


class SocketPart(Part[WebSocket, Handler]):
    """Serves WebSockets: one hub for all versions of the app."""

    def __init__(self, shared: Shared, *, limits: Limits | None = None) -> None:
        self.hub = Hub(bus=shared.bus, journal=shared.journal, limits=limits)
        self._bus = shared.bus

    def build(self, endpoints: Sequence[WebSocket], program: Functions) -> tuple[Handler, ...]:
        return tuple(
            handlers.make(
                each,
                program.function(each),
                program.names(each.module),
                hub=self.hub,
                variables=program.variables,
            )
            for each in endpoints
        )

    def add_routes(self, api: FastAPI, built: Sequence[Handler]) -> None:
        routes.add(api, built)

    def adopt(self, built: Sequence[Handler]) -> None:
        """Open sockets go on with their path's new handler."""
        self.hub.adopt({handler.path: handler for handler in built})

    def settle(self, limit_s: float) -> None:
        self.hub.event_threads.settle(limit_s)

    async def start(self) -> None:
        self.hub.open()

    async def close(self, timeout_s: float) -> None:
        await self.hub.close(timeout_s)

    def activities(self, endpoints: Sequence[WebSocket]) -> Sequence[Activity]:
        return [self._activity(each.path) for each in endpoints]

    def counts(self) -> dict[str, float]:
        return {_count_name(path): len(self.hub.clients(path)) for path in self.hub.paths()}

    def _activity(self, path: str) -> Activity:
        """Count the clients of all replicas, and the rooms that some of this one are in."""
        here = self.hub.clients(path)
        there = sum(other.get(_count_name(path), 0) for other in self._bus.others())
        rooms = {client.room_id for client in here} - {None}
        return Activity(clients=len(here) + int(there), rooms=len(rooms))


def _count_name(path: str) -> str:
    return f"clients {path}"


make = SocketPart
