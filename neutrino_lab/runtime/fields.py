"""The text of a type → the type: read with `ast` and looked up, never evaluated.

Also here: how an annotation of the user's function becomes a type a request can be read into.
"""

from __future__ import annotations

import ast
import collections
import collections.abc
import datetime
import decimal
import inspect
import keyword
import math
import pathlib
import re
import sys
import types
import typing
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from types import EllipsisType, NoneType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from fastapi.params import Depends
from pydantic import BaseModel, create_model
from pydantic import Field as PydanticField
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from .spec import Fields

if sys.version_info >= (3, 14):
    from annotationlib import Format

MODULES: Mapping[str, types.ModuleType] = {
    "typing": typing,
    "datetime": datetime,
    "decimal": decimal,
    "uuid": uuid,
    "collections": collections,
    "pathlib": pathlib,
}

_BUILTINS = (
    *(bool, int, float, complex, str, bytes, bytearray, object),
    *(list, tuple, dict, set, frozenset),
)
_STANDARD = (
    *(datetime.datetime, datetime.date, datetime.time, datetime.timedelta),
    *(decimal.Decimal, uuid.UUID, pathlib.Path, collections.deque),
)

_TYPING = (
    *("Any", "Optional", "Union", "Literal", "Annotated", "Text"),
    *("List", "Tuple", "Dict", "Set", "FrozenSet", "Deque", "DefaultDict", "OrderedDict"),
    *("Sequence", "MutableSequence", "Mapping", "MutableMapping", "Collection", "Iterable"),
)

KNOWN: Mapping[str, Any] = {
    **{name: getattr(typing, name) for name in _TYPING},
    **{known.__name__: known for known in (*_BUILTINS, *_STANDARD)},
}
"""The names a type may use anywhere. A name that the notebook defines as a type comes first."""

_LITERALS = (str, bytes, int, bool, NoneType)
_TYPING_MODULES = ("typing", "typing_extensions", "types")


class UnknownTypeError(ValueError):
    """A type's text does not lead to a type."""


def resolve(text: str, namespace: Mapping[str, Any]) -> Any:
    """Turn the text of an annotation into a type. Raises UnknownTypeError."""
    try:
        return _resolve(ast.parse(text.strip(), mode="eval").body, namespace)
    except UnknownTypeError:
        raise
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise UnknownTypeError(f"`{text}` is not a type") from error


def signature(function: Callable[..., Any]) -> inspect.Signature:
    """Read a function's signature, also where an annotation names what does not exist.

    Raises TypeError or ValueError where a callable has none to tell.
    """
    if sys.version_info >= (3, 14):
        return inspect.signature(function, annotation_format=Format.FORWARDREF)
    return inspect.signature(function)


def hints(
    parameters: Iterable[inspect.Parameter],
    function: Callable[..., Any],
    namespace: Mapping[str, Any],
) -> dict[str, Any]:
    """Read the annotations of a function's parameters; a broken one is left out."""
    found = {p.name: _hint(p.annotation, function, namespace) for p in parameters}
    return {name: hint for name, hint in found.items() if hint is not inspect.Parameter.empty}


def without_markers(hint: Any) -> Any:
    """Strip FastAPI's `Query(...)`, `Depends(...)` and the like from an annotation, keeping their
    constraints."""
    if get_origin(hint) is not Annotated:
        return hint
    base, *marks = get_args(hint)
    kept: list[Any] = []
    for mark in marks:
        if isinstance(mark, FieldInfo):
            kept += mark.metadata
        elif not isinstance(mark, Depends):
            kept.append(mark)
    return reduce(lambda made, mark: Annotated[made, mark], kept, base)


def bare(hint: Any) -> Any:
    """The type inside of `Annotated[...]`."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def plain_default(parameter: inspect.Parameter | None) -> Any:
    """The default that a function gives to a parameter, `...` if none; `Query(5)` means 5."""
    if parameter is None or parameter.default is inspect.Parameter.empty:
        return ...
    default = parameter.default
    if isinstance(default, Depends):
        return ...
    if isinstance(default, FieldInfo):
        return ... if default.default in (PydanticUndefined, ...) else default.default
    return default


def is_literal(value: Any, depth: int = 4) -> bool:
    """Whether a default may be copied for each request and written into the API's description."""
    if value is None or isinstance(value, (bool, int, str)):
        return True
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        value = [*value, *value.values()]
    elif type(value) is not list:
        return False
    return depth > 0 and len(value) < 1000 and all(is_literal(each, depth - 1) for each in value)


def is_flat(hint: Any) -> bool:
    """Whether a value is read from plain text: a scalar, or a list of scalars as a repeated one."""
    return _is_scalar(hint) or all(
        _is_scalar(each) or _is_row(each)
        for each in (get_args(hint) if _is_union(hint) else (hint,))
    )


def optional(hint: Any) -> Any:
    """The type, or None."""
    return typing.Optional[hint]  # noqa: UP045 - `|` fails on types that do not define it


