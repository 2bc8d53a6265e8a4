"""`select`: which fields of what comes in the operator gets, and as what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from .. import fields
from ..spec import Field, Fields

SKIP = object()
"""What a selection gives for a value that the operator does not get."""

MISSING = object()

Select: TypeAlias = Callable[[Any], Any]


class SelectionError(ValueError):
    """A value that lacks a field, or has one of another type."""


def compile_select(declared: Fields, on_null: str, namespace: Mapping[str, Any]) -> Select | None:
    """Make what picks the fields; None where the operator gets all. Raises ValueError.

    One field gives its value, several a dict by the last part of their paths, or by the whole path
    where two of those are alike.
    """
    if not declared:
        return None
    picks = [_pick(each, on_null, namespace) for each in declared]
    if len(picks) == 1:
        return picks[0]
    names = _names([each.name for each in declared])

    def several(value: Any) -> Any:
        made = {}
        for name, pick in zip(names, picks, strict=True):
            got = pick(value)
            if got is SKIP:
                return SKIP
            made[name] = got
        return made

    return several


def compile_path(path: str) -> Select:
    """Make what follows a dotted path; it gives MISSING where the path ends early."""
    parts: list[Any] = path.split(".")
    if len(parts) == 1:
        name = parts[0]

        def one(value: Any) -> Any:
            return value.get(name, MISSING) if type(value) is dict else _step(value, name)

        return one

    def follow(value: Any) -> Any:
        for part in parts:
            value = _step(value, part)
            if value is MISSING:
                return MISSING
        return value

    return follow


def misfit(name: str, value: Any, error: ValidationError) -> str:
    """Say why a value is not of its type."""
    reason = error.errors(include_url=False, include_context=False)[0]["msg"]
    return f"`{name}` is {value!r:.80}: {reason}"


def _step(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part, MISSING)
    if isinstance(value, Sequence) and not isinstance(value, str) and part.isdigit():
        return value[int(part)] if int(part) < len(value) else MISSING
    return MISSING


def _pick(field: Field, on_null: str, namespace: Mapping[str, Any]) -> Select:
    follow = compile_path(field.name)
    convert = _converter(field, namespace)
    name = field.name

    def pick(value: Any) -> Any:
        got = follow(value)
        if got is None or got is MISSING:
            if on_null == "skip":
                return SKIP
            if on_null == "error":
                missing = "is missing" if got is MISSING else "is null"
                raise SelectionError(f"`{name}` {missing}")
            return None
        return convert(got)

    return pick


def _converter(field: Field, namespace: Mapping[str, Any]) -> Select:
    if not field.type:
        return lambda value: value
    expected = fields.resolve(field.type, namespace)
    validate = TypeAdapter(expected).validate_python

    def convert(value: Any) -> Any:
        if type(value) is expected:
            return value
        try:
            return validate(value)
        except ValidationError as error:
            raise SelectionError(misfit(field.name, value, error)) from None

    return convert


def _names(paths: Sequence[str]) -> list[str]:
    last = [path.rpartition(".")[2] for path in paths]
    return [name if last.count(name) == 1 else path for name, path in zip(last, paths, strict=True)]
