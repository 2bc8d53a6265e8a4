"""What of a stream is drawn: all of few values, evenly thinned of many."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.runtime.streams.sample import MOST, SPAN_S, Sample


def fed(batches: list[tuple[int, float]]) -> tuple[Sample, list[float]]:
    """Add batches, each of so many values that come in so many seconds; give the times of all."""
    sample, times = Sample(), [0.0]
    for count, seconds in batches:
        at = times[-1]
        new = [at + seconds * (index + 1) / count for index in range(count)]
        sample.add([(None, each) for each in new], len(times))
        times += new
    return sample, times[1:]


def test_all_of_few_values_are_kept() -> None:
    sample, times = fed([(3, 0.1), (40, 0.01), (2, 5)])
    assert [(number, at) for number, (_, at) in sample.points()] == [*enumerate(times, 1)]


def test_of_many_those_of_the_last_moments_are_kept_evenly() -> None:
    sample, times = fed([(200, 0.02)] * 500)
    numbers = [number for number, _ in sample.points()]
    [every] = {later - one for one, later in pairwise(numbers)}
    assert MOST / 4 < len(numbers) <= MOST
    assert every * len(numbers) * 0.0001 > SPAN_S / 2
    assert len(times) - numbers[-1] < every


def test_values_that_come_slowly_again_are_all_kept() -> None:
    sample, times = fed([(200, 0.02)] * 500 + [(1, 1)] * 20)
    assert [at for _, (_, at) in sample.points()][-20:] == times[-20:]


@given(st.lists(st.tuples(st.integers(1, 900), st.floats(0, 3)), min_size=1, max_size=30))
def test_what_is_kept_is_what_came_in_its_order_and_bounded(
    batches: list[tuple[int, float]],
) -> None:
    sample, times = fed(batches)
    points = sample.points()
    assert 0 < len(points) <= MOST
    assert [at for _, (_, at) in points] == [times[number - 1] for number, _ in points]
    assert sorted({number for number, _ in points}) == [number for number, _ in points]
