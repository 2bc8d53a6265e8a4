"""Next times of a schedule: one answer for the trigger, `neutrino next` and the panel.

cronsim does the dates. It gives Debian's care at DST changes only to five-field lines, so it is
driven with minute to weekday, and the seconds are spread out here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import count

from cronsim import CronSim, CronSimError

from ..errors import EndpointError
from ..settings import TIMEZONE
from ..spec import Schedule
from ..zones import UTC, zone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_INTERVAL = re.compile(r"(\d{1,12})\s*([smhd])", re.IGNORECASE | re.ASCII)
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron line: the seconds of a minute, and the minutes as a classic line of five fields."""

    seconds: tuple[int, ...]
    minutes: str

    def after(self, after: datetime) -> Iterator[datetime]:
        """Give the times after a moment in its time zone; ends where nothing ever matches.

        A daily time that a DST change skips comes right after the gap, one that it repeats comes
        once; lines with `*` for the minute or the hour follow the clock as it really runs.
        """
        zone = after.tzinfo
        last = after.astimezone(UTC)
        # One second before this minute, so that what is left of the minute is found as well.
        start = (last.replace(second=0, microsecond=0) - timedelta(seconds=1)).astimezone(zone)
        minutes = CronSim(self.minutes, start)
        while True:
            try:
                first = next(minutes).astimezone(UTC)
            except (StopIteration, OverflowError):  # the year 9999 has no next one
                return
            for second in self.seconds:
                moment = first + timedelta(seconds=second)
                # cronsim walks along the wall clock and may step back into an hour that repeats.
                if moment > last:
                    last = moment
                    yield moment.astimezone(zone)


@dataclass(frozen=True, slots=True)
class Interval:
    """Ticks an even time apart, in seconds that really pass."""

    step: timedelta

    def after(self, after: datetime, *, anchored: bool = False) -> Iterator[datetime]:
        """Give the times after a moment: from it on, or `anchored` at multiples since the epoch."""
        start = after.astimezone(UTC)
        if anchored:
            start = EPOCH + (start - EPOCH) // self.step * self.step
        for number in count(1):
            try:
                yield (start + number * self.step).astimezone(after.tzinfo)
            except OverflowError:
                return


def next_times(
    schedule: Schedule | str,
    after: datetime,
    zone: tzinfo | None = None,
    *,
    anchored: bool = False,
) -> Iterator[datetime]:
    """Give the fire times after an aware moment, in the zone, which is else that of `after`.

    A text is a cron line or an interval. Raises ValueError for what is neither.
    """
    start = after.astimezone(zone or after.tzinfo)
    timing = parse(schedule)
    if isinstance(timing, Interval):
        return timing.after(start, anchored=anchored)
    return timing.after(start)


def parse(schedule: Schedule | str) -> Cron | Interval:
    """Read the timing. Raises ValueError that says what is wrong with it."""
    if isinstance(schedule, Schedule):
        return parse_cron(schedule.cron) if schedule.cron else parse_interval(schedule.interval)
    return parse_interval(schedule) if len(schedule.split()) <= 2 else parse_cron(schedule)


def parse_cron(line: str) -> Cron:
    """Read six fields, seconds first, or the classic five. Raises ValueError.

    Beyond numbers, names, ranges, steps and lists: `L` is the last day of the month, `LW` its last
    working day, `5L` its last Friday, `5#2` its second. Weekday ranges may run over the weekend's
    end, `FRI-MON`. If both day and weekday are given, either will do.
    """
    fields = line.upper().split()
    if len(fields) == 5:
        fields.insert(0, "0")
    if len(fields) != 6:
        counted = f"{len(fields)} field{'' if len(fields) == 1 else 's'}"
        raise ValueError(f"a cron line has six fields, seconds first, or five; this has {counted}")
    fields[5] = ",".join(map(_weekdays, fields[5].split(",")))
    minutes = " ".join(fields[1:])
    try:
        # cronsim's own parser, on a line whose one varying field is the seconds.
        seconds = CronSim(f"{fields[0]} * * * * *", EPOCH).seconds
        CronSim(minutes, EPOCH)
    except CronSimError as error:
        raise ValueError(f"{line!r}: {str(error).lower()}") from None
    return Cron(tuple(sorted(seconds)), minutes)


def parse_interval(text: str) -> Interval:
    """Read a whole number above 0 and its unit: s, m, h or d, as in `10s`. Raises ValueError."""
    found = _INTERVAL.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise ValueError(f"{text!r}: an interval is a whole number and s, m, h or d, such as 10s")
    try:
        return Interval(timedelta(**{_UNITS[found[2].lower()]: int(found[1])}))
    except OverflowError:
        raise ValueError(f"{text!r}: the interval is too long") from None


def seconds(text: str) -> float:
    """How long a duration is, which is written as an interval. Raises ValueError."""
    return parse_interval(text).step.total_seconds()


def zone_of(schedule: Schedule) -> tzinfo:
    """Find the time zone: the schedule's own, else NEUTRINO_TIMEZONE's, else UTC.

    Raises EndpointError for a name that is no time zone.
    """
    name, source = schedule.timezone, "timezone"
    if not name:
        name, source = TIMEZONE.text(os.environ), TIMEZONE.name
    try:
        return zone(name)
    except ValueError as error:
        raise EndpointError(schedule.module, schedule.cell, f"{source}: {error}") from None


def _weekdays(term: str) -> str:
    """Spell out a range that runs past Saturday; cronsim takes none whose end is before its start.

    A step counts along the range from its first day.
    """
    span, _, step = term.partition("/")
    first, _, last = span.partition("-")
    start, end = _weekday(first), _weekday(last)
    if start is None or end is None or start <= end or not re.fullmatch("[1-9]?", step):
        return term
    days = [day % 7 for day in range(start, end + 8)]
    return ",".join(map(str, days[:: int(step or 1)]))


def _weekday(text: str) -> int | None:
    if text in _DAYS:
        return _DAYS.index(text)
    return int(text) if text.isdecimal() and len(text) == 1 and int(text) <= 7 else None
