"""What each endpoint has done since it is served: the numbers beside it in the panel.

Shipped to the kernel's interpreter with the worker.
"""

from __future__ import annotations

from typing import Any

from ..runtime.engine import Engine
from ..runtime.parts import Activity
from ..runtime.spec import Endpoint
from .call_log import CallLog, Count


class Stats:
    """The stats of the endpoints that are served at the moment; any thread may ask."""

    def __init__(self, engine: Engine, call_log: CallLog) -> None:
        self._engine = engine
        self._call_log = call_log

    def now(self) -> list[dict[str, Any]]:
        """Give them, each in the protocol's shape."""
        endpoints = self._engine.app.endpoints if self._engine.app else ()
        activities = self._engine.activities(endpoints)
        return [self._of(*each) for each in zip(endpoints, activities, strict=True)]

    def _of(self, endpoint: Endpoint, now: Activity) -> dict[str, Any]:
        count = self._call_log.counts.get(endpoint.counted) or Count()
        # What a socket prints, and how it fails, is of no direction.
        own = self._call_log.counts.get(endpoint.key) or Count()
        p50_ms, p95_ms, p99_ms = count.percentiles_ms()
        return {
            "key": endpoint.key,
            "calls": count.calls,
            "errors": own.errors,
            "latencies_ms": count.latencies_ms,
            "p50_ms": p50_ms,
            "p95_ms": p95_ms,
            "p99_ms": p99_ms,
            "clients": now.clients or 0,
            "rooms": now.rooms,
            "last_run": count.last_run,
            "next": now.due.isoformat() if now.due and not now.is_paused else "",
            "last_status": count.last_status,
            "last_output": own.last_output,
            "is_paused": now.is_paused,
            "newest": now.newest,
            "rate": now.rate,
        }
