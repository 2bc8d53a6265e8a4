"""What the coming clock changes do to a cron line, in plain English.

When it runs is asked of `runtime.cron`, which fires the schedule; nothing is worked out a second
time here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from itertools import takewhile

from neutrino_lab.declare.timing import MONTHS
from neutrino_lab.runtime.schedules import cron
from neutrino_lab.runtime.schedules.cron import Cron
from neutrino_lab.runtime.spec import Schedule
from neutrino_lab.runtime.zones import UTC

# Further ahead nobody knows the rules of a time zone.
HORIZON = timedelta(days=731)
_STRIDE = timedelta(days=5)
_SECOND = timedelta(seconds=1)


def notes(schedule: Schedule, start: datetime, end: datetime) -> list[str]:
    """Tell which clock changes between two moments touch a schedule, and how it then runs.

    The zone is that of `start`. An interval is never touched: it counts seconds that really pass.
    Raises ValueError for a timing that is none.
    """
    timing = cron.parse(schedule)
    if not isinstance(timing, Cron) or start.tzinfo is None:
        return []
    found = _changes(start, min(end, start + HORIZON))
    noted = (_note(timing, moment, start.tzinfo, old) for moment, old in found)
    return [each for each in noted if each]


def _note(timing: Cron, moment: datetime, zone: tzinfo, old: timedelta) -> str:
    """Tell what becomes of the times that a change leaves out or repeats."""
    before, after = moment + old, _wall(moment.astimezone(zone))
    low, high = sorted((before, after))
    # On a clock that never changes, the line fires at the very times that it names.
    named = list(takewhile(lambda each: each < high, timing.after(low - _SECOND)))
    if not named:
        return ""
    is_one = len(named) == 1
    times = f"{named[0]:%H:%M:%S}" + ("" if is_one else f" to {named[-1]:%H:%M:%S}")
    if before < after:
        run = next(timing.after((moment - _SECOND).astimezone(zone)), None)
        then = f", the next run is {_time_of(run, after)}" if run else ""
        return f"{_date(low)}: {times} {'does' if is_one else 'do'} not exist{then}"
    first = timing.after((moment - (high - low) - _SECOND).astimezone(zone))
    runs = takewhile(lambda each: each.astimezone(UTC) < moment + (high - low), first)
    is_repeated = sum(_wall(each) == named[0] for each in runs) > 1
    often = "both times" if is_repeated else "only once"
    verbs = ("comes", "runs") if is_one else ("come", "run")
    return f"{_date(low)}: {times} {verbs[0]} twice, {verbs[1]} {often}"


def _changes(start: datetime, end: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Find the moments, in UTC, at which the offset changes, each with the one before."""
    zone, low, end = start.tzinfo, start.astimezone(UTC), end.astimezone(UTC)
    while low < end:
        high = min(low + _STRIDE, end)
        old = _offset(low, zone)
        if old != _offset(high, zone):
            left, right = low, high
            while right - left > _SECOND:
                middle = left + (right - left) / 2
                if _offset(middle, zone) == old:
                    left = middle
                else:
                    right = middle
            yield right.replace(microsecond=0), old
        low = high


def _offset(moment: datetime, zone: tzinfo | None) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _wall(moment: datetime) -> datetime:
    """What the clock on the wall shows, as a moment that compares."""
    return moment.replace(tzinfo=UTC)


def _time_of(run: datetime, change: datetime) -> str:
    on = "" if run.date() == change.date() else f"on {_date(run)} "
    return f"{on}at {run:%H:%M:%S}"


def _date(moment: datetime) -> str:
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"
