"""On a terminal: a served app with its URLs and next runs, an export and how it was checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from neutrino_lab.export.check import Outcome
from neutrino_lab.export.difference import Difference
from neutrino_lab.export.draft import Draft
from neutrino_lab.runtime.schedules import cron
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


def planned(drafted: Draft, differences: Sequence[Difference]) -> str:
    """List what an export would hold: its cells with reasons, its requirements, its files."""
    cells = [
        (
            "+" if each.is_included else "-",
            f"cell {each.cell.number}",
            each.cell.id,
            each.reason,
            ", ".join(each.needed_by),
        )
        for each in drafted.selection.choices
    ]
    lines = [(each.line, each.origin) for each in drafted.plan.requirements]
    files = [(str(each.change), str(each.path)) for each in differences if each.change != "same"]
    parts: list[tuple[str, Sequence[tuple[str, ...]]]] = [
        ("Cells", cells),
        ("Requirements", lines),
        ("Files", files or [("all the same",)]),
    ]
    return "\n".join(line for title, rows in parts for line in ["", title, *_columns(rows)])


def checked(outcome: Outcome) -> str:
    """List how the examples did."""
    if outcome.findings:
        return ""
    rows = [
        ("ok" if each.ok else "failed", each.key, each.name, str(each.status or ""), each.message)
        for each in outcome.examples
    ]
    rows += [("ok", each, "", "", "armed; a check runs no schedule") for each in outcome.armed]
    if not outcome.examples:
        head = "checked: it comes up in a process of its own; there are no saved examples to replay"
        return "\n".join([head, *_columns(rows)])
    return "\n".join(["checked:", *_columns(rows)])


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
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = [[text.ljust(w) for text, w in zip(row, widths, strict=True)] for row in rows]
    return ["  " + "  ".join(row).rstrip() for row in padded]
