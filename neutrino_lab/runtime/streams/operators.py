"""THE table of built-in operators, under the names that streamz and pandas use.

Each is a function `(state, value, params, at) -> result`; it changes its state, which is JSON, and
gives `NOTHING` where nothing goes on.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from operator import add
from typing import Any, TypeAlias

NOTHING = object()

State: TypeAlias = dict[str, Any]
Params: TypeAlias = Mapping[str, Any]
Apply: TypeAlias = Callable[[State, Any, Params, float], Any]


@dataclass(frozen=True, slots=True)
class Builtin:
    """`params` with their defaults, and their `limits`: the least and the most. `words` are what
    people call it besides. `whole` is what it gives for the values of a window; without it, a
    window makes no sense of it."""

    apply: Apply
    about: str
    params: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    whole: Callable[[list[Any], Params], Any] | None = None
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def check(self, name: str, value: object) -> None:
        """Raise ValueError where it has no such param, or cannot go by that value."""
        if name not in self.params:
            known = ", ".join(f"`{each}`" for each in self.params) or "none"
            raise ValueError(f"`{name}` is no param of this operator; it has {known}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"`{name}` is {value!r:.80}, and no number")  # noqa: TRY004
        lowest, highest = self.limits.get(name, (-math.inf, math.inf))
        if not lowest <= value <= highest:
            raise ValueError(f"`{name}` is {value:g}, and not from {lowest:g} to {highest:g}")


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r:.80} is no number")
    number: float = value
    return number


def _numbers(values: list[Any]) -> list[float]:
    return [_number(value) for value in values]


def _size(params: Params, name: str = "window_size") -> int:
    return int(params[name])


def _sma(state: State, value: Any, params: Params, _at: float) -> float:
    values = [*state.get("values", []), _number(value)][-_size(params) :]
    state["values"] = values
    return float(sum(values) / len(values))


def _ema(state: State, value: Any, params: Params, _at: float) -> float:
    alpha = float(params["alpha"])
    before = state.get("mean")
    mean = _number(value)
    if before is not None:
        mean = float(before + alpha * (mean - before))
    state["mean"] = mean
    return mean


def _folded(name: str, first: float, fold: Callable[[float, float], float]) -> Apply:
    """Keep one number under a name in the state: what all values before have come to."""

    def apply(state: State, value: Any, _params: Params, _at: float) -> float:
        state[name] = made = fold(state.get(name, first), _number(value))
        return made

    return apply


def _mean(state: State, value: Any, _params: Params, _at: float) -> float:
    number = _number(value)
    count = state.get("count", 0) + 1
    mean = state.get("mean", 0.0) + (number - state.get("mean", 0.0)) / count
    state.update(count=count, mean=mean)
    return float(mean)


def _variance(state: State, value: Any, _params: Params, _at: float) -> float:
    """Welford's way: sums of squares lose all digits where the mean is large."""
    number = _number(value)
    count = state.get("count", 0) + 1
    before = state.get("mean", 0.0)
    mean = before + (number - before) / count
    squares = state.get("squares", 0.0) + (number - before) * (number - mean)
    state.update(count=count, mean=mean, squares=squares)
    return float(squares / (count - 1)) if count > 1 else 0.0


def _count(state: State, _value: Any, _params: Params, _at: float) -> int:
    state["count"] = state.get("count", 0) + 1
    return int(state["count"])


def _rate(state: State, _value: Any, params: Params, at: float) -> Any:
    times = [*state.get("times", []), at][-(_size(params) + 1) :]
    state["times"] = times
    elapsed_s = times[-1] - times[0]
    return (len(times) - 1) / elapsed_s if elapsed_s > 0 else NOTHING


def _window(state: State, value: Any, params: Params, _at: float) -> list[Any]:
    values = [*state.get("values", []), value][-_size(params) :]
    state["values"] = values
    return list(values)


def _dedupe(state: State, value: Any, _params: Params, _at: float) -> Any:
    if "last" in state and state["last"] == value and type(state["last"]) is type(value):
        return NOTHING
    state["last"] = value
    return value


def _throttle(state: State, value: Any, params: Params, at: float) -> Any:
    if at - state.get("at", -math.inf) < float(params["every_s"]):
        return NOTHING
    state["at"] = at
    return value


def _sample(state: State, value: Any, params: Params, _at: float) -> Any:
    count = state.get("count", 0)
    state["count"] = (count + 1) % _size(params, "every")
    return NOTHING if count else value


