"""What an endpoint takes from its caller, as plain data: forms, tools and requests read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

InputPlace: TypeAlias = Literal["path", "query", "header", "body", "form", "file", "message"]


@dataclass(frozen=True, slots=True)
class Input:
    """One value that an endpoint takes from its caller; a `body` without a name is the whole of it.

    `type` is the annotation as it was written, empty for any. `default` is what one that is not
    `required` is without it, None also where only a run can tell. So is a `schema` of `{}`.
    """

    name: str
    place: InputPlace
    type: str
    required: bool
    default: Any = None
    schema: Mapping[str, Any] = field(default_factory=dict)
