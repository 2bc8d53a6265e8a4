"""What each endpoint has done since it is served: the numbers beside it in the panel.

Shipped to the kernel's interpreter with the worker.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from ..runtime.engine import Engine
from ..runtime.journal import Direction, Journal, Run
from ..runtime.spec import App, Http, Schedule, WebSocket

LATENCIES = 20


class _Count:
    """The running figures of one endpoint; a latency below zero is that of a failure."""

    __slots__ = ("calls", "errors", "last_run", "latencies_ms")

    def __init__(self) -> None:
        self.calls = 0
        self.errors = 0
        self.last_run = ""
        self.latencies_ms: deque[float] = deque(maxlen=LATENCIES)

    def add(self, duration_s: float, *, failed: bool) -> None:
        took_ms = max(round(duration_s * 1000, 2), 0.01)
        self.calls += 1
        self.errors += failed
        self.latencies_ms.append(-took_ms if failed else took_ms)


class Tally(Journal):
    """A journal that also counts. What fell out of its rings is still in the counts."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: dict[str, _Count] = {}

    def call(self, endpoint: str, *, status: int, started: float, duration_s: float) -> None:
        super().call(endpoint, status=status, started=started, duration_s=duration_s)
        self._of(endpoint).add(duration_s, failed=status >= 500)

    def message(  # noqa: PLR0913 - as the journal has it
        self,
        endpoint: str,
        direction: Direction,
        *,
        client: str,
        room: str,
        recipients: int,
        size: int,
    ) -> None:
        super().message(
            endpoint, direction, client=client, room=room, recipients=recipients, size=size
        )
        self._of(f"WS {endpoint} {direction}").calls += 1

    def run(self, run: Run) -> None:
        super().run(run)
        count = self._of(f"SCHEDULE {run.schedule}")
        count.last_run = run.outcome
        if run.outcome in {"ok", "failed"}:
            count.add(run.duration_s, failed=run.outcome == "failed")

    def _of(self, key: str) -> _Count:
        try:
            return self.counts[key]
        except KeyError:
            return self.counts.setdefault(key, _Count())


class Figures:
    """The figures of the endpoints that are served at the moment; any thread may ask."""

    def __init__(self, engine: Engine, tally: Tally) -> None:
        self._engine = engine
        self._tally = tally
        self._app: App | None = None

    def follow(self, app: App) -> None:
        """Report the endpoints of this version from now on."""
        self._app = app

    def now(self) -> list[dict[str, Any]]:
        """Give the figures, each in the protocol's shape."""
        endpoints = self._app.endpoints if self._app else ()
        following = {
            _label(each.schedule): each.due.isoformat() if each.due else ""
            for each in self._engine.jobs.upcoming()
        }
        return [self._figures(each, following) for each in endpoints]

    def _figures(
        self, endpoint: Http | WebSocket | Schedule, following: dict[str, str]
    ) -> dict[str, Any]:
        clients = rooms = 0
        upcoming = ""
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
            key = counted = f"SCHEDULE {_label(endpoint)}"
            upcoming = following.get(_label(endpoint), "")
        count = self._tally.counts.get(counted) or _Count()
        return {
            "key": key,
            "calls": count.calls,
            "errors": count.errors,
            "latencies_ms": list(count.latencies_ms.copy()),
            "clients": clients,
            "rooms": rooms,
            "last_run": count.last_run,
            "next": upcoming,
        }


def _label(schedule: Schedule) -> str:
    return schedule.function if schedule.name else f"{schedule.module}, cell {schedule.cell}"
