"""Whatever a function returns has the JSON that its reader expects."""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
import subprocess
import sys
from collections import Counter, OrderedDict, UserDict, UserList, deque, namedtuple
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from importlib import import_module
from ipaddress import ip_address
from pathlib import PurePosixPath
from types import MappingProxyType, SimpleNamespace
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from neutrino_lab.runtime.encoding import encode

# It has no types of its own to check against.
pd: Any = import_module("pandas")

NAN = float("nan")


class Color(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


class Word(str, Enum):
    A = "a"


class Model(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    full_name: str = Field(alias="fullName")
    when: dt.date = dt.date(2024, 2, 29)
    grid: Any = None


@dataclass
class Pair:
    a: int
    b: Any


@dataclass(slots=True)
class Slotted:
    a: int


class Tensor:
    def tolist(self) -> list[int]:
        return [1, 2]


class Polars:
    def to_dicts(self) -> list[dict[str, int]]:
        return [{"a": 1}]


Point = namedtuple("Point", "x y")
UTC = dt.timezone.utc


def written(value: Any) -> Any:
    """The JSON of a value, read again by a strict reader."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(encode.dumps(value), parse_constant=refuse)


def _named(value: Any) -> str:
    """Name a case alike in every process: no addresses."""
    return re.sub(r" at 0x\w+", "", repr(value))[:40]


PLAIN: list[tuple[Any, Any]] = [
    ({"a": [1, 2.5, "é", None, True]}, {"a": [1, 2.5, "é", None, True]}),
    ([NAN, float("inf"), -float("inf"), 1.0], [None, None, None, 1.0]),
    ({3: "a", 2.5: "b", None: "c", True: "d"}, {"3": "a", "2.5": "b", "null": "c", "true": "d"}),
    ({3: NAN, 2.5: "b", None: "c", True: "d"}, {"3": None, "2.5": "b", "null": "c", "true": "d"}),
    ({(1, 2): "a", dt.date(2024, 1, 2): "b", Color.RED: "c", b"k": "d"},
     {"(1, 2)": "a", "2024-01-02": "b", "red": "c", "k": "d"}),
    (dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "2024-01-02T03:04:05+00:00"),
    ([dt.date(2024, 1, 2), dt.time(3, 4)], ["2024-01-02", "03:04:00"]),
    (dt.timedelta(minutes=1.5), 90.0),
    ([Decimal("1"), Decimal("1.50"), Decimal("NaN"), Decimal("sNaN")], [1, 1.5, None, None]),
    (UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    (PurePosixPath("a/b"), "a/b"),
    (Fraction(1, 4), 0.25),
    ([Color.RED, Level.LOW, Word.A], ["red", 1, "a"]),
    ([{1}, frozenset({2}), deque([3]), range(2)], [[1], [2], [3], [0, 1]]),
    (({"a": 1}.keys(), {"a": 1}.values(), {"a": 1}.items()), [["a"], [1], [["a", 1]]]),
    (Point(1, 2), [1, 2]),
    ([Pair(1, {2}), Slotted(3)], [{"a": 1, "b": [2]}, {"a": 3}]),
    (Model(fullName="Ada"), {"fullName": "Ada", "when": "2024-02-29", "grid": None}),
    (Model(fullName="Ada", grid=np.array([1, NAN])), {"fullName": "Ada", "when": "2024-02-29",
                                      "grid": [1.0, None]}),
    (SimpleNamespace(a=1, b=SimpleNamespace(c=NAN)), {"a": 1, "b": {"c": None}}),
    ([UserDict(a=1), UserList([1]), MappingProxyType({"b": 2})], [{"a": 1}, [1], {"b": 2}]),
    ([OrderedDict(a=1), Counter("aa")], [{"a": 1}, {"a": 2}]),
    ([b"text", bytearray(b"x"), memoryview(b"y"), b"\xff\xfe"], ["text", "x", "y", "//4="]),
    ([ValueError("why"), re.compile("a+"), ip_address("::1")], ["why", "a+", "::1"]),
    (SecretStr("hunter2"), "**********"),
    ([Tensor(), Polars()], [[1, 2], [{"a": 1}]]),
    ("\ud800", "\ud800"),
    ({"a": map(str, [1, 2]), "b": NAN, "c": (n for n in range(2))},
     {"a": ["1", "2"], "b": None, "c": [0, 1]}),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), PLAIN, ids=_named)
def test_plain_python(value: Any, expected: Any) -> None:
    assert written(value) == expected


ARRAYS: list[tuple[Any, Any]] = [
    (np.arange(3), [0, 1, 2]),
    (np.array([[1.5, NAN], [np.inf, -np.inf]]), [[1.5, None], [None, None]]),
    (np.array(NAN), None),
    (np.array(5), 5),
    (np.array([], dtype=float), []),
    ([np.int64(1), np.float32(0.5), np.float64(NAN), np.bool_(True), np.str_("a")],
     [1, 0.5, None, True, "a"]),
    (np.array([0.5], dtype=np.float16), [0.5]),
    (np.array([0.5, NAN], dtype=np.longdouble), [0.5, None]),
    (np.array([True, False]), [True, False]),
    (np.array(["a", "é"]), ["a", "é"]),
    (np.array([b"a"]), ["a"]),
    (np.array(["2024-01-02", "NaT"], dtype="datetime64[ns]"), ["2024-01-02T00:00:00", None]),
    (np.array(["2024-01-02", "NaT"], dtype="datetime64[D]"), ["2024-01-02", None]),
    (np.datetime64("2024-01-02T03:04:05"), "2024-01-02T03:04:05"),
    ([np.datetime64("NaT", "s"), np.timedelta64("NaT", "s")], [None, None]),
    (np.array([90, "NaT"], dtype="timedelta64[s]"), [90.0, None]),
    (np.array([1, None, "a", {"b": np.int8(2)}], dtype=object), [1, None, "a", {"b": 2}]),
    (np.array([(1, 2.5)], dtype=[("a", int), ("b", float)]), [{"a": 1, "b": 2.5}]),
    (np.ma.array([1, 2], mask=[False, True]), [1, None]),
    ({np.int64(3): np.arange(1)}, {"3": [0]}),
    # As keys of the types of Python that they are like, and as the same values.
    ({np.True_: 1, np.datetime64("2024-01-02T03:04:05"): 2}, {"true": 1, "2024-01-02T03:04:05": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), ARRAYS, ids=_named)
def test_numpy(value: Any, expected: Any) -> None:
    assert written(value) == expected


FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", None]})

FRAMES: list[tuple[Any, Any]] = [
    (FRAME, [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
    (FRAME[FRAME.a > 1], [{"a": 2, "b": None}]),
    (FRAME.set_index("b"), [{"b": "x", "a": 1}, {"b": None, "a": 2}]),
    (pd.DataFrame({"n": [1]}, index=["row"]), [{"index": "row", "n": 1}]),
    (pd.DataFrame({"n": [1]}, index=pd.MultiIndex.from_tuples([("u", 2)])),
     [{"level_0": "u", "level_1": 2, "n": 1}]),
    (pd.DataFrame({3: [NAN, np.inf], ("a", "b"): [True, False]}),
     [{"3": None, "('a', 'b')": True}, {"3": None, "('a', 'b')": False}]),
    (pd.DataFrame({"t": pd.to_datetime(["2024-01-02", None])}),
     [{"t": "2024-01-02T00:00:00"}, {"t": None}]),
    (pd.DataFrame({"t": pd.to_datetime(["2024-01-02"], utc=True)}),
     [{"t": "2024-01-02T00:00:00+00:00"}]),
    (pd.DataFrame({"i": pd.array([1, None], dtype="Int64"), "c": pd.Categorical(["u", None])}),
     [{"i": 1, "c": "u"}, {"i": None, "c": None}]),
    (pd.DataFrame({"d": pd.to_timedelta(["90s", None])}), [{"d": 90.0}, {"d": None}]),
    (pd.DataFrame({"l": [[1, NAN], {"k": np.int64(1)}]}), [{"l": [1, None]}, {"l": {"k": 1}}]),
    (pd.DataFrame(), []),
    (pd.Series([1.5, NAN]), [1.5, None]),
    (pd.Series({"a": 1, "b": 2}), {"a": 1, "b": 2}),
    (pd.Series(["u", "u", "v"], name="s").value_counts(), {"u": 2, "v": 1}),
    (pd.Series([7, 7], name="s").value_counts(), {"7": 2}),
    (pd.Series([1, 2], index=["a", "a"]), [{"index": "a", "value": 1}, {"index": "a", "value": 2}]),
    (pd.Series([1], index=pd.to_datetime(["2024-01-02"])), {"2024-01-02T00:00:00": 1}),
    ([pd.Index([1, 2]), pd.date_range("2024-01-02", periods=1)], [[1, 2], ["2024-01-02T00:00:00"]]),
    (pd.MultiIndex.from_tuples([("a", 1)]), [["a", 1]]),
    ([pd.NaT, pd.NA, pd.Timestamp("2024-01-02"), pd.Timedelta("90s"), pd.Period("2024-01"),
      pd.Interval(0, 1)], [None, None, "2024-01-02T00:00:00", 90.0, "2024-01", "(0, 1]"]),
    ([pd.Categorical(["a", None]), pd.array([1, None], dtype="Int64")], [["a", None], [1, None]]),
    (FRAME.to_dict("records"), [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
    (FRAME.dtypes.to_dict().keys(), ["a", "b"]),
    (pd.DataFrame({"a": [1]}).describe().to_dict()["a"]["std"], None),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), FRAMES, ids=_named)
def test_pandas(value: Any, expected: Any) -> None:
    assert written(value) == expected


def test_a_row_of_sqlite() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute("select 1 as a, 'x' as b").fetchall()
    connection.close()
    assert written(rows) == [{"a": 1, "b": "x"}]


def endless() -> list[Any]:
    held: list[Any] = []
    held.append(held)
    return held


def deep() -> Any:
    held: Any = NAN
    for _ in range(20_000):
        held = [held]
    return held


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (object(), "builtins.object"),
        ({"a": len}, "builtin_function"),
        (pytest, "builtins.module"),
        (Color, "enum.Enum"),
        (FRAME.groupby("a"), "DataFrameGroupBy"),
        (Figure(), "matplotlib.figure.Figure"),
        (endless(), "contains itself"),
        (deep(), "too deeply"),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, str) else "",
)
def test_what_has_no_json_form_is_named(value: Any, name: str) -> None:
    with pytest.raises(encode.EncodeError, match=re.escape(name)):
        encode.dumps(value)


def test_an_error_of_a_values_own_is_passed_on() -> None:
    class Broken:
        def tolist(self) -> None:
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        encode.dumps([Broken()])


def test_the_runtime_loads_none_of_the_libraries_it_knows() -> None:
    code = """
import sys
from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.encoding import encode
from neutrino_lab.runtime.http import responses
encode.dumps([object.__doc__, {1}, 1.5])
responses.render(object.__doc__)
print(*sorted({"numpy", "pandas", "matplotlib", "PIL"} & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


def test_describing_an_app_does_not_load_fastapi() -> None:
    code = "import sys, neutrino_lab.runtime.spec; print('fastapi' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
