"""How much validating a request may cost, whatever it holds: few errors, and off the event loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import cached_property
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from starlette.types import Scope

from . import collisions

MOST_ERRORS = 50
# Stands for the errors that are not told, in front of what is answered.
TOO_MANY = "too_many_errors"
# Whether the request that is being read is large.
IS_LARGE: ContextVar[bool] = ContextVar("neutrino_is_large", default=False)

LARGE_BYTES = 256 * 1024
# Pydantic makes a dict of each at once, 3 µs apiece.
MOST_READ = 5_000
_SAMPLED = 2_000


class Bounded:
    """Marks the type of a value in a body, `name` in its errors.

    Of a large request it leaves the value as it is: `validate_deferred` does it in a thread.
    """

    def __init__(self, name: str, hint: Any, *, is_deferred: bool = True) -> None:
        self.name = name
        self._hint = hint
        self._is_deferred = is_deferred

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._validate, handler(source))

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """Validates a value at once, whatever the size of its request; made once."""
        at_once = Bounded(self.name, self._hint, is_deferred=False)
        bounded: Any = Annotated[self._hint, at_once]
        return TypeAdapter(bounded)

    @cached_property
    def _may_collide(self) -> bool:
        return collisions.are_possible(TypeAdapter(self._hint).core_schema)

    def _validate(self, value: Any, handler: Callable[[Any], Any]) -> Any:
        if self._is_deferred and IS_LARGE.get():
            return _Unvalidated(value, self)
        if self._may_collide:
            collisions.check(value)
        try:
            return handler(value)
        except ValidationError as error:
            if error.error_count() <= MOST_ERRORS:
                raise
            raise _shortened(error, value, handler) from None


def at_once(schema: CoreSchema) -> CoreSchema:
    """What a core schema is without its `Bounded` and its default: for a small value that was sent,
    that is asked about again where it does not fit, and whose hashes cannot collide."""
    if schema["type"] == "default" and schema.get("on_error", "raise") == "raise":
        return at_once(schema["schema"])
    function: Any = schema.get("function", {})
    bounded = getattr(function.get("function"), "__self__", None)
    if schema["type"] != "function-wrap" or not isinstance(bounded, Bounded):
        return schema
    return schema if bounded._may_collide else at_once(schema["schema"])


class _Unvalidated:
    def __init__(self, value: Any, of: Bounded) -> None:
        self.value = value
        self.of = of


def is_large(scope: Scope) -> bool:
    """Whether a request says that it is large, or does not say how large it is."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return not value.isdigit() or int(value) > LARGE_BYTES
        if name == b"transfer-encoding":
            return True
    return False


def validate_deferred(values: dict[str, Any]) -> dict[str, Any]:
    """Validate what was left for later. Raises RequestValidationError."""
    found: dict[str, Any] = {}
    errors: list[Any] = []
    for name, value in values.items():
        if not isinstance(value, _Unvalidated):
            found[name] = value
            continue
        try:
            found[name] = value.of.adapter.validate_python(value.value, from_attributes=True)
        except ValidationError as error:
            refused = error.errors(include_url=False)
            errors += [{**each, "loc": ("body", value.of.name, *each["loc"])} for each in refused]
    if errors:
        raise RequestValidationError(errors)
    return found


def listed(errors: list[Any]) -> tuple[list[Any], int]:
    """The errors that are answered, and how many there are in all."""
    known = [each for each in errors if each.get("type") != TOO_MANY]
    more = [each["ctx"]["more"] for each in errors if each.get("type") == TOO_MANY]
    return [_brief(each) for each in known[:MOST_ERRORS]], len(known) + sum(more)


def _shortened(
    error: ValidationError, value: Any, handler: Callable[[Any], Any]
) -> ValidationError:
    """The first of many errors, with how many more there are."""
    total = error.error_count()
    found: list[Any] = []
    if total <= MOST_READ:
        found = error.errors(include_url=False)
    else:
        try:
            handler(_sample(value, [_SAMPLED]))
        except ValidationError as sampled:
            if sampled.error_count() <= MOST_READ:
                found = sampled.errors(include_url=False)
    if not found:
        message = "Too many values are wrong to tell which"
        found = [{"type": "value_error", "msg": message, "loc": (), "input": None}]
    first = found[:MOST_ERRORS]
    lines = [
        {
            "type": PydanticCustomError(each["type"], each["msg"]),
            "loc": each["loc"],
            "input": each["input"],
        }
        for each in first
    ]
    more = PydanticCustomError(TOO_MANY, "and more", {"more": total - len(first)})
    lines.append({"type": more, "loc": (), "input": None})
    return ValidationError.from_exception_data(error.title, lines)  # type: ignore[arg-type]


def _sample(value: Any, left: list[int]) -> Any:
    """The beginning of a value, of no more than so many pieces."""
    left[0] -= 1
    if isinstance(value, list):
        made: list[Any] = []
        for each in value:
            if left[0] <= 0:
                break
            made.append(_sample(each, left))
        return made
    if isinstance(value, dict):
        kept: dict[Any, Any] = {}
        for key, each in value.items():
            if left[0] <= 0:
                break
            kept[key] = _sample(each, left)
        return kept
    return value


def _brief(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """An error without what was sent, where that is long: each of them may hold all of it."""
    if "input" not in error or _is_brief(error["input"], [100]):
        return error
    return {key: value for key, value in error.items() if key != "input"}


def _is_brief(value: Any, left: list[int]) -> bool:
    left[0] -= 1
    if left[0] < 0:
        return False
    if isinstance(value, (str, bytes)):
        return len(value) <= 1000
    if isinstance(value, dict):
        return all(_is_brief(part, left) for item in value.items() for part in item)
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(_is_brief(each, left) for each in value)
    return True
