"""How long a source that is lost waits before it is asked again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.runtime.streams.reconnect import Backoff


@given(st.lists(st.floats(0, 40), max_size=30), st.floats(0, 1))
def test_the_wait_grows_and_is_bounded(lives_s: list[float], varied: float) -> None:
    backoff = Backoff(lambda: varied)
    for lived_s in lives_s:
        assert 0.125 <= backoff.next_s(lived_s) <= 30
    waits = [backoff.next_s() for _ in range(12)]
    assert waits == sorted(waits)
    assert backoff.next_s(31) <= 0.25
