"""Any result → JSON text. Everything a data scientist returns, as its reader would expect it."""

from __future__ import annotations

import base64
import dataclasses
import json
import math
from collections import deque
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from pathlib import PurePath
from re import Pattern
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any
from uuid import UUID

import orjson
from pydantic import AnyUrl, BaseModel, SecretBytes, SecretStr
from pydantic_core import Url

from . import arrays, tables


class EncodeError(TypeError):
    """A value has no JSON form."""


class _OneShotError(ValueError):
    """An iterator was met: it can be read once only, so nothing may fail after it."""


def dumps(value: Any) -> bytes:
    """Write a value as JSON. Raises EncodeError, or what the value's own methods raise."""
    try:
        # As a part of something larger what is whole is copied once more.
        whole = None if isinstance(value, _BUILT_IN) else _whole(value)
        return whole or orjson.dumps(value, default=_native, option=_OPTIONS)
    except (TypeError, ValueError):
        return _rarely(value)


def _rarely(value: Any) -> bytes:
    """Write what orjson does not take, or words: an odd key, an integer over 64 bits."""
    try:
        return _by_json(value)
    except EncodeError:
        raise
    except (TypeError, ValueError):
        # NaN, an odd key or an iterator inside: what the plain walk is for.
        taken_apart = tree(value)
    except RecursionError:
        raise EncodeError("it is nested too deeply, or contains itself") from None
    try:
        return orjson.dumps(taken_apart, default=_native, option=_OPTIONS)
    except TypeError:
        return _by_json(taken_apart)


def tree(value: Any, *, keeps_nan: bool = False) -> Any:
    """Take a value apart to what JSON has: dict, list, str, finite numbers, bool, None. NaN and
    infinity become None, unless it `keeps_nan`. Raises EncodeError, or what the value's own methods
    raise."""
    try:
        return _clean(value, keeps_nan)
    except RecursionError:
        raise EncodeError("it is nested too deeply, or contains itself") from None


def plain(value: Any, *, keeps_nan: bool = False) -> Any:
    """Take one object apart, one level deep, towards what JSON has."""
    for kinds, convert in _RULES:
        if isinstance(value, kinds):
            return convert(value)
    made = arrays.plain(value, keeps_nan=keeps_nan)
    return _taken_apart(value) if made is arrays.UNKNOWN else made


def _taken_apart(value: Any) -> Any:
    """What an object of any other class says of itself, or holds."""
    kind = type(value)
    methods = (getattr(kind, name, None) for name in _OWN_FORMS)
    for method in filter(callable, methods):
        return method(value)
    if isinstance(value, _NEVER) or kind.__module__.partition(".")[0] in _OPAQUE:
        names = None
    elif dataclasses.is_dataclass(kind):
        names = [field.name for field in dataclasses.fields(kind)]
    elif hasattr(kind, "__attrs_attrs__"):
        names = [each.name for each in kind.__attrs_attrs__]
    elif hasattr(kind, "keys") and hasattr(kind, "__getitem__"):
        return {name: value[name] for name in value.keys()}  # noqa: SIM118 - sqlite3.Row
    elif isinstance(value, (Sequence, AbstractSet)):
        return list(value)
    else:
        # SQLAlchemy keeps its own state among the columns, as in FastAPI's encoder.
        held = getattr(value, "__dict__", None)
        names = None if held is None else [name for name in held if not name.startswith("_sa_")]
    if names is None:
        raise EncodeError(f"{kind.__module__}.{kind.__qualname__} has no JSON form")
    return {name: getattr(value, name) for name in names}


def _hook(value: Any) -> Any:
    if isinstance(value, Iterator):
        raise _OneShotError
    return plain(value)


# What is surely neither an array nor a table.
_BUILT_IN = (dict, list, str)

# Their spelling is decided here, not by orjson.
_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def _native(value: Any) -> Any:
    """Take apart what orjson does not know, as `json` would."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float):
        return float(value)
    text = _whole(value)
    return _hook(value) if text is None else orjson.Fragment(text)


def _whole(value: Any) -> bytes | None:
    """Write an array or a table without taking it apart; None where that would read otherwise."""
    return arrays.dumps(value) or tables.dumps(value)


_JSON = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":"), default=_hook)
_ASCII = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=_hook)


def _by_json(value: Any) -> bytes:
    try:
        return _JSON.encode(value).encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, as in file names: legal in JSON only as an escape.
        return _ASCII.encode(value).encode()


def _clean(value: Any, keeps_nan: bool) -> Any:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if keeps_nan or math.isfinite(value) else None
    if isinstance(value, dict):
        return {arrays.key(label): _clean(each, keeps_nan) for label, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(each, keeps_nan) for each in value]
    return _clean(plain(value, keeps_nan=keeps_nan), keeps_nan)


def _model(value: BaseModel) -> Any:
    try:
        return value.model_dump(mode="json", by_alias=True)
    except Exception:  # noqa: BLE001 - a field holds what pydantic cannot write and we can
        return value.model_dump(by_alias=True)


def _moment(value: date) -> str | None:
    # pandas' NaT is a datetime, and like NaN not equal to itself.
    return value.isoformat() if value == value else None  # noqa: PLR0124


def _number(value: Decimal) -> int | float | None:
    if not value.is_finite():
        return None
    exponent = value.as_tuple().exponent
    return int(value) if isinstance(exponent, int) and exponent >= 0 else float(value)


def _binary(value: bytes | bytearray | memoryview) -> str:
    raw = bytes(value)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return base64.b64encode(raw).decode()


_NEVER = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)

# Whose objects' insides are their own business: a figure, a group-by, an image.
_OPAQUE = ("numpy", "pandas", "matplotlib", "PIL")

# How arrays and frames of other libraries, plotly's figures among them, give themselves.
_OWN_FORMS = ("tolist", "to_dicts", "to_list", "to_pylist", "to_plotly_json")

_TEXTS = (
    *(UUID, PurePath, AnyUrl, Url, SecretStr, SecretBytes),
    *(IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network),
)

_RULES: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (BaseModel, _model),
    ((datetime, date, time), _moment),
    (timedelta, timedelta.total_seconds),
    (Enum, lambda value: value.value),
    ((set, frozenset, deque, range, Iterator), list),
    ((bytes, bytearray, memoryview), _binary),
    (Decimal, _number),
    (Fraction, float),
    (complex, arrays.complex_number),
    (_TEXTS, str),
    (Pattern, lambda value: value.pattern),
    (BaseException, str),
    ((KeysView, ValuesView, ItemsView), list),
    (Mapping, dict),
)
