"""When schedules are due, and what of a declaration is made a job."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from neutrino_lab.runtime import zones
from neutrino_lab.runtime.errors import EndpointError
from neutrino_lab.runtime.schedules.job import Job, build
from neutrino_lab.runtime.schedules.jobs import Trigger
from neutrino_lab.runtime.spec import Schedule
from tests.wire import Declared, program_of, schedule

NOON = datetime(2024, 3, 8, 12, tzinfo=zones.UTC)


def trigger_of(anchored: bool = False, **timing: Any) -> Trigger:
    declared = Schedule("nb:f", 2, **timing)
    return Trigger(Job(declared, zones.UTC, lambda: None), anchored=anchored)


class TestTrigger:
    """As APScheduler asks: for the time after now, and twice for the time after each."""

    def test_a_firing_goes_one_time_on(self) -> None:
        trigger = trigger_of(cron="*/10 * * * * *")
        first = trigger.get_next_fire_time(None, NOON)
        assert first == NOON + timedelta(seconds=10)
        assert trigger.get_next_fire_time(first, NOON) == NOON + timedelta(seconds=20)
        assert trigger.get_next_fire_time(first, NOON) == NOON + timedelta(seconds=20)
        second = NOON + timedelta(seconds=20)
        assert trigger.get_next_fire_time(second, NOON) == NOON + timedelta(seconds=30)

    def test_an_interval_keeps_its_pace(self) -> None:
        trigger = trigger_of(interval="7s")
        times = [trigger.get_next_fire_time(None, NOON)]
        for _ in range(2):
            times.append(trigger.get_next_fire_time(times[-1], NOON))
        assert times == [NOON + timedelta(seconds=n) for n in (7, 14, 21)]

    def test_an_anchored_interval_ticks_with_the_epoch(self) -> None:
        trigger = trigger_of(anchored=True, interval="10s")
        assert trigger.get_next_fire_time(None, NOON + timedelta(seconds=3)) == NOON + timedelta(
            seconds=10
        )

    def test_the_hour_that_comes_twice_is_no_obstacle(self) -> None:
        rome = ZoneInfo("Europe/Rome")
        trigger = Trigger(Job(Schedule("nb:f", 1, cron="0 */30 * * * *"), rome, lambda: None))
        time_, found = datetime(2024, 10, 26, 23, 45, tzinfo=zones.UTC), []
        following: datetime | None = time_
        for _ in range(6):
            following = trigger.get_next_fire_time(following, time_)
            assert following is not None
            found.append(f"{following:%H:%M}")
        assert found == ["00:00", "00:30", "01:00", "01:30", "02:00", "02:30"]


class TestBuild:
    def built(self, *cells: Declared) -> tuple[Job, ...]:
        app, program = program_of(*cells)
        return build(app.of(Schedule), program)

    def test_equal_schedules_are_told_apart(self) -> None:
        made = self.built(
            schedule("x = 1", has_function=False, interval="1s"),
            schedule("x = 2", has_function=False, interval="1s"),
            schedule("def f(): ...", cron="0 0 * * *", timezone="Europe/Rome"),
        )
        assert [each.key for each in made] == [
            "nb|1s|UTC|0",
            "nb|1s|UTC|1",
            "nb:f|0 0 * * *|Europe/Rome|0",
        ]
        assert [each.label for each in made] == ["nb, cell 1", "nb, cell 2", "nb:f"]

    @pytest.mark.parametrize(
        ("cell", "told"),
        [
            (schedule("def f(x): ...", interval="1s"), "missing a required argument: 'x'"),
            (schedule("def f(): yield 1", interval="1s"), "`f` yields"),
            (schedule("def f(): ...", cron="0 0 0 99 * *"), "bad day-of-month"),
            (schedule("def f(): ...", interval="1s", timezone="Mars"), "'Mars' is not a known"),
        ],
    )
    def test_what_cannot_run_is_refused(self, cell: Declared, told: str) -> None:
        with pytest.raises(EndpointError) as refused:
            self.built(cell)
        assert told in str(refused.value)