def _multiply(_state: State, value: Any, params: Params, _at: float) -> float:
    return _number(value) * float(params["factor"])


def _above(_state: State, value: Any, params: Params, _at: float) -> Any:
    return value if _number(value) > float(params["threshold"]) else NOTHING


def _below(_state: State, value: Any, params: Params, _at: float) -> Any:
    return value if _number(value) < float(params["threshold"]) else NOTHING


def _merge(_state: State, value: Any, _params: Params, _at: float) -> Any:
    return value


def _latest(state: State, value: Any, _params: Params, _at: float) -> Any:
    """The value comes as a pair: the name of its source, and the value itself."""
    name, newest = value
    state[name] = newest
    return dict(state)


_SIZE = {"window_size": 5}
_SIZES = {"window_size": (1, 100_000)}

BUILTINS: Mapping[str, Builtin] = {
    "sma": Builtin(
        _sma,
        "the mean of the last `window_size` values",
        _SIZE,
        ("simple moving average", "moving average", "rolling mean", "avg", "average"),
        lambda values, _: statistics.fmean(_numbers(values)),
        _SIZES,
    ),
    "ema": Builtin(
        _ema,
        "the mean in which each value counts `alpha`, and all before it the rest",
        {"alpha": 0.3},
        ("exponential moving average", "exponential mean"),
        limits={"alpha": (1e-9, 1)},
    ),
    "min": Builtin(
        _folded("min", math.inf, min),
        "the smallest value",
        words=("minimum", "lowest", "smallest"),
        whole=lambda values, _: min(_numbers(values)),
    ),
    "max": Builtin(
        _folded("max", -math.inf, max),
        "the largest value",
        words=("maximum", "highest", "largest"),
        whole=lambda values, _: max(_numbers(values)),
    ),
    "sum": Builtin(
        _folded("sum", 0, add),
        "the sum",
        words=("total",),
        whole=lambda values, _: sum(_numbers(values)),
    ),
    "mean": Builtin(
        _mean,
        "the mean of all values",
        whole=lambda values, _: statistics.fmean(_numbers(values)),
    ),
    "variance": Builtin(
        _variance,
        "the variance of the sample, 0 for one value",
        words=("var",),
        whole=lambda values, _: statistics.variance(_numbers(values)) if len(values) > 1 else 0.0,
    ),
    "count": Builtin(
        _count, "how many values came", words=("number",), whole=lambda values, _: len(values)
    ),
    "rate": Builtin(
        _rate,
        "values a second, over the last `window_size`",
        {"window_size": 20},
        ("frequency",),
        limits=_SIZES,
    ),
    "window": Builtin(
        _window,
        "a list of the last `window_size` values",
        _SIZE,
        ("last values",),
        lambda values, _: values,
        _SIZES,
    ),
    "dedupe": Builtin(_dedupe, "values that differ from the one before", words=("changes",)),
    "throttle": Builtin(
        _throttle,
        "at most one value in `every_s` seconds, the first",
        {"every_s": 1.0},
        limits={"every_s": (0, math.inf)},
    ),
    "sample": Builtin(
        _sample,
        "one value of `every` so many, the first",
        {"every": 10},
        limits={"every": (1, 100_000)},
    ),
    "multiply": Builtin(
        _multiply,
        "each value times `factor`",
        {"factor": 1.0},
        ("exchange rate", "apply exchange rate", "convert", "times"),
    ),
    "above": Builtin(
        _above,
        "values that are more than `threshold`",
        {"threshold": 0.0},
        ("over", "more than", "greater than"),
    ),
    "below": Builtin(
        _below,
        "values that are less than `threshold`",
        {"threshold": 0.0},
        ("under", "less than"),
    ),
    "merge": Builtin(_merge, "the values of all sources as they come"),
    "latest": Builtin(
        _latest, "the newest value of each source, as an object", words=("join", "combine")
    ),
}

_WORDS: Mapping[str, str] = {
    word: name for name, builtin in BUILTINS.items() for word in (name, *builtin.words)
}


def named(words: str) -> str:
    """Find the built-in that words name, empty if none: `avg`, `Simple Moving Average`."""
    return _WORDS.get(_plain(words), "")


def found(sentence: str, among: Collection[str]) -> str:
    """Find the one built-in of some that a sentence speaks of, empty if none or several."""
    text = f" {_plain(sentence)} "
    names = {name for word, name in _WORDS.items() if name in among and f" {word} " in text}
    return names.pop() if len(names) == 1 else ""


def _plain(words: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9.]+", " ", words.lower()).split())
