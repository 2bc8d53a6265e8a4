"""What of a stream is drawn: all of few values, evenly thinned of many."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.runtime.streams.sample import MOST, SPAN_S, Sample


def fed(batches: list[tuple[int, float]]) -> tuple[Sample, int]:
    """Add batches, each of so many values after so many seconds; each value is its own number."""
    now, total = 0.0, 0
    sample = Sample(newest=2, clock=lambda: now)
    for count, seconds in batches:
        now += seconds
        sample.add(range(total + 1, total + count + 1), total + 1)
        total += count
    return sample, total


def test_all_of_few_values_are_kept() -> None:
    sample, _ = fed([(3, 0.1), (40, 0.01), (2, 5)])
    assert sample.points() == [(number, number) for number in range(1, 46)]
    assert [*sample.newest] == [44, 45]


def test_of_many_those_of_the_last_moments_are_kept_evenly() -> None:
    sample, total = fed([(200, 0.02)] * 500)
    numbers = [number for number, _ in sample.points()]
    [every] = {later - one for one, later in pairwise(numbers)}
    assert MOST / 4 < len(numbers) <= MOST
    assert every * len(numbers) * 0.0001 > SPAN_S / 2
    assert total - numbers[-1] < every


def test_values_that_come_slowly_again_are_all_kept() -> None:
    sample, total = fed([(200, 0.02)] * 500 + [(1, 1)] * 20)
    assert [number for number, _ in sample.points()][-20:] == [*range(total - 19, total + 1)]


@given(st.lists(st.tuples(st.integers(1, 900), st.floats(0, 3)), min_size=1, max_size=30))
def test_what_is_kept_is_what_came_in_its_order_and_bounded(
    batches: list[tuple[int, float]],
) -> None:
    sample, total = fed(batches)
    points = sample.points()
    assert len(points) <= MOST
    numbers = [number for number, _ in points]
    assert numbers == sorted({*numbers}) == [value for _, value in points]
    assert all(1 <= number <= total for number in numbers)
