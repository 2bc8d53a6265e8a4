"""pandas' frames and series → JSON text, column by column: no Python object for each value.

What is written here is what `arrays` makes of the same table, and orjson of that. A table with a
column that is not plainly in order is left to them: lists in cells, periods, nanoseconds in a zone.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from typing import Any

import orjson

from . import arrays

# Of these orjson writes each in one line, as an item of a list too.
_SCALARS = frozenset({str, int, float, bool, type(None)})
# No text in JSON has a line break in it, so each item is found again.
_BETWEEN_LINES = b",\n  "


def dumps(value: Any) -> bytes | None:
    """Write a frame as rows, or a series as a list; None for anything else, and for a table that is
    not plainly in order. Raises TypeError for what orjson cannot write."""
    pandas = sys.modules.get("pandas")
    if isinstance(value, getattr(pandas, "DataFrame", ())):
        return _rows(value)
    if isinstance(value, getattr(pandas, "Series", ())):
        return _list(value)
    return None


def _rows(frame: Any) -> bytes | None:
    columns = arrays.columns(frame)
    if not (columns and len(frame)):
        return b"[]"
    texts: dict[str, list[bytes]] = {}
    # What may be anything first: then nothing is written in vain.
    for name in sorted(columns, key=lambda name: _is_certain(columns[name].dtype)):
        each = _texts(columns[name])
        if each is None:
            return None
        texts[name] = each
    rows = zip(*(texts[name] for name in columns), strict=True)
    names = (orjson.dumps(name).replace(b"%", b"%%") for name in columns)
    row = b"{" + b",".join(name + b":%b" for name in names) + b"}"
    return b"[" + b",".join(map(row.__mod__, rows)) + b"]"


def _is_certain(dtype: Any) -> bool:
    return dtype.kind != "O" or isinstance(dtype, sys.modules["pandas"].StringDtype)


def _list(series: Any) -> bytes | None:
    if arrays.has_labels(series):
        return None
    if isinstance(series.dtype, sys.modules["numpy"].dtype):
        whole = arrays.dumps(series.to_numpy())
        if whole is not None:
            return whole
    texts = _texts(series) if len(series) else []
    return None if texts is None else b"[" + b",".join(texts) + b"]"


def _texts(column: Any) -> list[bytes] | None:
    """The text of each value of a series or an index that is not empty."""
    numpy: Any = sys.modules["numpy"]
    pandas: Any = sys.modules["pandas"]
    dtype = column.dtype
    if isinstance(dtype, numpy.dtype) and dtype.kind != "O":
        return _numbers(column.to_numpy())
    if isinstance(dtype, (numpy.dtype, pandas.StringDtype)):
        return _scalars(column)
    if isinstance(dtype, pandas.CategoricalDtype):
        return _categories(column.array)
    if isinstance(dtype, pandas.DatetimeTZDtype):
        return _in_zone(column.array)
    nullable = (pandas.arrays.IntegerArray, pandas.arrays.FloatingArray, pandas.arrays.BooleanArray)
    if isinstance(column.array, nullable):
        values = column.to_numpy(dtype=dtype.numpy_dtype, na_value=0)
        return _with_null(_numbers(values), column.isna())
    return None


def _numbers(array: Any) -> list[bytes] | None:
    """The texts of numbers or times: none has a comma in it."""
    numpy: Any = sys.modules["numpy"]
    missing = numpy.isnat(array) if array.dtype.kind in "mM" else None
    if missing is not None and missing.any():
        array = numpy.where(missing, array.dtype.type(0, "us"), array)
    whole = arrays.dumps(array)
    return None if whole is None else _with_null(whole[1:-1].split(b","), missing)


def _scalars(column: Any) -> list[bytes] | None:
    listed = column.to_numpy(dtype=object).tolist()
    missing = sys.modules["pandas"].NA
    kinds = set(map(type, listed))
    if type(missing) in kinds:
        kinds.remove(type(missing))
        listed = [None if each is missing else each for each in listed]
    if not kinds <= _SCALARS:
        return None
    return orjson.dumps(listed, option=orjson.OPT_INDENT_2)[4:-2].split(_BETWEEN_LINES)


def _categories(array: Any) -> list[bytes] | None:
    """Texts alone: other categories are written otherwise where a value is missing."""
    pandas: Any = sys.modules["pandas"]
    categories = array.categories
    if not len(categories) or not pandas.api.types.is_string_dtype(categories):
        return None
    texts = _texts(categories)
    if texts is None:
        return None
    texts.append(b"null")  # the code of a missing value is -1
    return [texts[code] for code in array.codes.tolist()]


def _in_zone(array: Any) -> list[bytes] | None:
    """Times by their zone's clocks, with the difference from UTC. None where there are nanoseconds,
    which are told of these alone."""
    numpy: Any = sys.modules["numpy"]
    local, utc = (each.to_numpy() for each in (array.tz_localize(None), array.tz_convert(None)))
    missing = numpy.isnat(local)
    if not (missing | (local.astype("datetime64[us]") == local)).all():
        return None
    texts = _numbers(local)
    if texts is None:
        return None
    apart = numpy.where(missing, 0, (local - utc).astype("timedelta64[us]").view("int64"))
    different, places = numpy.unique(apart, return_inverse=True)
    ends = [_difference(each) for each in different.tolist()]
    texts = [text[:-1] + ends[place] for text, place in zip(texts, places.tolist(), strict=True)]
    return _with_null(texts, missing)


def _difference(apart_us: int) -> bytes:
    """What ends a time that is so far from UTC: `+01:00"`."""
    zone = timezone(timedelta(microseconds=apart_us))
    return datetime(2000, 1, 1, tzinfo=zone).isoformat()[19:].encode() + b'"'


def _with_null(texts: list[bytes] | None, missing: Any) -> list[bytes] | None:
    if texts is not None and missing is not None:
        for position in sys.modules["numpy"].flatnonzero(missing).tolist():
            texts[position] = b"null"
    return texts
