"""What each endpoint has done since it is served: the numbers beside it in the panel.

Shipped to the kernel's interpreter with the worker.
"""

from __future__ import annotations

from typing import Any

from ..runtime.engine import Engine
from ..runtime.spec import App, Http, Schedule, WebSocket
from .call_log import CallLog, Count


class Figures:
    """The figures of the endpoints that are served at the moment; any thread may ask."""

    def __init__(self, engine: Engine, call_log: CallLog) -> None:
        self._engine = engine
        self._call_log = call_log
        self._app: App | None = None

    def follow(self, app: App) -> None:
        """Report the endpoints of this version from now on."""
        self._app = app

    def now(self) -> list[dict[str, Any]]:
        """Give the figures, each in the protocol's shape."""
        endpoints = self._app.endpoints if self._app else ()
        following = {
            each.schedule.label: each.due.isoformat() if each.due else ""
            for each in self._engine.jobs.upcoming()
        }
        return [self._figures(each, following) for each in endpoints]

    def _figures(
        self, endpoint: Http | WebSocket | Schedule, following: dict[str, str]
    ) -> dict[str, Any]:
        clients = rooms = 0
        upcoming = ""
        is_paused = False
        if isinstance(endpoint, Http):
            key = f"{endpoint.verb} {endpoint.path}"
            counted = key
        elif isinstance(endpoint, WebSocket):
            key = f"WS {endpoint.path}"
            # An event socket is called by what comes in, a stream calls itself.
            counted = f"{key} {'in' if endpoint.type == 'event' else 'out'}"
            connected = self._engine.hub.clients(endpoint.path)
            clients = len(connected)
            rooms = len({each.room_id for each in connected} - {None})
        else:
            key = counted = f"SCHEDULE {endpoint.label}"
            is_paused = self._engine.jobs.is_paused(endpoint.label)
            upcoming = "" if is_paused else following.get(endpoint.label, "")
        count = self._call_log.counts.get(counted) or Count()
        # What a socket prints, and how it fails, is of no direction.
        own = self._call_log.counts.get(key) or Count()
        p50_ms, p95_ms, p99_ms = count.percentiles_ms()
        return {
            "key": key,
            "calls": count.calls,
            "errors": own.errors,
            "latencies_ms": count.latencies_ms,
            "p50_ms": p50_ms,
            "p95_ms": p95_ms,
            "p99_ms": p99_ms,
            "clients": clients,
            "rooms": rooms,
            "last_run": count.last_run,
            "next": upcoming,
            "last_status": count.last_status,
            "last_output": own.last_output,
            "is_paused": is_paused,
        }
