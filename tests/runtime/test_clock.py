"""Many schedules on one clock: each is told all the times that have passed, once."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.runtime import zones
from neutrino_lab.runtime.schedules.clock import Alarm, Clock

START = datetime(2024, 3, 8, 12, tzinfo=zones.UTC)


class Every:
    """Due every so many seconds, and no more after a last time."""

    def __init__(self, period_s: int, last_s: int) -> None:
        self.period = timedelta(seconds=period_s)
        self.last = START + timedelta(seconds=last_s)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        following = (previous or now) + self.period
        return following if following <= self.last else None


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 40)), max_size=6),
    st.lists(st.integers(0, 15), min_size=1, max_size=8),
    st.integers(0, 5),
    st.booleans(),
)
def test_each_is_told_all_times_that_have_passed_once(
    alarms: list[tuple[int, int]], pauses_s: list[int], removed: int, is_shared: bool
) -> None:
    clock: Clock[Alarm] = Clock()
    told: list[tuple[datetime, int]] = []
    shared: dict[tuple[int, int], Every] = {}
    made = []
    for period_s, last_s in alarms:
        times = shared.setdefault((period_s, last_s), Every(period_s, last_s))
        # Those that share their times fire together, and each by itself is removed.
        made.append(Alarm(times if is_shared else Every(period_s, last_s)))
        clock.set(made[-1], START)
    now = START
    for turn, pause_s in enumerate(pauses_s):
        now += timedelta(seconds=pause_s)
        looks = []
        for listed, passed in clock.passed(now):
            looks += [made.index(each) for each in listed]
            told += [(time_, made.index(each)) for each in listed for time_ in passed]
        assert len(looks) == len(set(looks))
        if turn == removed and made:
            clock.remove(made[0])
            until = now
        assert clock.earliest is None or clock.earliest > now
        soon = now + timedelta(milliseconds=1)
        earliest = clock.earliest
        assert clock.get_next_fire_time(None, now) == (earliest and max(earliest, soon))
    ends = [now for _ in alarms]
    if alarms and removed < len(pauses_s):
        ends[0] = until
    assert sorted(told) == sorted(
        (START + timedelta(seconds=second), number)
        for number, (period_s, last_s) in enumerate(alarms)
        for second in range(period_s, last_s + 1, period_s)
        if START + timedelta(seconds=second) <= ends[number]
    )


def test_what_is_due_already_is_asked_for_again_at_once() -> None:
    clock: Clock[Alarm] = Clock()
    clock.set(Alarm(Every(1, 60)), START)
    late = START + timedelta(seconds=30)
    asked = clock.get_next_fire_time(None, late)
    assert asked is not None
    assert late < asked < late + timedelta(seconds=1)
