"""What is read into a set or a dict: refused where its members were chosen to share a hash.

Python gives a number the same hash in every process, and what is made of numbers too, so that an
attacker who knows how can make a set of 20,000 take seconds, under the interpreter's lock. What is
looked at is what was sent, before anything is put in.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from pydantic_core import PydanticCustomError

# Fewer members than these take no time, however they collide.
_FEW = 1000
_MOST_OF_ONE_HASH = 100
# Of these keys a hash is another in each process, or there are few of them.
_SAFE_KEYS = {"str", "any", "literal", "bool", "enum", "date", "datetime", "none", "url"}
_NUMBERS = frozenset("0123456789abcdefABCDEF+-._{}")


def are_possible(schema: Any) -> bool:
    """Tell whether a complete core schema has sets, or dicts whose keys are numbers, anywhere."""
    if isinstance(schema, (list, tuple)):
        return any(map(are_possible, schema))
    if not isinstance(schema, dict):
        return False
    kind = schema.get("type")
    if kind in ("set", "frozenset"):
        return True
    if kind == "dict" and schema.get("keys_schema", {"type": "any"}).get("type") not in _SAFE_KEYS:
        return True
    return any(map(are_possible, schema.values()))


def check(value: Any) -> None:
    """Look at all lists and mappings of a value. Raises PydanticCustomError."""
    if isinstance(value, dict):
        if len(value) > _FEW:
            _check(map(_number, value))
        for each in value.values():
            check(each)
    elif isinstance(value, (list, tuple)):
        if len(value) > _FEW:
            _check(map(_hashable, value))
        for each in value:
            if isinstance(each, (list, tuple, dict)):
                check(each)


def _check(members: Iterable[Any]) -> None:
    # A hash is a number that is its own hash: these keys do not collide.
    by_hash: dict[int, list[Any]] = {}
    for each in members:
        alike = by_hash.setdefault(hash(each), [])
        if each not in alike:
            alike.append(each)
            if len(alike) > _MOST_OF_ONE_HASH:
                raise PydanticCustomError("collision", "Too many members share a hash")


def _hashable(value: Any) -> Any:
    """A member as it will be, or what has the same hash."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_hashable, value))
    if isinstance(value, dict):
        return tuple(map(_hashable, value.values()))
    return _number(value)


def _number(value: Any) -> Any:
    """The number that a text may be read as."""
    if not isinstance(value, str) or not value or not _NUMBERS.issuperset(value):
        return value
    for kind in (int, Decimal, UUID):
        try:
            return kind(value)
        except (ValueError, InvalidOperation):
            continue
    return value
