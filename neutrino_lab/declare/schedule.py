"""The kind @SCHEDULE: a function, or a cell's own statements, that runs by the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, get_args

from neutrino_lab.declare import clock_changes, timing
from neutrino_lab.declare.kind import Cell, Code, Key, Kind, Moment, Sample, Table
from neutrino_lab.declare.tree import Tree
from neutrino_lab.declare.values import read_count, read_interval, read_webhook
from neutrino_lab.runtime.errors import EndpointError
from neutrino_lab.runtime.schedules import cron
from neutrino_lab.runtime.spec import Misfire, OnCrash, Schedule

UPCOMING = 10
# A clock change so soon after the last of these runs may still repeat it.
AFTERWARDS = timedelta(hours=3)


def build(tree: Tree, function: str, cell: int) -> Schedule:
    """Give the endpoint of a declaration; what it leaves out is empty, or its default."""
    return Schedule(
        function=function,
        cell=cell,
        cron=" ".join(tree.scalar("cron").split()),
        interval=read_interval(tree.scalar("interval")) or "",
        timezone=tree.scalar("timezone"),
        misfire=_word(tree, "misfire", "once"),  # type: ignore[arg-type]
        timeout=read_interval(tree.scalar("timeout")) or "",
        retries=read_count(tree.scalar("retries")) or 0,
        jitter=read_interval(tree.scalar("jitter")) or "",
        on_failure=read_webhook(tree.scalar("on_failure")) or "",
        on_crash=_word(tree, "on_crash", "rerun"),  # type: ignore[arg-type]
    )


def _word(tree: Tree, key: str, default: str) -> str:
    return tree.scalar(key).casefold() or default


def listed(endpoint: Schedule, _url: str) -> tuple[str, str]:
    """Give `SCHEDULE`, and its timing with the next time in its time zone."""
    zone = cron.zone_of(endpoint)
    line = (endpoint.interval and f"every {endpoint.interval}") or endpoint.cron
    upcoming = next(cron.next_times(endpoint, datetime.now(zone)), None)
    when = f"{line}, next {timing.clock(upcoming)}" if upcoming else f"{line}, never"
    return "SCHEDULE", when


def row(endpoint: Schedule) -> tuple[Cell, ...]:
    """Give its timing, and the name of its function."""
    when = f"{endpoint.cron or f'every {endpoint.interval}'} {endpoint.timezone}".strip()
    return Code(when), Code(endpoint.name or endpoint.label)


def panel_fields(endpoint: Schedule, moment: Moment) -> Mapping[str, Any]:
    """Tell its line in English, with its coming runs and the clock changes among them."""
    if moment.timezone and not endpoint.timezone:
        endpoint = replace(endpoint, timezone=moment.timezone)
    fields: dict[str, Any] = {
        "badge": "CRON" if endpoint.cron else "EVERY",
        "timing": endpoint.cron or endpoint.interval,
        "timezone": endpoint.timezone,
        "words": timing.words(endpoint),
        "next": [],
    }
    try:
        zone = cron.zone_of(endpoint)
    except EndpointError:
        return fields
    start = moment.now.astimezone(zone)
    runs = list(islice(cron.next_times(endpoint, start), UPCOMING))
    fields["timezone"] = str(zone)
    fields["next"] = [each.isoformat() for each in runs]
    if runs:
        fields["notes"] = clock_changes.notes(endpoint, start, runs[-1] + AFTERWARDS)
    return fields


KIND = Kind(
    word="SCHEDULE",
    spec=Schedule,
    about="Runs a function by the clock; without a function, the cell's own statements.",
    example="@SCHEDULE\ncron: 0 30 9 * * 1-5\ntimezone: Europe/Rome",
    needs_function=False,
    aliases=("cron", "interval", "job", "task", "timer", "scheduler", "every"),
    keys=(
        Key(
            "cron",
            "cron",
            "When it runs. 0 and 7 are Sunday; names such as `MON` and `JAN` are fine.",
            "cron: 0 30 9 * * 1-5",
            instead_of="interval",
        ),
        Key(
            "interval",
            "interval",
            "The time between two runs; the first run comes after one interval.",
            "interval: 10s",
            instead_of="cron",
        ),
        Key(
            "timezone",
            "timezone",
            "The zone that `cron` is read in; without it, UTC or the server's setting.",
            "timezone: Europe/Rome",
        ),
        Key(
            "misfire",
            "choice",
            "Which of the times are run that have passed while nothing could run, as on a laptop "
            "that slept: the newest `once`, within a minute of its time (the default); `all` of "
            "them, one after the other; or none (`skip`).",
            "misfire: skip",
            choices=get_args(Misfire),
        ),
        Key(
            "timeout",
            "interval",
            "How long a run may take; it is then ended, and has failed. One that waits outside of "
            "Python ends when it comes back.",
            "timeout: 5m",
        ),
        Key(
            "retries",
            "count",
            "How often a run that fails is run again, after 1, 2, 4 seconds and so on.",
            "retries: 3",
        ),
        Key(
            "jitter",
            "interval",
            "Each run begins up to so much later, by chance, so that not all call at once.",
            "jitter: 30s",
        ),
        Key(
            "on_failure",
            "webhook",
            "Where a run that has failed, after its retries, is posted as JSON with its traceback. "
            "Values of environment variables that are likely to be secret are left out.",
            "on_failure: $ALERT_URL",
        ),
        Key(
            "on_crash",
            "choice",
            "What becomes of a run whose replica died: another one runs it again (`rerun`, the "
            "default: at least once), or nobody (`drop`: at most once).",
            "on_crash: drop",
            choices=get_args(OnCrash),
        ),
    ),
    sample=Sample(
        "schedule",
        "Runs by the clock while the notebook is served.",
        "@SCHEDULE\ninterval: 10s",
        'def tick():\n    print("The service is up")',
    ),
    table=Table("Schedules", ("when", "what")),
    build=build,
    listed=listed,
    row=row,
    panel_fields=panel_fields,
)
