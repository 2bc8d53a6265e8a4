"""What the layers below know, in the types of the protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TypeAlias

from neutrino_lab.declare import diagnostics
from neutrino_lab.lab import protocol
from neutrino_lab.notebook import model
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.runtime import cron
from neutrino_lab.runtime.errors import EndpointError
from neutrino_lab.runtime.spec import App, Http, Schedule, WebSocket
from neutrino_lab.serve.status import Status

Clock: TypeAlias = Callable[[], datetime]
UPCOMING = 3


def clock() -> datetime:
    return datetime.now(cron.UTC)


def served(  # noqa: PLR0913 - what is known of a notebook
    status: Status,
    *,
    id_: str,
    path: str,
    url: str,
    timezone: str = "",
    now: Clock = clock,
) -> protocol.Served:
    """Describe a served notebook; its endpoints are those that answer."""
    shown = status.serving or status.newest
    running = None
    if status.cell:
        running = protocol.RunningCell(cell=status.cell, since=status.since)
    return protocol.Served(
        id=id_,
        path=path,
        state=status.state,
        url=url,
        reason=status.reason,
        command=status.command,
        running=running,
        endpoints=(
            endpoints(shown.app, shown.notebooks, timezone=timezone, now=now) if shown else []
        ),
        findings=findings(status.findings),
        version=status.version,
        restarts=status.restarts,
        started=status.started,
    )


def endpoints(
    app: App, notebooks: Sequence[Notebook], *, timezone: str = "", now: Clock = clock
) -> list[protocol.Endpoint]:
    """List what is declared, in the order of the cells; schedules that name no zone are told in
    `timezone`."""
    ids = {(n.module, cell.number): cell.id for n in notebooks for cell in n.cells}
    return [
        _endpoint(_zoned(each, timezone), ids.get((each.module, each.cell), ""), now)
        for each in app.endpoints
    ]


def key(endpoint: Http | WebSocket | Schedule) -> str:
    """Name an endpoint as the figures do."""
    if isinstance(endpoint, Http):
        return f"{endpoint.verb} {endpoint.path}"
    if isinstance(endpoint, WebSocket):
        return f"WS {endpoint.path}"
    return f"SCHEDULE {endpoint.function}" if endpoint.name else f"SCHEDULE {_body(endpoint)}"


def findings(found: Iterable[diagnostics.Diagnostic]) -> list[protocol.Finding]:
    return [
        protocol.Finding(
            code=each.code,
            severity=each.severity,
            message=each.message,
            hint=each.hint,
            cell=each.cell,
            cell_id=each.cell_id,
            span=span(each.span) if each.span else None,
            fixes=[
                protocol.Fix(title=fix.title, span=span(fix.span), text=fix.text)
                for fix in each.fixes
            ],
        )
        for each in found
    ]


def span(place: model.Span) -> protocol.Span:
    return protocol.Span(
        line=place.line,
        column=place.column,
        end_line=place.end_line,
        end_column=place.end_column,
    )


def _endpoint(endpoint: Http | WebSocket | Schedule, cell_id: str, now: Clock) -> protocol.Endpoint:
    timing = timezone = path = ""
    upcoming: list[str] = []
    kind: str
    badge: str
    if isinstance(endpoint, Http):
        kind, badge, path = "http", endpoint.verb, endpoint.path
    elif isinstance(endpoint, WebSocket):
        kind, badge, path = "websocket", "WS", endpoint.path
    else:
        kind, badge = "schedule", "CRON" if endpoint.cron else "EVERY"
        timing = endpoint.cron or endpoint.interval
        timezone, upcoming = _upcoming(endpoint, now())
    return protocol.Endpoint(
        key=key(endpoint),
        kind=kind,  # type: ignore[arg-type]
        badge=badge,
        path=path,
        function=endpoint.name,
        cell=endpoint.cell,
        cell_id=cell_id,
        timing=timing,
        timezone=timezone,
        next=upcoming,
    )


def _zoned(endpoint: Http | WebSocket | Schedule, timezone: str) -> Http | WebSocket | Schedule:
    if isinstance(endpoint, Schedule) and timezone and not endpoint.timezone:
        return replace(endpoint, timezone=timezone)
    return endpoint


def _upcoming(schedule: Schedule, now: datetime) -> tuple[str, list[str]]:
    try:
        zone = cron.zone_of(schedule)
    except EndpointError:
        return schedule.timezone, []
    times = cron.next_times(schedule, now.astimezone(zone))
    return str(zone), [each.isoformat() for each in islice(times, UPCOMING)]


def _body(schedule: Schedule) -> str:
    return f"{schedule.module}, cell {schedule.cell}"
