"""A schedule's timing in plain English: the same words for whatever fires at the same times.

Not cronsim's `explain`, which describes the text of each field: one and the same schedule would
read differently however it is spelled, and `1-31` beside a weekday would read wrongly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from datetime import datetime
from itertools import groupby, product

from cronsim import CronSim

from neutrino_lab.runtime.schedules import cron
from neutrino_lab.runtime.spec import Schedule

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
# As a week is told: Sunday last, where cron has it first.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day"}
_MOST_TIMES = 6
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_LAST_DAYS = {CronSim.LAST: "the last day", CronSim.LAST_WEEKDAY: "the last working day"}


def words(schedule: Schedule) -> str:
    """Say when a schedule fires, as in `at 09:30:00, Monday to Friday`.

    Raises ValueError for a timing that is none.
    """
    timing = cron.parse(schedule)
    if isinstance(timing, cron.Interval):
        text = schedule.interval.strip().lower()
        return _every(int(text[:-1]), _UNITS[text[-1]])
    fields = CronSim(timing.minutes, cron.EPOCH)
    times = _times(frozenset(timing.seconds), fields.minutes, fields.hours)
    dates = list(_dates(fields))
    if not dates and times[3].isdigit():
        dates = ["every day"]
    return ", ".join([times, *dates])


def clock(time: datetime) -> str:
    """Write a time with its weekday and zone: `Mon 2026-11-23 09:30:00 CET`."""
    return f"{time:%a %Y-%m-%d %H:%M:%S %Z}".rstrip()


def _times(seconds: Set[int], minutes: Set[int], hours: Set[int]) -> str:
    if len(seconds) * len(minutes) * len(hours) <= _MOST_TIMES:
        listed = product(sorted(hours), sorted(minutes), sorted(seconds))
        return f"at {_and([_clock(*each) for each in listed])}"
    is_run = len(hours) == max(hours) - min(hours) + 1 < 24
    if is_run and len(seconds) == len(minutes) == 1:
        (minute,), (second,) = minutes, seconds
        first, last = (_clock(hour, minute, second) for hour in (min(hours), max(hours)))
        return f"every hour from {first} to {last}"
    units = [("second", seconds, 60), ("minute", minutes, 60), ("hour", hours, 24)]
    # The beginning of a minute or an hour needs no words where the next unit says how often.
    if seconds == {0}:
        del units[0]
        if minutes == {0} and _step(hours, 24):
            del units[0]
    parts: list[str] = []
    for unit, values, size in units:
        step = _step(values, size)
        if not parts:
            parts.append(_every(step, unit) if step else f"at {_numbered(unit, values)}")
        elif not step:
            parts.append(_numbered(unit, values))
        elif step > 1:
            parts.append(f"every {_ordinal(step)} {unit}")
        elif not parts[-1].startswith("every"):  # as every minute is one of every hour
            parts.append(f"every {unit}")
    return " of ".join(parts)


def _dates(fields: CronSim) -> Iterator[str]:
    days, weekdays = _days(fields.days), _weekdays(fields.weekdays)
    if fields.day_and:
        if days:
            yield f"on {days}, if {weekdays}" if weekdays else f"on {days}"
        elif weekdays:
            yield weekdays
    elif days and weekdays:
        yield f"on {days} or {weekdays}"
    if len(fields.months) < 12:
        yield f"in {_and(_spans(fields.months, lambda month: MONTHS[month - 1]))}"


def _days(days: Set[int]) -> str:
    """Name days of the month, empty for all of them."""
    plain = sorted(day for day in days if day > 0)
    if len(plain) == 31:
        return ""
    parts = [_numbered("day", plain)] if plain else []
    parts += [text for day, text in _LAST_DAYS.items() if day in days]
    return f"{_and(parts)} of the month"


def _weekdays(weekdays: Set[int | tuple[int, int]]) -> str:
    """Name days of the week, empty for all of them."""
    # Sunday is 0 and 7.
    plain = {(each - 1) % 7 for each in weekdays if isinstance(each, int)}
    if len(plain) == 7:
        return ""
    counted = {((each[0] - 1) % 7, each[1]) for each in weekdays if not isinstance(each, int)}
    parts = list(_spans(plain, lambda day: WEEKDAYS[day]))
    for day, nth in sorted(counted, key=lambda each: (each[1] < 0, each[1], each[0])):
        parts.append(f"the {'last' if nth < 0 else _ordinal(nth)} {WEEKDAYS[day]} of the month")
    return _and(parts)


def _every(count: int, unit: str) -> str:
    return f"every {count} {unit}s" if count > 1 else f"every {unit}"


def _step(values: Set[int], size: int) -> int:
    """How far apart values are that share a unit out evenly from 0 on; 0 where they do not."""
    step = size // len(values)
    return step if len(values) > 1 and values == set(range(0, size, step)) else 0


def _numbered(unit: str, values: Iterable[int]) -> str:
    listed = sorted(values)
    return f"{unit}{'s' if len(listed) > 1 else ''} {_and(_spans(listed, str))}"


def _spans(values: Iterable[int], name: Callable[[int], str]) -> Iterator[str]:
    """Name values, three and more in a row by the first and the last of them."""
    for _, found in groupby(enumerate(sorted(values)), lambda each: each[1] - each[0]):
        row = [value for _, value in found]
        if len(row) > 2:
            yield f"{name(row[0])} to {name(row[-1])}"
        else:
            yield from map(name, row)


def _ordinal(number: int) -> str:
    is_teen = number % 100 // 10 == 1
    return f"{number}{'th' if is_teen else _ENDINGS.get(number % 10, 'th')}"


def _clock(hour: int, minute: int, second: int) -> str:
    return f"{hour:02}:{minute:02}:{second:02}"


def _and(texts: Iterable[str]) -> str:
    *most, last = texts
    return f"{', '.join(most)} and {last}" if most else last
