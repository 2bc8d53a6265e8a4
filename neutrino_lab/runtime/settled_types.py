"""Types of which pydantic makes the same whenever it is asked, and what tells two of them apart.

What it makes of others hangs on more than the type: on what the names in it lead to by then, or on
code of the user's.
"""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from types import EllipsisType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel

from .array_types import Read

Identity: TypeAlias = tuple[Hashable, ...]

# Where types come from that no cell has made.
_LIBRARIES = frozenset(
    {
        *("builtins", "collections", "datetime", "decimal", "pathlib", "types", "typing", "uuid"),
        *("numpy", "pandas"),
    }
)
_HOOK = "__get_pydantic_core_schema__"
_OWN_HOOK = BaseModel.__get_pydantic_core_schema__.__func__  # type: ignore[attr-defined]


class UnsettledError(Exception):
    """It cannot be told whether pydantic would make the same of a type again."""


def identity(hint: Any) -> Identity:
    """Give what is equal for two types only where pydantic makes the same of both, whenever it was
    asked for each. Raises UnsettledError."""
    if hint is Any or isinstance(hint, EllipsisType):
        return (hint,)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return (Literal, *((type(each), each) for each in args))
    if origin is Annotated and all(isinstance(mark, Read) for mark in args[1:]):
        return (Annotated, identity(args[0]))  # it alone tells how arrays and frames are read
    if origin is Union or _is_of_library(origin):
        # The type of the hint tells `Tuple` from `Tuple[()]`.
        return (type(hint), origin, *map(identity, args))
    if _is_of_library(hint) or _is_enum(hint):
        return (hint,)
    if _is_whole_model(hint):
        # It is not the same validator where `model_rebuild` was told to make another.
        return (hint, hint.__pydantic_validator__)
    raise UnsettledError


def _is_of_library(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__.partition(".")[0] in _LIBRARIES


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum) and not hasattr(kind, _HOOK)


def _is_whole_model(kind: Any) -> bool:
    """Whether it is a model that lacks nothing that it names, and describes itself as models do."""
    if not (isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__pydantic_complete__):
        return False
    return getattr(getattr(kind, _HOOK), "__func__", None) is _OWN_HOOK
