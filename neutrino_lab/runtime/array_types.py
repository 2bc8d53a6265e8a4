"""Arrays, frames and complex numbers as parameters: read from the form in which results go out.

numpy and pandas are never imported here: a notebook that names their types has done so.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_NUMBERS = "a list of numbers, or of lists of them, is wanted"
_TABLE = "a list of records, or an object of columns, is wanted"
_COLUMN = "a list of values, or an object of them by label, is wanted"
_SINGLE = "a single value is wanted"
_COMPLEX = "a number, or an object with `real` and `imag`, is wanted"


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """Marks a type that pydantic does not know: how it is made of JSON, and how that is described.

    `read` raises ValueError or TypeError where it cannot.
    """

    read: Callable[[Any], Any]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validated)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(self.schema)

    def _validated(self, value: Any) -> Any:
        try:
            return self.read(value)
        except TypeError as error:  # which pydantic would not take for a refusal
            raise ValueError(str(error)) from error


def readable(hint: Any) -> Any:
    """Give the type with whatever of it needs it marked by how it is read; others as they are."""
    return _readable(hint, ())


def _readable(hint: Any, within: tuple[Any, ...]) -> Any:
    if get_origin(hint) is Annotated:
        base, *marks = get_args(hint)
        inner = _readable(base, within)
        return (
            hint
            if inner is base
            else reduce(lambda made, mark: Annotated[made, mark], marks, inner)
        )
    alias = get_origin(hint) or hint
    if (meant := _meant(hint, alias)) is not None:
        if alias in within:
            return hint  # it is made of itself
        made = _readable(meant, (*within, alias))
        return hint if made is meant else made
    if (mark := _mark(hint)) is not None:
        return Annotated[hint, mark]
    args = get_args(hint)
    found = tuple(_readable(each, within) for each in args)
    if all(new is old for new, old in zip(found, args, strict=True)):
        return hint
    origin = get_origin(hint)
    return Union[found] if origin in (Union, types.UnionType) else origin[found]  # noqa: UP007


def _meant(hint: Any, alias: Any) -> Any:
    """What an alias that was made by `type` stands for, as `NDArray` does in newer numpy; None
    where it is none, or cannot tell."""
    try:
        given = dict(zip(alias.__type_params__, get_args(hint), strict=False))
        value = alias.__value__
        free = getattr(value, "__parameters__", ())
        return value[tuple(given.get(each, each) for each in free)] if free else value
    except Exception:  # noqa: BLE001 - it may name what there is not, which FastAPI refuses
        return None


def _mark(hint: Any) -> Read | None:
    if hint is complex:
        parts = {name: {"type": "number"} for name in ("real", "imag")}
        pair = {"type": "object", "properties": parts, "required": [*parts]}
        return Read(_complex, {"anyOf": [{"type": "number"}, pair]})
    base = get_origin(hint) or hint
    if not isinstance(base, type):
        return None
    top = base.__module__.partition(".")[0]
    if top == "pandas":
        return _pandas(base)
    if (top, base.__name__) == ("numpy", "ndarray"):
        return Read(partial(_array, _dtype(hint)), {"type": "array", "items": {}})
    if top == "numpy" and hasattr(base, "dtype"):
        return Read(partial(_scalar, base), {})
    return None


def _pandas(kind: Any) -> Read | None:
    listed = {"type": "array", "items": {}}
    if kind.__name__ == "DataFrame":
        records = {"type": "array", "items": {"type": "object"}}
        return Read(partial(_frame, kind), {"anyOf": [records, {"type": "object"}]})
    if kind.__name__ == "Series":
        return Read(partial(_series, kind), {"anyOf": [listed, {"type": "object"}]})
    if kind.__name__.endswith("Index") and kind.__name__ != "MultiIndex":
        return Read(partial(_index, kind), listed)
    if kind.__name__ == "Timestamp":
        return Read(partial(_moment, kind), {"type": "string", "format": "date-time"})
    if kind.__name__ == "Timedelta":
        return Read(partial(_duration, kind), {"type": "number"})
    return None


def _dtype(hint: Any) -> Any:
    """The type of the elements, as `NDArray[np.float64]` says it."""
    args = get_args(hint)
    inner = get_args(args[1]) if len(args) > 1 else ()
    return inner[0] if inner and isinstance(inner[0], type) else None


def _array(dtype: Any, value: Any) -> Any:
    np = sys.modules["numpy"]
    if not isinstance(value, (list, np.ndarray)):
        raise TypeError(_NUMBERS)
    if isinstance(value, list) and _has_pairs(value):
        value = _numbers(value)
    made = np.asarray(value, dtype=dtype)
    # None stands for what is not a number, as in results.
    return made.astype(float) if made.dtype == object and dtype is not object else made


def _has_pairs(value: list[Any]) -> bool:
    """Whether complex numbers stand in it; all elements of an array are alike."""
    first: Any = value
    while isinstance(first, list) and first:
        first = first[0]
    return isinstance(first, dict)


def _numbers(value: Any) -> Any:
    return [_numbers(each) for each in value] if isinstance(value, list) else _complex(value)


def _scalar(kind: Any, value: Any) -> Any:
    if isinstance(value, (list, dict)):
        raise TypeError(_SINGLE)
    return kind(value)


def _moment(kind: Any, value: Any) -> Any:
    if value is None:
        raise TypeError(_SINGLE)  # which pandas would read as "not a time"
    return _scalar(kind, value)


def _duration(kind: Any, value: Any) -> Any:
    """Read seconds, as durations go out, or text such as `1 day`."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return kind(value, unit="s")
    return _moment(kind, value)


def _index(kind: Any, value: Any) -> Any:
    if not isinstance(value, (list, kind)):
        raise TypeError("a list of values is wanted")
    return kind(value)


def _frame(kind: Any, value: Any) -> Any:
    is_records = isinstance(value, list) and all(isinstance(each, dict) for each in value)
    if not (is_records or isinstance(value, (dict, kind))):
        raise ValueError(_TABLE)
    return kind(value)


def _series(kind: Any, value: Any) -> Any:
    if not isinstance(value, (list, dict, kind)):
        raise TypeError(_COLUMN)
    return kind(value)


def _complex(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"real", "imag"}:
        return complex(value["real"], value["imag"])
    if isinstance(value, bool) or not isinstance(value, (int, float, complex, str)):
        raise TypeError(_COMPLEX)
    return complex(value)
