"""JSON Schemas of types, the same wherever an endpoint is described."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError

from .. import fields
from ..spec import Fields
from .endpoints import object_schema


def of(hint: Any, mode: Literal["validation", "serialization"] = "validation") -> Mapping[str, Any]:
    """Describe a type; `{}` where it has no description."""
    try:
        return TypeAdapter(hint).json_schema(mode=mode)
    except (PydanticUserError, ValueError, TypeError, RecursionError):
        return {}


def of_answer(resp: Fields, resolve: Callable[[str], Any]) -> Mapping[str, Any] | None:
    """Describe a declared answer, None where none is declared. `resolve` finds a type by its
    text."""
    parts = {}
    for field in resp:
        hint = resolve(field.type) if field.type else Any
        parts[field.name] = of(hint if field.required else fields.optional(hint), "serialization")
    return object_schema(parts, [each.name for each in resp if each.required]) if resp else None
