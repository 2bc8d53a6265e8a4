"""The English of a schedule says exactly when it fires."""

from __future__ import annotations

from datetime import datetime, timezone
from itertools import islice

import pytest
from cronsim import CronSim
from hypothesis import assume, given
from hypothesis import strategies as st

from neutrino_lab.declare import timing
from neutrino_lab.runtime.schedules import cron
from neutrino_lab.runtime.spec import Schedule

START = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def words(line: str) -> str:
    return timing.words(Schedule("nb:job", 1, cron=line))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("0 30 9 * * 1-5", "at 09:30:00, Monday to Friday"),
        ("0 30 9 * * *", "at 09:30:00, every day"),
        ("30 9 * * sat,sun", "at 09:30:00, Saturday and Sunday"),
        ("0 0 9,17 * * *", "at 09:00:00 and 17:00:00, every day"),
        ("*/10 * * * * *", "every 10 seconds"),
        ("* * * * * *", "every second"),
        ("* * * * *", "every minute"),
        ("5 * * * * *", "at second 5 of every minute"),
        ("*/5 * * * *", "every 5 minutes"),
        ("*/5 9-17 * * *", "every 5 minutes of hours 9 to 17"),
        ("15 * * * *", "at minute 15 of every hour"),
        ("0 * * * *", "every hour"),
        ("0 */2 * * *", "every 2 hours"),
        ("0 9-17 * * mon-fri", "every hour from 09:00:00 to 17:00:00, Monday to Friday"),
        ("15,20,50 */3 * * *", "at minutes 15, 20 and 50 of every 3rd hour"),
        ("*/10 */5 * * * *", "every 10 seconds of every 5th minute"),
        ("0 0 1 * *", "at 00:00:00, on day 1 of the month"),
        ("0 0 L 2 *", "at 00:00:00, on the last day of the month, in February"),
        ("0 0 LW * *", "at 00:00:00, on the last working day of the month"),
        ("0 0 * * 5#2", "at 00:00:00, the 2nd Friday of the month"),
        ("0 0 * 6-8,12 5L", "at 00:00:00, the last Friday of the month, in June to August and "
         "December"),
        ("0 0 13 * 5", "at 00:00:00, on day 13 of the month or Friday"),
        ("0 0 */10 * 5", "at 00:00:00, on days 1, 11, 21 and 31 of the month, if Friday"),
        ("0 0 1-31 * 1", "at 00:00:00, every day"),
    ],
)  # fmt: skip
def test_a_cron_line_in_english(line: str, told: str) -> None:
    assert words(line) == told


@pytest.mark.parametrize(
    ("interval", "told"),
    [("10s", "every 10 seconds"), ("1m", "every minute"), ("24h", "every 24 hours")],
)
def test_an_interval_in_english(interval: str, told: str) -> None:
    assert timing.words(Schedule("nb:job", 1, interval=interval)) == told


def fields_of(low: int, high: int) -> st.SearchStrategy[str]:
    """A field of a cron line: a star, numbers, ranges and steps, in any mixture."""
    number = st.integers(low, high)
    span = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    step = st.integers(1, high)
    term = st.one_of(
        st.just("*"),
        number.map(str),
        span,
        st.builds("*/{}".format, step),
        st.builds("{}/{}".format, span, step),
    )
    return st.lists(term, min_size=1, max_size=3).map(",".join)


day = fields_of(1, 31) | st.sampled_from(["L", "LW", "1,L", "*"])
weekday = fields_of(0, 7) | st.sampled_from(["5L", "1#1", "5#2,MON", "FRI-MON", "*"])
FIELDS = (
    *(fields_of(0, 59), fields_of(0, 59), fields_of(0, 23)),
    *(day, fields_of(1, 12), weekday),
)


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[str, str]:
    """Two lines that differ in no more than one field."""
    first = [draw(each) for each in FIELDS]
    place = draw(st.integers(0, 5))
    second = [*first[:place], draw(FIELDS[place]), *first[place + 1 :]]
    return " ".join(first), " ".join(second)


@given(neighbours())
def test_what_reads_the_same_fires_at_the_same_times(pair: tuple[str, str]) -> None:
    try:
        told = [words(each) for each in pair]
    except ValueError:
        assume(False)
    if told[0] == told[1]:
        first, second = (list(islice(cron.next_times(each, START), 50)) for each in pair)
        assert first == second, told


@given(st.tuples(*FIELDS[:3]))
def test_what_fires_at_the_same_times_reads_the_same(line: tuple[str, str, str]) -> None:
    found = CronSim(f"{' '.join(line)} * * *", START)
    spelled = (
        ",".join(map(str, sorted(each, reverse=True)))
        for each in (found.seconds, found.minutes, found.hours)
    )
    assert words(f"{' '.join(line)} * * *") == words(f"{' '.join(spelled)} * * *")
