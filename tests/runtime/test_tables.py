"""Arrays and tables written without taking them apart: byte for byte what taking apart gives."""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from neutrino_lab.runtime.encoding import arrays, encode, tables

# It has no types of its own to check against.
pd: Any = import_module("pandas")

NAN, INF = float("nan"), float("inf")
MOST_ROWS = 6


def is_as_taken_apart(value: Any) -> bool:
    """Whether a value is written as the lists and dicts are that it is taken apart to."""
    return encode.dumps(value) == encode.dumps(arrays.plain(value))


FLOATS = st.one_of(
    st.sampled_from([NAN, INF, -INF, 0.0, -0.0, 5e-324, 1e16, 1e-7, 1.7976931348623157e308]),
    st.floats(),
)
INTEGERS = st.integers(-(1 << 63), (1 << 63) - 1)
TEXTS = st.one_of(st.text(max_size=8), st.sampled_from(['",', ',"', "\n  ", ",\n  ", "\\", "%b"]))
ANYTHING = st.one_of(
    TEXTS,
    FLOATS,
    st.integers(),
    st.booleans(),
    st.none(),
    st.sampled_from([pd.NA, pd.NaT, np.float64(NAN), np.int8(3), [1, NAN], {"a": "é"}, "\ud800"]),
    st.datetimes(),
)
MOMENTS = st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1))
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "+03:15"]


