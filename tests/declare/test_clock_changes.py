"""What is said of clock changes is what the trigger does at them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.declare.clock_changes import notes
from neutrino_lab.runtime.schedules import cron
from neutrino_lab.runtime.spec import Schedule
from neutrino_lab.runtime.zones import UTC


def told(line: str, zone: str = "Europe/Paris") -> list[str]:
    start = datetime(2026, 3, 1, tzinfo=ZoneInfo(zone))
    return notes(Schedule("nb:job", 1, cron=line), start, start + timedelta(days=270))


@pytest.mark.parametrize(
    ("line", "zone", "said"),
    [
        (
            "0 30 2 * * *",
            "Europe/Paris",
            [
                "29 March 2026: 02:30:00 does not exist, the next run is at 03:00:00",
                "25 October 2026: 02:30:00 comes twice, runs only once",
            ],
        ),
        (
            "0 */20 2 * * *",
            "Europe/Paris",
            [
                "29 March 2026: 02:00:00 to 02:40:00 do not exist, "
                "the next run is on 30 March 2026 at 02:00:00",
                "25 October 2026: 02:00:00 to 02:40:00 come twice, run both times",
            ],
        ),
        (
            "0 15 2 * * *",
            "Australia/Lord_Howe",
            ["4 October 2026: 02:15:00 does not exist, the next run is at 02:30:00"],
        ),
        ("0 30 9 * * *", "Europe/Paris", []),
        ("0 30 2 * * *", "UTC", []),
        ("0 30 2 * 7 *", "Europe/Paris", []),
    ],
)
def test_what_a_change_does_is_told(line: str, zone: str, said: list[str]) -> None:
    assert told(line, zone) == said


def test_an_interval_does_not_mind() -> None:
    start = datetime(2026, 3, 1, tzinfo=ZoneInfo("Europe/Paris"))
    assert notes(Schedule("nb:job", 1, interval="1h"), start, start + timedelta(days=99)) == []


minute = st.sampled_from(["*", "*/20", "0", "30", "15,45"])
hour = st.sampled_from(["*", "*/2", "1", "2", "3", "2,3", "1-4"])


@given(minute, hour)
def test_nothing_is_said_only_where_the_clock_makes_no_difference(minute: str, hour: str) -> None:
    line = f"0 {minute} {hour} * * *"
    is_touched = []
    for day in (datetime(2026, 3, 29), datetime(2026, 10, 25)):
        real, ideal = (
            [each.strftime("%H:%M") for each in runs_of_a_day(line, day.replace(tzinfo=zone))]
            for zone in (ZoneInfo("Europe/Paris"), UTC)
        )
        is_touched.append(real != ideal)
    assert any("March" in each for each in told(line)) == is_touched[0]
    assert any("both times" in each for each in told(line)) == is_touched[1]


def runs_of_a_day(line: str, midnight: datetime) -> list[datetime]:
    times = cron.next_times(
        line, (midnight.astimezone(UTC) - timedelta(seconds=1)).astimezone(midnight.tzinfo)
    )
    runs: list[datetime] = []
    for each in times:
        if each.date() != midnight.date():
            return runs
        runs.append(each)
    return runs
