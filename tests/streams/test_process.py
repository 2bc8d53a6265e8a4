"""Values through one operator."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.runtime.streams import process as processes
from neutrino_lab.runtime.streams import returned
from neutrino_lab.runtime.streams.operators import BUILTINS, named
from neutrino_lab.runtime.streams.process import Process
from neutrino_lab.runtime.streams.returned import StateError, dumps
from neutrino_lab.runtime.streams.values import thawed
from tests.streams.flows import MEANS, PRICES, operator, put, sma


def rounded(given_: list[Any]) -> list[Any]:
    return [round(each, 9) for each in given_]


def test_the_golden_prices() -> None:
    by_function = Process(operator(sma, params=[("window_size", "int", False, 5)]))
    by_name = Process(operator(op="sma"))
    assert rounded(put(by_function, *PRICES)) == MEANS
    assert rounded(put(by_name, *PRICES)) == MEANS


def test_what_a_function_is_by_its_parameters() -> None:
    def double(value: int) -> int:
        return value * 2

    def above(value: int, params: Any) -> bool:
        return bool(value > params["least"])

    def twice(value: int) -> Any:
        yield value
        yield value

    def total(acc: dict[str, int], value: int) -> Any:
        acc["sum"] = acc.get("sum", 0) + value
        return acc, acc

    assert put(Process(operator(double)), 1, 2) == [2, 4]
    assert put(Process(operator(above, params=[("least", "int", False, 2)])), 1, 2, 3) == [3]
    assert put(Process(operator(twice)), 1, 2) == [1, 1, 2, 2]
    # What was emitted is not what the function goes on changing.
    assert put(Process(operator(total)), 1, 2) == [{"sum": 1}, {"sum": 3}]


def test_none_is_nothing() -> None:
    def even(value: int) -> int | None:
        return None if value % 2 else value

    assert put(Process(operator(even)), 1, 2, 3, 4) == [2, 4]


def test_what_is_selected() -> None:
    def same(value: Any) -> Any:
        return value

    quote = {"symbol": "A", "quote": {"price": "5", "sizes": [1, 2]}, "none": None}
    one = operator(same, select=[("quote.price", "float")])
    several = operator(same, select=[("symbol",), ("quote.sizes.1",), ("quote.price", "int")])
    assert put(Process(one), quote, {}, {"quote": {"price": None}}) == [5.0]
    assert put(Process(several), quote) == [{"symbol": "A", "1": 2, "price": 5}]
    whole = operator(same, select=[("none",)], on_null="pass")
    assert put(Process(operator(same, select=[("quote",)])), quote) == [quote["quote"]]
    assert put(Process(whole), quote) == []
    strict = Process(operator(same, select=[("quote.price", "int")], on_null="error"))
    assert put(strict, {"quote": {"price": "x"}}, {}, {"quote": {"price": None}}, quote) == [5]
    assert [each.message for each in strict.errors] == [
        "`quote.price` is 'x': Input should be a valid integer, unable to parse string as an "
        "integer",
        "`quote.price` is missing",
        "`quote.price` is null",
    ]


def test_a_value_that_fails_is_lost_alone() -> None:
    heard: list[BaseException] = []

    def invert(value: float) -> float:
        return 1 / value

    process = Process(operator(invert), version=3, on_error=heard.append)
    assert put(process, 1, 0, 2) == [1.0, 0.5]
    [failure] = process.errors
    assert (failure.kind, failure.message, failure.value, failure.version) == (
        "ZeroDivisionError",
        "division by zero",
        "0",
        3,
    )
    assert "return 1 / value" in failure.traceback
    assert [type(each) for each in heard] == [ZeroDivisionError]
    assert (process.received, process.failed, process.failures_in_a_row) == (3, 1, 0)


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        (5, "`f` returned 5; an accumulate returns a pair: the state, and what goes on"),
        (([], 1), "`f` returned [] as its state, which is a dict"),
    ],
)
def test_what_is_no_pair_is_told(returned: Any, reason: str) -> None:
    def f(acc: Any, value: Any) -> Any:
        return returned

    process = Process(operator(f))
    assert put(process, 1) == []
    assert [each.message for each in process.errors] == [reason]


def test_a_value_becomes_a_bounded_number_of_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returned, "MOST_RESULTS", 10)

    def forever(value: int) -> Any:
        while value:
            yield value

    process = Process(operator(forever))
    assert put(process, 1, 0) == []
    assert [each.message for each in process.errors] == ["one value became more than 10"]


def test_keys_are_bounded_and_those_known_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "MOST_KEYS", 2)
    process = Process(operator(op="count", key="k"))
    assert put(process, *({"k": k} for k in ["a", "b", "c", "a", [1], "b"])) == [1, 1, 2, 2]
    assert [each.message for each in process.errors] == [
        "there are 2 keys already: 'c' is dropped",
        "the key `k` is [1], no scalar",
    ]


def test_windows_of_a_function_and_of_a_built_in() -> None:
    def spread(values: list[float]) -> float:
        return max(values) - min(values)

    assert put(Process(operator(spread, window="3")), 1, 5, 2, 9, 9, 8) == [4, 1]
    assert put(Process(operator(op="mean", window="2s")), 1, 3, 5, 7, 9) == [2.0, 6.0]
    process = Process(operator(op="sum", window="session 5s"))
    assert put(process, 1, 2) == []
    assert process.due() == 6.0
    assert [value for _, value, _ in process.pass_time(6.0)] == [3]


def test_joins_of_the_newest() -> None:
    process = Process(operator(op="latest", source="stream:a stream:b"))
    results: list[Any] = []
    process.run([(1, 0, None, 0), (2, 0, None, 0), (7, 0, None, 1), (3, 0, None, 0)], results)
    assert [thawed(value) for _, value, _ in results] == [{"a": 2, "b": 7}, {"a": 3, "b": 7}]


NUMBERS = st.lists(st.floats(-1e6, 1e6) | st.integers(-1000, 1000), min_size=1, max_size=30)


@given(NUMBERS, st.integers(1, 7))
def test_built_ins_against_the_whole_list(numbers: list[float], size: int) -> None:
    import statistics

    params = [("window_size", "int", False, size)]

    def last(**more: Any) -> Any:
        return put(Process(operator(**more)), *numbers)[-1]

    approx = pytest.approx
    tail = numbers[-size:]
    assert last(op="sma", params=params) == approx(statistics.fmean(tail), abs=1e-6)
    assert last(op="window", params=params) == tail
    assert last(op="min") == min(numbers)
    assert last(op="max") == max(numbers)
    assert last(op="sum") == approx(sum(numbers), abs=1e-6)
    assert last(op="mean") == approx(statistics.fmean(numbers), abs=1e-6)
    assert last(op="count") == len(numbers)
    spread = statistics.variance(numbers) if len(numbers) > 1 else 0
    assert last(op="variance") == approx(spread, rel=1e-6, abs=1e-5)


def test_built_ins_that_drop() -> None:
    assert put(Process(operator(op="dedupe")), 1, 1, 2, 2, 1, True) == [1, 2, 1, True]
    assert put(
        Process(operator(op="throttle", params=[("every_s", "float", False, 2)])), 1, 2, 3, 4
    ) == [1, 3]
    assert put(Process(operator(op="sample", params=[("every", "int", False, 3)])), *range(7)) == [
        0,
        3,
        6,
    ]
    assert put(Process(operator(op="rate")), 1, 1, 1) == [1.0, 1.0]
    assert put(Process(operator(op="ema", params=[("alpha", "float", False, 0.5)])), 4, 8) == [4, 6]
    process = Process(operator(op="sum"))
    assert put(process, 1, "x", True, 2) == [1, 3]
    assert [each.message for each in process.errors] == ["'x' is no number", "True is no number"]


@pytest.mark.parametrize(
    ("op", "name", "value", "reason"),
    [
        ("sma", "window_size", 0, "`window_size` is 0, and not from 1 to 100000"),
        ("ema", "alpha", 2, "`alpha` is 2, and not from 1e-09 to 1"),
        ("throttle", "every_s", -1, "`every_s` is -1, and not from 0 to inf"),
        ("sample", "every", "x", "`every` is 'x', and no number"),
        ("sma", "size", 3, "`size` is no param of this operator; it has `window_size`"),
    ],
)
def test_built_ins_refuse_params_that_they_cannot_go_by(
    op: str, name: str, value: Any, reason: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        operator(op=op, params=[(name, "", False, value)])


def test_a_built_in_keeps_its_param_where_a_change_does_not_fit() -> None:
    made = operator(op="sma")
    with pytest.raises(ValueError, match="`window_size` is 0, and not from 1 to 100000"):
        made.fit_params({"window_size": 0}, made.params)
    assert made.fit_params({"window_size": "3"}, made.params) == {"window_size": 3}


def test_words_name_built_ins() -> None:
    found = {w: named(w) for w in ["avg", "Simple Moving Average", "MIN", "rolling-mean", "blah"]}
    assert found == {
        "avg": "sma",
        "Simple Moving Average": "sma",
        "MIN": "min",
        "rolling-mean": "sma",
        "blah": "",
    }
    assert all(named(name) == name for name in BUILTINS)


OPERATORS = [
    {"op": name, **({"params": [("every", "int", False, 2)]} if name == "sample" else {})}
    for name in BUILTINS
    if name not in ("merge", "latest")
] + [
    {
        "function": sma,
        "params": [("window_size", "int", False, 3)],
        "state": [("values", "list[float]")],
    },
    {"op": "mean", "window": "3 every 2"},
    {"op": "mean", "window": "4s every 2s"},
    {"op": "sum", "window": "session 3s"},
]


@given(
    st.sampled_from(OPERATORS),
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(-9, 9), st.integers(0, 6)), max_size=30),
    st.sets(st.integers(0, 30)),
)
def test_a_run_that_is_resumed_anywhere_equals_the_whole(
    declared: dict[str, Any], events: list[tuple[str, int, int]], stops: set[int]
) -> None:
    made = operator(**declared, key="k", select=[("v",)])
    at = 0
    entries = []
    for place, (key, value, wait) in enumerate(events):
        at += wait
        entries.append(({"k": key, "v": value}, float(at), place, 0))

    def results_of(stops: set[int]) -> tuple[list[Any], Any]:
        process = Process(made)
        results: list[Any] = []
        for place, entry in enumerate(entries):
            if place in stops:
                stored = dumps(process.snapshot())
                process = Process(made)
                process.restore(json.loads(stored))
            process.run([entry], results)
        results += process.pass_time(1000.0)
        return [(key, thawed(value), at) for key, value, at in results], process.snapshot()

    assert results_of(stops) == results_of(set())


@given(
    st.dictionaries(st.sampled_from("abcd"), st.lists(st.integers(), max_size=8)),
    st.randoms(use_true_random=False),
)
def test_each_key_keeps_its_order_and_state_however_they_interleave(
    by_key: dict[str, list[int]], order: random.Random
) -> None:
    waiting = {key: list(each) for key, each in by_key.items() if each}
    mixed = []
    while waiting:
        key = order.choice(sorted(waiting))
        mixed.append({"k": key, "v": waiting[key].pop(0)})
        if not waiting[key]:
            del waiting[key]
    process = Process(
        operator(op="window", key="k", select=[("v",)], params=[("window_size", "int", False, 3)])
    )
    results: list[Any] = []
    process.run([(each, 0.0, None, 0) for each in mixed], results)
    for key, numbers in by_key.items():
        given_ = [thawed(value) for k, value, _ in results if k == key]
        assert given_ == [numbers[max(0, n - 2) : n + 1] for n in range(len(numbers))]


def test_a_state_that_json_would_change_is_refused() -> None:
    for state, reason in [
        ({"seen": {1}}, "the state `seen` is a set"),
        ({"pair": {"a": (1, 2)}}, "the state `pair` is a tuple"),
        ({"by": {1: 2}}, "the state has the key 1, which is no text"),
    ]:
        with pytest.raises(StateError, match=reason):
            dumps(state)


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ({"op": "smaa"}, "`smaa` is no built-in operator; there are `sma`, `ema`"),
        ({}, "a function is missing, or `op` with the name of a built-in operator"),
        ({"op": "dedupe", "window": "5"}, "`dedupe` goes value by value: it has no `window`"),
        ({"op": "sum", "source": "smtp://h"}, "`smtp` is no kind of source; there are `warp`"),
        ({"op": "sum", "source": ""}, "`s` has no source"),
        ({"function": sma, "op": "sum"}, "is a built-in operator: it takes no function"),
        ({"function": lambda a, b: 0, "op": ""}, "do not tell what it is"),
        ({"function": lambda: 0, "source": "sim:random-walk"}, "takes no value; only `every:`"),
        ({"function": sma, "op": "fold"}, "`op` is one of map, filter, flat_map, accumulate"),
        ({"op": "sum", "migrate": "nope", "namespace": {"nope": 5}}, "which is no function"),
    ],
)
def test_what_does_not_fit_together_is_told(declared: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        operator(**declared)
