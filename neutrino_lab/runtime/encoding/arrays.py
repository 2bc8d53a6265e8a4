"""numpy's and pandas' values → lists and dicts. Neither is imported: they are known once loaded."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Collection, Hashable, Iterable
from datetime import date
from enum import Enum
from itertools import chain, count
from typing import Any

import orjson

UNKNOWN = object()
"""What `plain` gives for a value that is neither numpy's nor pandas'."""

# The types of arrays whose numbers JSON has as they are: on this machine's byte order.
_ORDER = "<" if sys.byteorder == "little" else ">"
_NATIVE = frozenset({"|i1", "|u1", "|b1"}).union(
    _ORDER + kind for kind in ("f8", "i8", "i4", "i2", "u8", "u4", "u2")
)
_DAYS = ("Y", "M", "W", "D")
# The times that Python has, in microseconds since 1970.
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999


def plain(value: Any, *, keeps_nan: bool = False) -> Any:
    """Take one numpy or pandas value apart, down to what `encode` knows.

    Numbers that are not finite become None, unless an array's are to stay as they are.
    """
    if isinstance(value, _loaded("numpy", "ndarray", "generic")):
        return _array(value, keeps_nan=keeps_nan)
    if value is getattr(sys.modules.get("pandas"), "NA", UNKNOWN):
        return None
    for module, names, convert in _PANDAS:
        if isinstance(value, _loaded(module, *names)):
            return convert(value)
    return UNKNOWN


def dumps(value: Any) -> bytes | None:
    """Write an array without Python objects for its values; None for anything else, and for an
    array that is written otherwise: dates, times that are missing or that Python does not have."""
    if type(value) is not getattr(sys.modules.get("numpy"), "ndarray", None) or not value.ndim:
        return None
    made = value if value.dtype.str in _NATIVE else _native(value)
    if made is None:
        return None
    numpy: Any = sys.modules["numpy"]
    return orjson.dumps(numpy.ascontiguousarray(made), option=orjson.OPT_SERIALIZE_NUMPY)


def _native(array: Any) -> Any:
    """The same in a type that orjson writes as Python's; None where there is none."""
    numpy: Any = sys.modules["numpy"]
    kind = array.dtype.kind
    if kind in "iu":
        return array.astype(array.dtype.newbyteorder("="))
    if kind == "f":
        # As Python's: short floats have more digits there.
        return array.astype(numpy.float64)
    if kind == "M" and numpy.datetime_data(array.dtype)[0] not in _DAYS:
        moments = array.astype("datetime64[us]")
        numbers = moments.view("int64")
        return moments if ((numbers >= _FIRST) & (numbers <= _LAST)).all() else None
    if kind == "m":
        spans = array.astype("timedelta64[us]").view("int64")
        # A float has them all up to there; what is missing is the least of integers.
        return spans / 1e6 if (numpy.abs(spans // 2) < 1 << 52).all() else None
    return None


def is_table(value: Any) -> bool:
    """Whether a value is a pandas frame or series."""
    return isinstance(value, _loaded("pandas", "DataFrame", "Series"))


def keeps_index(table: Any) -> bool:
    """Whether the index says more than the rows' positions: it has a name, or no integers."""
    index = table.index
    return any(name is not None for name in index.names) or (
        index.nlevels > 1 or getattr(index.dtype, "kind", "O") not in "iu"
    )


def has_labels(series: Any) -> bool:
    """Whether a series' labels say more than a list would: they are not 0, 1, 2 and so on."""
    if keeps_index(series):
        return True
    numpy: Any = sys.modules["numpy"]
    return not numpy.array_equal(series.index.to_numpy(), numpy.arange(len(series)))


def key(label: Any) -> str:
    """Write a dict's key or a column's label as JSON's text key."""
    if isinstance(label, Enum):
        label = label.value
    if isinstance(label, str):
        return str(label)
    if label is None or isinstance(label, bool):
        return {None: "null", True: "true", False: "false"}[label]
    if isinstance(label, date):
        return label.isoformat()
    if isinstance(label, bytes):
        return label.decode("utf-8", "backslashreplace")
    single = plain(label)
    return str(label) if single is UNKNOWN or isinstance(single, (list, dict)) else key(single)


def _loaded(module_name: str, *names: str) -> tuple[type, ...]:
    """The classes of a module, none if it is not loaded, or not yet by a thread that is at it."""
    module = sys.modules.get(module_name)
    return tuple(getattr(module, name) for name in names if hasattr(module, name))


def _array(value: Any, *, keeps_nan: bool = False) -> Any:
    numpy: Any = sys.modules["numpy"]
    array = value if isinstance(value, numpy.ndarray) else numpy.asarray(value)
    kind = array.dtype.kind
    if hasattr(array, "mask"):
        return array.tolist()
    if kind == "c":
        return [_array(each) for each in array] if array.ndim else complex_number(complex(array))
    if kind == "f":
        array = array if array.dtype.itemsize <= 8 else array.astype(numpy.float64)
        finite = numpy.isfinite(array)
        if not (keeps_nan or finite.all()):
            array = numpy.asarray(array.astype(object))
            array[~finite] = None
    elif kind == "M":
        unit = "D" if numpy.datetime_data(array.dtype)[0] in _DAYS else "us"
        array = array.astype(f"datetime64[{unit}]")
    elif kind == "m":
        array = array.astype("timedelta64[us]")
    elif array.dtype.names:
        return _named(array.tolist(), [str(name) for name in array.dtype.names])
    return array.tolist()


def complex_number(value: complex) -> dict[str, float | None]:
    """Write a number with an imaginary part as `{"real": 1.0, "imag": 2.0}`."""
    parts = {"real": value.real, "imag": value.imag}
    return {name: part if math.isfinite(part) else None for name, part in parts.items()}


def _named(rows: Any, names: list[str]) -> Any:
    if isinstance(rows, list):
        return [_named(row, names) for row in rows]
    return dict(zip(names, rows, strict=True))


def _column(column: Any) -> list[Any]:
    """The values of a series or an index, what is missing as None."""
    numpy: Any = sys.modules["numpy"]
    if getattr(column, "nlevels", 1) > 1 and not hasattr(column, "iloc"):
        return list(column)
    if isinstance(column.dtype, numpy.dtype) and column.dtype.kind != "O":
        return list(_array(column.to_numpy()))
    values = column.to_numpy(dtype=object)
    missing = numpy.asarray(column.isna())
    if missing.any():
        values = values.copy()
        values[missing] = None
    return list(values)


def columns(frame: Any) -> dict[str, Any]:
    """Name the columns of a frame's rows: levels of an index that says something, then its own."""
    own = [key(label) for label in frame.columns]
    named: dict[str, Any] = {}
    for name, level in _levels(frame.index) if keeps_index(frame) else ():
        named[_free(name, named, own)] = level
    for name, (_, column) in zip(own, frame.items(), strict=True):
        # Of two columns of one name, as a join may leave them, none is lost.
        others = own if name in named else ()
        named[_free(name, named, others)] = column
    return named


def _records(frame: Any) -> list[dict[str, Any]]:
    named = {name: _column(column) for name, column in columns(frame).items()}
    names = list(named)
    return [dict(zip(names, row, strict=True)) for row in zip(*named.values(), strict=True)]


def _free(name: str, *taken: Collection[str]) -> str:
    """The name itself, or with a number where it is taken: `v_1`."""
    numbered = (f"{name}_{number}" for number in count(1))
    return next(n for n in chain([name], numbered) if not any(n in names for names in taken))


def _levels(index: Any) -> Iterable[tuple[str, Any]]:
    for level, name in enumerate(index.names):
        unnamed = "index" if index.nlevels == 1 else f"level_{level}"
        yield unnamed if name is None else key(name), index.get_level_values(level)


def _series(series: Any) -> Any:
    if not has_labels(series):
        return _column(series)
    if not series.index.is_unique:
        name: Hashable = "value" if series.name is None else series.name
        frame = series.to_frame(name)
        return _records(frame if keeps_index(series) else frame.reset_index())
    return dict(zip((key(label) for label in series.index), _column(series), strict=True))


def _extension(value: Any) -> list[Any]:
    return _column(sys.modules["pandas"].Series(value))


_PANDAS: tuple[tuple[str, tuple[str, ...], Callable[[Any], Any]], ...] = (
    ("pandas", ("DataFrame",), _records),
    ("pandas", ("Series",), _series),
    ("pandas", ("Index",), _column),
    ("pandas", ("Period", "Interval"), str),
    ("pandas.api.extensions", ("ExtensionArray",), _extension),
    ("scipy.sparse", ("spmatrix", "sparray"), lambda matrix: _array(matrix.toarray())),
)
