"""Next times of schedules, on quiet days and on those when the clock changes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.runtime import zones
from neutrino_lab.runtime.errors import EndpointError
from neutrino_lab.runtime.schedules import cron
from neutrino_lab.runtime.spec import Schedule

ROME = ZoneInfo("Europe/Rome")
FRIDAY = datetime(2024, 3, 8, 12, tzinfo=zones.UTC)


def following(line: str, after: str, count: int, zone: tzinfo = zones.UTC) -> list[str]:
    start = datetime.fromisoformat(after).replace(tzinfo=zone)
    return [f"{time:%a %d %H:%M:%S}" for time in islice(cron.next_times(line, start), count)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("* * * * * *", ["Fri 08 12:00:01", "Fri 08 12:00:02"]),
        ("*/25 * * * * *", ["Fri 08 12:00:25", "Fri 08 12:00:50", "Fri 08 12:01:00"]),
        ("5,50 59 23 * * *", ["Fri 08 23:59:05", "Fri 08 23:59:50", "Sat 09 23:59:05"]),
        ("0 30 9 * * 1-5", ["Mon 11 09:30:00", "Tue 12 09:30:00"]),
        ("30 9 * * 1-5", ["Mon 11 09:30:00", "Tue 12 09:30:00"]),
        ("0 0 0 * * 0", ["Sun 10 00:00:00", "Sun 17 00:00:00"]),
        ("0 0 0 * * 7", ["Sun 10 00:00:00", "Sun 17 00:00:00"]),
        ("0 0 0 * * 5-7", ["Sat 09 00:00:00", "Sun 10 00:00:00", "Fri 15 00:00:00"]),
        ("0 0 0 * * SAT-SUN", ["Sat 09 00:00:00", "Sun 10 00:00:00", "Sat 16 00:00:00"]),
        ("0 0 0 * * fri-mon/2", ["Sun 10 00:00:00", "Fri 15 00:00:00"]),
        ("0 0 12 * JAN-MAR MON,wed", ["Mon 11 12:00:00", "Wed 13 12:00:00"]),
        ("0 0 0 L * *", ["Sun 31 00:00:00", "Tue 30 00:00:00"]),
        ("0 0 0 LW * *", ["Fri 29 00:00:00", "Tue 30 00:00:00"]),
        ("0 0 0 * * 5L", ["Fri 29 00:00:00", "Fri 26 00:00:00"]),
        ("0 0 0 * * FRI#2", ["Fri 12 00:00:00", "Fri 10 00:00:00"]),
        ("0 0 0 13 * FRI", ["Wed 13 00:00:00", "Fri 15 00:00:00"]),
        ("10s", ["Fri 08 12:00:10", "Fri 08 12:00:20"]),
        ("5 M", ["Fri 08 12:05:00"]),
        ("2h", ["Fri 08 14:00:00", "Fri 08 16:00:00"]),
        ("1d", ["Sat 09 12:00:00"]),
    ],
)
def test_a_line_fires(line: str, expected: list[str]) -> None:
    assert following(line, "2024-03-08T12:00:00", len(expected)) == expected


class TestClockChanges:
    """In Rome 2024, 02:00 to 03:00 is skipped on 31 March and comes twice on 27 October."""

    @pytest.mark.parametrize("line", ["30 2 * * *", "0 30 2 * * *"])
    def test_a_daily_time_comes_once_a_day(self, line: str) -> None:
        spring = following(line, "2024-03-30T12:00:00", 2, ROME)
        autumn = following(line, "2024-10-26T12:00:00", 2, ROME)
        assert spring == ["Sun 31 03:00:00", "Mon 01 02:30:00"]
        assert autumn == ["Sun 27 02:30:00", "Mon 28 02:30:00"]

    def test_it_is_not_found_again_in_the_hour_that_repeats(self) -> None:
        second_time = datetime(2024, 10, 27, 2, 15, fold=1, tzinfo=ROME)
        found = next(cron.next_times("0 30 2 * * *", second_time))
        assert found.isoformat() == "2024-10-28T02:30:00+01:00"

    def test_every_half_hour_goes_by_the_time_that_passes(self) -> None:
        times = cron.next_times("0 */30 * * * *", datetime(2024, 10, 27, 1, 45, tzinfo=ROME))
        assert [f"{time:%H:%M%z}" for time in islice(times, 5)] == [
            "02:00+0200",
            "02:30+0200",
            "02:00+0100",
            "02:30+0100",
            "03:00+0100",
        ]

    @pytest.mark.parametrize("day", [(2024, 3, 31), (2024, 10, 27)])
    def test_every_second_is_every_second(self, day: tuple[int, int, int]) -> None:
        start = datetime(*day, 0, 59, 58, tzinfo=zones.UTC)
        times = list(islice(cron.next_times("* * * * * *", start, ROME), 5))
        assert [time.astimezone(zones.UTC) for time in times] == [
            start + timedelta(seconds=n) for n in range(1, 6)
        ]

    def test_a_midnight_that_does_not_exist_is_the_moment_after(self) -> None:
        start = datetime(2024, 9, 7, 12, tzinfo=ZoneInfo("America/Santiago"))
        assert next(cron.next_times("0 0 * * 0", start)).isoformat() == "2024-09-08T01:00:00-03:00"

    def test_an_interval_counts_the_hours_that_pass(self) -> None:
        assert following("1d", "2024-03-30T12:00:00", 1, ROME) == ["Sun 31 13:00:00"]

    @given(
        line=st.sampled_from(
            ["0 30 2 * * *", "15,45 */20 * * * *", "0 0 */3 * * *", "0 5 0-4 * * *"]
        ),
        day=st.sampled_from([datetime(2024, 3, 30), datetime(2024, 10, 26)]),
        second=st.integers(0, 3 * 86_400),
        zone=st.sampled_from(["Europe/Rome", "Australia/Lord_Howe", "America/Havana", "UTC"]),
    )
    def test_time_only_goes_forward_and_does_not_depend_on_where_one_starts(
        self, line: str, day: datetime, second: int, zone: str
    ) -> None:
        start = day.replace(tzinfo=zones.UTC) + timedelta(seconds=second)
        times = list(islice(cron.next_times(line, start, ZoneInfo(zone)), 6))
        moments = [start, *(time.astimezone(zones.UTC) for time in times)]
        assert moments == sorted(set(moments))
        assert list(islice(cron.next_times(line, times[2]), 3)) == times[3:]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "'': an interval is a whole number and s, m, h or d, such as 10s"),
        ("1.5h", "'1.5h': an interval is a whole number and s, m, h or d, such as 10s"),
        ("0s", "'0s': an interval is a whole number and s, m, h or d, such as 10s"),
        ("10w", "'10w': an interval is a whole number and s, m, h or d, such as 10s"),
        ("999999999999d", "'999999999999d': the interval is too long"),
        ("* * * *", "a cron line has six fields, seconds first, or five; this has 4 fields"),
        ("60 * * * * *", "'60 * * * * *': bad second"),
        ("0 * 24 * * *", "'0 * 24 * * *': bad hour"),
        ("0 0 0 30 2 *", "'0 0 0 30 2 *': bad day-of-month"),
        ("0 0 0 * * 8", "'0 0 0 * * 8': bad day-of-week"),
        ("0 0 0 * * fri-mon/0", "'0 0 0 * * fri-mon/0': bad day-of-week"),
    ],
)
def test_a_line_that_means_nothing_is_refused(line: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        cron.parse(line)


@pytest.mark.parametrize("line", ["0 0 1 1 *", "0 0 29 2 *", "9000h"])
def test_a_line_ends_with_the_calendar(line: str) -> None:
    assert list(cron.next_times(line, datetime(9999, 6, 1, tzinfo=zones.UTC))) == []


def test_an_anchored_interval_ticks_with_the_epoch() -> None:
    start = FRIDAY + timedelta(seconds=3, microseconds=1)
    times = islice(cron.next_times("10s", start, anchored=True), 2)
    assert [f"{time:%H:%M:%S.%f}" for time in times] == ["12:00:10.000000", "12:00:20.000000"]


class TestZone:
    def zone(self, name: str) -> tzinfo:
        return cron.zone_of(Schedule("nb:f", 3, interval="1s", timezone=name))

    def test_the_schedules_own_comes_before_the_setting(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.zone("") == zones.UTC
        monkeypatch.setenv("NEUTRINO_TIMEZONE", "Asia/Tokyo")
        assert [self.zone(""), self.zone("Europe/Rome")] == [ZoneInfo("Asia/Tokyo"), ROME]

    @pytest.mark.parametrize("name", ["Mars/Base", "../etc/passwd", "/etc", "Europe", "a\0b"])
    def test_what_is_no_zone_says_where(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(
            EndpointError, match=r"nb, cell 3: timezone: .* is not a known time zone"
        ):
            self.zone(name)

    def test_a_wrong_setting_names_the_setting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NEUTRINO_TIMEZONE", "nowhere")
        with pytest.raises(EndpointError, match="NEUTRINO_TIMEZONE: 'nowhere' is not a known"):
            self.zone("")