def missing_too(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(values, values, st.none())


def column(of: st.SearchStrategy[Any], kind: Any, length: int) -> st.SearchStrategy[Any]:
    return st.lists(of, min_size=length, max_size=length).map(kind)


def typed(name: str) -> Any:
    return lambda values: pd.array(values, dtype=name)


def times(unit: str, **options: Any) -> Any:
    return lambda values: pd.Series(pd.to_datetime(values, **options)).dt.as_unit(unit)


def zoned(zone: str, unit: str) -> Any:
    def made(values: list[Any]) -> Any:
        return (
            pd.to_datetime(pd.Series(values, dtype="object"), utc=True)
            .dt.tz_convert(zone)
            .dt.as_unit(unit)
        )

    return made


def columns(length: int) -> st.SearchStrategy[Any]:
    """Any column that a frame may have."""
    units = st.sampled_from(["s", "ms", "us", "ns"])
    several: list[st.SearchStrategy[Any]] = [
        column(FLOATS, np.array, length),
        column(INTEGERS, lambda v: np.array(v, dtype="i8"), length),
        column(st.booleans(), lambda v: np.array(v, dtype=bool), length),
        column(missing_too(TEXTS), pd.Series, length),
        column(ANYTHING, lambda v: pd.Series(v, dtype=object), length),
        column(missing_too(TEXTS), typed("string"), length),
        column(missing_too(TEXTS), pd.Categorical, length),
        column(missing_too(st.integers(0, 3)), pd.Categorical, length),
        column(missing_too(MOMENTS), pd.Categorical, length),
        column(missing_too(st.integers(-128, 127)), typed("Int8"), length),
        column(missing_too(INTEGERS), typed("Int64"), length),
        column(missing_too(st.integers(0, (1 << 64) - 1)), typed("UInt64"), length),
        column(missing_too(FLOATS), typed("Float64"), length),
        column(missing_too(st.floats(width=32)), typed("Float32"), length),
        column(missing_too(st.booleans()), typed("boolean"), length),
        column(missing_too(MOMENTS), lambda v: pd.to_datetime(pd.Series(v, dtype=object)), length),
        units.flatmap(lambda u: column(missing_too(MOMENTS), times(u), length)),
        st.tuples(st.sampled_from(ZONES), units).flatmap(
            lambda each: column(missing_too(MOMENTS), zoned(*each), length)
        ),
        column(st.floats(0, 3), pd.arrays.SparseArray, length),
        column(st.integers(0, 500), lambda v: pd.PeriodIndex.from_ordinals(v, freq="M"), length),
        column(st.integers(0, 500), lambda v: pd.IntervalIndex.from_breaks([0, *v])[:length]
               if v == sorted(set(v)) and 0 not in v else np.array(v), length),
        *(
            arrays_of.arrays(dtype, length)
            for dtype in ("f2", "f4", ">f8", "i1", "u1", "<i2", ">i4", "u8", ">u2", "c16")
        ),
        *(arrays_of.arrays(f"{kind}8[{unit}]", length) for kind in "mM"
          for unit in ("s", "ms", "us", "ns")),
    ]  # fmt: skip
    return st.one_of(several)


LABELS = st.one_of(
    st.sampled_from(["a", "b", "index", "level_0", 3, 2.5, None, True, ("a", 1), "%s", 'é"']),
    st.dates(),
)


def may_be_a_level(values: Any) -> bool:
    """pandas has no index of short floats, of another byte order, or of values without a hash."""
    try:
        pd.MultiIndex.from_arrays([pd.Index(values)] * 2)
    except (NotImplementedError, TypeError, ValueError):
        return False
    return True


@st.composite
def frames(draw: st.DrawFn) -> Any:
    """Any frame, of any index, as a whole or a part of one."""
    length = draw(st.integers(0, MOST_ROWS))
    made = draw(st.lists(columns(length), max_size=4))
    frame = pd.DataFrame(dict(enumerate(made)), index=range(length))
    levels = draw(st.lists(columns(length).filter(may_be_a_level), max_size=2))
    names = draw(st.lists(LABELS, min_size=len(levels), max_size=len(levels)))
    if levels:
        indexes = [pd.Index(level) for level in levels]
        frame.index = indexes[0] if len(levels) == 1 else pd.MultiIndex.from_arrays(indexes)
        frame.index.names = names
    frame.columns = draw(st.lists(LABELS, min_size=len(made), max_size=len(made)))
    return frame.iloc[:: draw(st.sampled_from([1, 1, -1, 2]))]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(frames())
@pytest.mark.filterwarnings("ignore")
def test_any_frame(frame: Any) -> None:
    assert is_as_taken_apart(frame)
    assert encode.dumps({"rows": frame}) == encode.dumps({"rows": arrays.plain(frame)})


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, MOST_ROWS).flatmap(columns))
@pytest.mark.filterwarnings("ignore")
def test_any_series(values: Any) -> None:
    series = pd.Series(values)
    assert is_as_taken_apart(series)
    assert is_as_taken_apart(series.iloc[::2])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    arrays_of.arrays(
        st.one_of(
            arrays_of.scalar_dtypes(),
            arrays_of.datetime64_dtypes(),
            arrays_of.timedelta64_dtypes(),
        ),
        arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    )
)
@pytest.mark.filterwarnings("ignore")
def test_any_array(array: Any) -> None:
    for each in (array, array.T, array[::2] if array.ndim else array):
        assert is_as_taken_apart(each)


@pytest.mark.parametrize(
    "values",
    [
        [1.5, NAN, -INF],
        np.array([1.5, 2.5], dtype="f4"),
        [1, 2],
        [True, False],
        ["a", None],
        pd.Series(["a", 1, None, 2.5], dtype=object),
        pd.array(["a", None], dtype="string"),
        pd.Categorical(["a", None, "a"]),
        pd.array([1, None], dtype="Int64"),
        pd.array([1.5, None], dtype="Float64"),
        pd.array([True, None], dtype="boolean"),
        pd.to_datetime(["2024-05-01", None]),
        pd.to_datetime(["2024-03-31T00:30:00.5", None], utc=True).tz_convert("Europe/Berlin"),
        pd.to_timedelta([90, None], unit="s"),
    ],
    ids=lambda values: str(getattr(values, "dtype", values)),
)
def test_what_is_usual_is_not_taken_apart(values: Any) -> None:
    frame = pd.DataFrame({"a": values})
    assert tables.dumps(frame) == encode.dumps(arrays.plain(frame))
    assert tables.dumps(frame.set_index("a").assign(b=1)) is not None
    assert tables.dumps(frame["a"]) == encode.dumps(arrays.plain(frame["a"]))