def safe_name(name: str, taken: collections.abc.Container[str]) -> str:
    """A name fit for a parameter and for a model's attribute, the same name wherever it is."""
    is_fit = name.isidentifier() and not keyword.iskeyword(name) and name[0] != "_"
    if is_fit and name not in taken and not hasattr(BaseModel, name):
        return name
    plain = re.sub(r"\W", "_", name).strip("_")
    stem = next(filter(str.isidentifier, (plain, plain and f"value_{plain}")), "value")
    return next(each for n in range(2, 10_000) if (each := f"{stem}_{n}") not in taken)


def model(name: str, declared: Fields, types_: Sequence[Any]) -> type[BaseModel]:
    """Build the model of declared fields, each under the very name that was declared."""
    made: dict[str, Any] = {}
    for field, type_ in zip(declared, types_, strict=True):
        settings: dict[str, Any] = {"alias": field.name}
        if not field.required:
            settings["default"] = None if field.default is ... else field.default
        hint = type_ if field.required else optional(type_)
        made[safe_name(field.name, made)] = (hint, PydanticField(**settings))
    return create_model(name, **made)


def _resolve(node: ast.expr, namespace: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=None | EllipsisType() as value):
            return value
        case ast.Constant(value=str(text)):
            return resolve(text, namespace)
        case ast.Name(id=name):
            return _named(name, namespace)
        case ast.Attribute(value=base, attr=name):
            return _attribute(base, name, namespace)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return Union[_resolve(left, namespace), _resolve(right, namespace)]  # noqa: UP007
        case ast.Subscript(value=base, slice=inner):
            return _generic(_resolve(base, namespace), inner, namespace)
    raise UnknownTypeError(f"`{ast.unparse(node)}` is not a type")


def _generic(base: Any, inner: ast.expr, namespace: Mapping[str, Any]) -> Any:
    items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if base is Literal:
        return Literal[tuple(_literal(item) for item in items)]
    found = tuple(_resolve(item, namespace) for item in items)
    return base[found[0] if len(found) == 1 else found]


def _named(name: str, namespace: Mapping[str, Any]) -> Any:
    own = namespace.get(name)
    if own is not None and _is_type(own):
        return own
    if name in KNOWN:
        return KNOWN[name]
    raise UnknownTypeError(f"`{name}` is not a type that the notebook defines, nor a known one")


def _attribute(base: ast.expr, name: str, namespace: Mapping[str, Any]) -> Any:
    if name.startswith("_"):
        raise UnknownTypeError(f"`{ast.unparse(base)}.{name}` is private")
    for owner in _owners(base, namespace):
        found = getattr(owner, name, None)
        if found is not None and _is_type(found):
            return found
    raise UnknownTypeError(f"`{ast.unparse(base)}.{name}` is not a type")


def _owners(node: ast.expr, namespace: Mapping[str, Any]) -> list[Any]:
    """What a dotted name may stand for: the notebook's module or class, then a known module."""
    match node:
        case ast.Name(id=name):
            found = [namespace.get(name), MODULES.get(name)]
        case ast.Attribute(value=base, attr=name) if not name.startswith("_"):
            found = [getattr(owner, name, None) for owner in _owners(base, namespace)]
        case _:
            found = []
    return [each for each in found if isinstance(each, (types.ModuleType, type))]


def _literal(node: ast.expr) -> Any:
    value = ast.literal_eval(node)
    if not isinstance(value, _LITERALS):
        raise UnknownTypeError(f"`{ast.unparse(node)}` cannot stand in Literal[...]")
    return value


def _is_type(value: Any) -> bool:
    return (
        isinstance(value, (type, typing.NewType, types.UnionType))
        or get_origin(value) is not None
        # Any, Optional, List, an alias made with `type X = ...`
        or type(value).__module__ in _TYPING_MODULES
    )


def _hint(annotation: Any, function: Callable[..., Any], namespace: Mapping[str, Any]) -> Any:
    """The annotation of the user's own code, evaluated as Python itself would if it is a string."""
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if not isinstance(annotation, str):
        return annotation
    scope = {**namespace, **getattr(inspect.unwrap(function), "__globals__", {})}
    holder = types.SimpleNamespace(__annotations__={"it": annotation})
    try:
        return typing.get_type_hints(holder, globalns=scope, include_extras=True)["it"]
    except Exception:  # noqa: BLE001 - code in quotes may fail in any way
        return inspect.Parameter.empty


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)


def _is_row(hint: Any) -> bool:
    hint = bare(hint)
    base = get_origin(hint) or hint
    is_sequence = isinstance(base, type) and issubclass(
        base, (list, set, frozenset, tuple, collections.deque, collections.abc.Sequence)
    )
    is_named = hasattr(base, "_fields")
    return is_sequence and not is_named and all(_is_scalar(each) for each in get_args(hint))


def _is_scalar(hint: Any) -> bool:
    if _is_union(hint):
        return all(_is_scalar(each) for each in get_args(hint))
    base = bare(hint)
    base = get_origin(base) or base
    if not isinstance(base, type) or issubclass(base, (str, bytes)):
        # Any, Literal, None, `...`
        return not hasattr(base, "__get_pydantic_core_schema__")
    is_record = hasattr(base, "__dataclass_fields__") or typing.is_typeddict(base)
    return not is_record and not issubclass(
        base, (BaseModel, collections.abc.Mapping, collections.abc.Collection)
    )
