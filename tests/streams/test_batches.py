"""Values that go through together become what they become one by one, whatever happens between."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.runtime.streams.buffer import CHUNK, Buffer
from neutrino_lab.runtime.streams.contract import Overflow, Received
from neutrino_lab.runtime.streams.emission import Emission
from neutrino_lab.runtime.streams.guard import Guard
from neutrino_lab.runtime.streams.newest import Newest
from neutrino_lab.runtime.streams.operator import Operator
from neutrino_lab.runtime.streams.outlet import written
from neutrino_lab.runtime.streams.process import Process
from neutrino_lab.runtime.streams.values import (
    Chunk,
    InterruptedOperatorError,
    Result,
    Results,
    chunks,
    rows,
)
from tests.streams.flows import operator

SHARED: list[int] = []
DOES: dict[str, Callable[[int], Any]] = {
    "float": float,
    "int": lambda n: n,
    "text": str,
    "nan": lambda _: float("nan"),
    "bool": lambda n: n % 2 == 0,
    "nothing": lambda _: None,
    "list": lambda n: SHARED.append(n) or SHARED,  # type: ignore[func-returns-value]
    "no JSON": lambda _: print,
    "raises": lambda n: 1 / (n - n),
    "interrupted": lambda n: (_ for _ in ()).throw(InterruptedOperatorError(n)),
}


class OneByOne(Process):
    """Takes no shortcut."""

    _is_plain = False


class Calls:
    """Operators of each kind that do what a value says, and note that they were called."""

    def __init__(self, kind: str, version: int) -> None:
        self.made: list[Any] = []
        self.operator = self._operator(kind, version)

    def does(self, value: dict[str, Any], params: dict[str, Any]) -> Any:
        self.made.append((value["n"], params["p"]))
        return DOES[value["does"]](value["n"] + params["p"])

    def _operator(self, kind: str, version: int) -> Operator:
        def mapped(value: Any, params: dict[str, Any]) -> Any:
            return self.does(value, params)

        def kept(value: Any, params: dict[str, Any]) -> bool:
            return self.does(value, params)  # type: ignore[no-any-return]

        def summed(acc: dict[str, Any], value: Any, params: dict[str, Any]) -> Any:
            result = self.does(value, params)
            acc = {"seen": [*acc.get("seen", [])[-3:], value["n"] * version]}
            return (acc, result) if value["n"] % 7 else [acc, result]

        functions: dict[str, Callable[..., Any]] = {
            "map": mapped,
            "filter": kept,
            "accumulate": summed,
        }
        function = functions[kind]
        return operator(function, params=[("p", "int", False, version)])


BETWEEN = st.one_of(
    st.just(()),
    st.integers(-3, 3),  # the param from the next value on
    st.sampled_from(["map", "filter", "accumulate"]),  # the version from the next value on
)
PARTS = st.lists(
    st.tuples(st.lists(st.sampled_from([*DOES]), min_size=1, max_size=9), BETWEEN), max_size=6
)


@given(st.sampled_from(["map", "filter", "accumulate"]), PARTS)
def test_a_batch_gives_what_its_values_give_one_by_one(kind: str, parts: list[Any]) -> None:
    assert _told(Process, kind, parts, most=CHUNK) == _told(OneByOne, kind, parts, most=1)


def _told(make: type[Process], kind: str, parts: list[Any], *, most: int) -> Any:
    """All that shows of a process after values, at most so many at once, and what comes between."""
    SHARED.clear()
    calls = [Calls(kind, 1)]
    process = make(calls[0].operator)
    results: Results = []
    number = 0
    for part, between in parts:
        entries: list[Received] = [
            ({"n": n, "does": does}, float(n), n) for n, does in enumerate(part, number)
        ]
        number += len(part)
        for start in range(0, len(part), most):
            process.put(Chunk(2, entries[start : start + most]), results)
        if isinstance(between, int):
            process.params = process.operator.fit_params({"p": between}, process.params)
        elif between:
            calls.append(Calls(between, len(calls) + 1))
            process.adopt(calls[-1].operator, len(calls), process.states())
    emitted = Emission(5, process.version, results) if results else ()
    return (
        [each.made for each in calls],
        [written("s", each) for each in emitted],
        json.dumps(process.snapshot()),
        [
            (each.kind, each.message, each.version, each.value, each.traceback[-60:])
            for each in process.errors
        ],
        (process.received, process.failed, process.failures_in_a_row, process.progress),
    )


def test_an_interrupt_between_two_values_costs_none() -> None:
    calls: list[int] = []
    progress: set[int] = set()

    def work(value: int) -> float:
        calls.append(value)
        progress.add(process.progress)
        if value == 3:
            raise ValueError
        return float(value)

    def interrupted(error: BaseException) -> None:
        # The watchdog's, as late as can be: the failure of the value has been noted.
        if isinstance(error, ValueError):
            raise InterruptedOperatorError

    process = Process(operator(work), on_error=interrupted)
    batch = [*chunks([(n, float(n), n, n // 4) for n in range(9)])]
    assert [value for _, value, _ in rows(Guard().run(process, batch))] == [
        *(0.0, 1.0, 2.0, 4.0, 5.0, 6.0, 7.0, 8.0)
    ]
    assert calls == [*range(9)]
    # The watchdog sees that each is another value.
    assert len(progress) == 9
    assert (process.received, process.progress, process.failed) == (9, 9, 2)
    assert process.positions == {0: 3, 1: 7, 2: 8}


def test_what_an_operator_changes_later_does_not_reach_what_it_gave() -> None:
    mine: list[int] = []

    def work(value: int) -> list[int]:
        mine.append(value)
        return mine

    results: list[Result] = []
    Process(operator(work)).run([(n, 0.0, None, 0) for n in range(3)], results)
    assert [value.text for _, value, _ in results] == ["[0]", "[0,1]", "[0,1,2]"]


@pytest.mark.parametrize("is_keyed", [False, True])
@pytest.mark.parametrize("overflow", ["block", "conflate", "drop-oldest"])
@given(
    steps=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9), st.integers(0, 6)), max_size=25),
    capacity=st.integers(1, 8),
)
def test_a_buffer_keeps_and_drops_as_one_list_would(
    overflow: Overflow, is_keyed: bool, steps: list[tuple[int, int, int]], capacity: int
) -> None:
    buffer = Buffer(capacity, overflow, (lambda value: value % 3) if is_keyed else None)
    naive: deque[Any] = deque()
    dropped = number = 0
    for origin, count, most in steps:
        entries = [(n, float(n), n) for n in range(number, number + count)]
        number += count
        buffer.put(origin, entries)
        naive.extend((*entry, origin) for entry in entries)
        excess = len(naive) - capacity
        if excess > 0 and overflow == "conflate":
            superfluous, seen = max(excess, capacity // 2), set()
            for entry in reversed([*naive]):
                place = (entry[3], entry[0] % 3 if is_keyed else None)
                if place in seen and superfluous > 0:
                    superfluous -= 1
                    dropped += 1
                    naive.remove(entry)
                seen.add(place)
        while overflow != "block" and len(naive) > capacity:
            naive.popleft()
            dropped += 1
        assert buffer.oldest_at == (naive[0][1] if naive else 0.0)
        taken = [each for chunk in buffer.take(most) for each in chunk]
        assert taken == [naive.popleft() for _ in range(min(most, len(naive)))]
        assert (len(buffer), buffer.dropped) == (len(naive), dropped)
        assert buffer.is_full == (len(naive) >= capacity)


@given(st.lists(st.integers(0, 60), max_size=12), st.integers(0, 30))
def test_the_newest_are_the_last_of_all_parts(sizes: list[int], most: int) -> None:
    newest, naive = Newest[int](most), deque[int](maxlen=most)
    for size in sizes:
        newest.add([*range(size)])
        naive.extend(range(size))
        assert [*newest] == [*naive]


def test_a_value_that_was_begun_is_never_begun_again() -> None:
    def work(value: int) -> int:
        if value == 1:
            raise SystemExit
        return value

    process = Process(operator(work))
    results: Results = []
    with pytest.raises(SystemExit):
        process.put(Chunk(0, [(n, float(n), n) for n in range(4)]), results)
    assert [value for _, value, _ in rows(results)] == [0]
    assert (process.progress, process.received, process.positions) == (2, 2, {0: 1})
