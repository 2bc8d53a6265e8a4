"""Windows against a model that looks at all values at once."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.runtime.streams import windows
from neutrino_lab.runtime.streams.windows import Window, parse

TIMES = st.lists(st.integers(0, 200), max_size=40).map(sorted)


def fed(window: Window, times: Sequence[float], end: float) -> list[list[Any]]:
    """What a window gives for the values 0, 1, 2… that come at these times; its state goes
    through JSON after each."""
    state: dict[str, Any] = {}
    given: list[list[Any]] = []
    for value, at in enumerate(times):
        given += window.add(state, value, at)
        state = json.loads(json.dumps(state))
    return given + window.pass_time(state, end)


@given(TIMES, st.integers(1, 7), st.integers(1, 9))
def test_windows_of_a_count(times: list[int], size: int, step: int) -> None:
    values = list(range(len(times)))
    expected = [
        values[count - size : count]
        for count in range(size, len(values) + 1)
        if (count - size) % step == 0
    ]
    assert fed(parse(f"{size} every {step}"), times, 0) == expected
    assert fed(parse(str(size)), times, 0) == fed(parse(f"{size} every {size}"), times, 0)


@given(TIMES, st.integers(1, 30), st.integers(1, 30), st.integers(200, 300))
def test_windows_of_time(times: list[int], size: int, step: int, end: int) -> None:
    expected = []
    for close in range(step, end + 1, step):
        inside = [n for n, at in enumerate(times) if close - size <= at < close]
        if inside:
            expected.append(inside)
    assert fed(parse(f"{size}s every {step}s"), times, end) == expected


@given(TIMES, st.integers(1, 30), st.integers(200, 300))
def test_windows_of_sessions(times: list[int], gap: int, end: int) -> None:
    expected: list[list[int]] = []
    for value, at in enumerate(times):
        if value and at - times[value - 1] < gap:
            expected[-1].append(value)
        else:
            expected.append([value])
    if times and end - times[-1] < gap:
        expected.pop()
    assert fed(parse(f"session {gap}s"), times, end) == expected


@given(st.lists(st.integers(0, 50), max_size=30), st.sampled_from(["5s", "7s every 2s"]))
def test_times_that_run_backwards_count_as_the_newest(times: list[int], text: str) -> None:
    newest = [max(times[: n + 1]) for n in range(len(times))]
    assert fed(parse(text), times, 100) == fed(parse(text), newest, 100)


@given(
    TIMES,
    st.lists(st.sampled_from(["3", "4 every 2", "5s", "9s every 2s", "session 4s"]), min_size=2),
)
def test_another_window_goes_on_with_what_the_one_before_kept(
    times: list[int], texts: list[str]
) -> None:
    state: dict[str, Any] = {}
    seen: set[int] = set()
    for value, at in enumerate(times):
        window = parse(texts[value % len(texts)])
        for given_ in window.add(state, value, at):
            assert given_ == sorted(given_)
            seen.update(given_)
    left = [value for _, value in state.get("values", [])]
    assert left == sorted(left)
    assert seen | set(left) <= set(range(len(times)))


def test_when_time_alone_completes_a_window() -> None:
    for text, due in [("10s", 20.0), ("session 3s", 15.5), ("5", None)]:
        state: dict[str, Any] = {}
        assert parse(text).due(state) is None
        parse(text).add(state, 1, 12.5)
        assert parse(text).due(state) == due


def test_a_window_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MOST_VALUES", 3)
    state: dict[str, Any] = {}
    for value in range(5):
        parse("session 9s").add(state, value, value)
    assert state == {"at": 4, "values": [[2, 2], [3, 3], [4, 4]], "dropped": 2}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no window"),
        ("ten", "is no duration"),
        ("5 by 2", "is no window"),
        ("5 every 2s", "mixes a count and a duration"),
        ("0", "is not from 1 to 100000 values"),
        ("1h every 1ms", "more than 10000 windows at once"),
        ("session 5", "is no duration"),
    ],
)
def test_what_is_no_window_is_told(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(text)


def test_a_time_of_today_is_in_its_window() -> None:
    state: dict[str, Any] = {}
    at = 1_795_252_077.629
    parse("500ms").add(state, 1, at)
    assert state["end"] == 1_795_252_078.0
    assert math.isclose(state["end"] % 0.5, 0)
