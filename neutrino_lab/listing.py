"""A served app on a terminal: its routes with URLs, its schedules with next runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from neutrino_lab.runtime import cron
from neutrino_lab.runtime.spec import App, Schedule
from neutrino_lab.serve.live import Update


def overview(app: App, url: str) -> str:
    """List everything that is served at `url`."""
    return "\n".join(["", f"{app.title} is live at {url}", "", *_rows(app, url), ""])


def change(update: Update, url: str) -> str:
    """Say in a line what a save came to."""
    if update.state == "serving previous":
        return "Not swapped in: the last good version goes on serving."
    if update.state == "not served":
        return "Still not serving: waiting for a save that mends it."
    cells = f"{update.cells_run} cell{'' if update.cells_run == 1 else 's'} ran"
    return f"Live at {url}: {cells}, swapped in after {update.duration_s * 1000:.0f} ms."


def clock(time: datetime) -> str:
    """Write a time with its weekday and zone: `Mon 2026-11-23 09:30:00 CET`."""
    return f"{time:%a %Y-%m-%d %H:%M:%S %Z}".rstrip()


def _rows(app: App, url: str) -> list[str]:
    sockets = url.replace("http", "ws", 1)
    rows: list[tuple[str, ...]] = [
        (e.verb, url + e.path, e.name, f"cell {e.cell}") for e in app.http
    ]
    rows += [("WS", sockets + e.path, e.name, f"cell {e.cell}") for e in app.sockets]
    rows += [
        ("SCHEDULE", _timing(e), e.name or "the cell's body", f"cell {e.cell}")
        for e in app.schedules
    ]
    if app.http or app.sockets:
        rows.append(("DOCS", url + "/docs", "", ""))
    return _columns(rows)


def _timing(schedule: Schedule) -> str:
    zone = cron.zone_of(schedule)
    line = (schedule.interval and f"every {schedule.interval}") or schedule.cron
    upcoming = next(cron.next_times(schedule, datetime.now(zone)), None)
    return f"{line}, next {clock(upcoming)}" if upcoming else f"{line}, never"


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = [[text.ljust(w) for text, w in zip(row, widths, strict=True)] for row in rows]
    return ["  " + "  ".join(row).rstrip() for row in padded]
