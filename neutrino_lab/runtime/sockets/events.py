"""Frames → what a socket's function gets as `event`; what it returns → payloads and addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from inspect import Parameter
from numbers import Integral, Real
from typing import Any, TypeAlias, get_args, get_origin, is_typeddict
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError, from_json

from .. import collisions, fields
from ..encoding import encode, pictures
from ..spec import WebSocket
from ..validation import MOST_READ
from .clients import Message

Reader: TypeAlias = Callable[[Message], Any]

EVENT = "event"
PROBLEMS_TOLD = 5


class UnreadableError(Exception):
    """A frame is not what the endpoint takes; the message is for its sender."""


def reader(socket: WebSocket, hint: Any, namespace: Mapping[str, Any]) -> Reader:
    """Find out how frames become events, from the annotation (empty if none) and the declaration.

    Raises ValueError where a type cannot be read from JSON.
    """
    kind = fields.bare(hint)
    if kind in (bytes, bytearray, memoryview):
        return lambda message: kind(_binary(message))
    is_plain = hint in (Parameter.empty, Any, object, str)
    if _is_model(kind) or not (is_plain or socket.message):
        return _adapted(hint)
    if not socket.message:
        return _text
    if socket.validate:
        return _declared(socket, namespace)
    if is_plain:
        return _parsed
    return _adapted(dict if _is_mapping(kind) else hint)


def payload(value: Any) -> str | bytes:
    """Write a result as a frame: JSON text, or binary for bytes and pictures."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    try:
        return encode.dumps(value).decode()
    except encode.EncodeError:
        drawn = pictures.render(value, "")
        if drawn is None:
            raise
        return drawn[0]


def is_addressed(result: Any) -> bool:
    """Whether a result is data and its target. `(1.5, 3.5)` is data: a fraction names nobody."""
    if not isinstance(result, tuple) or len(result) != 2:
        return False
    target = result[1]
    return isinstance(target, Integral) or not isinstance(target, Real)


def address(target: Any) -> tuple[str | None, str | None] | None:
    """Read the target beside a result: a room, a client, or a client in a room; None is nobody."""
    if not isinstance(target, dict):
        client_id = _name(target)
        return None if client_id is None else (None, client_id)
    names = {key: _name(value) for key, value in target.items()}
    # A None that widened the circle would send to all what was meant for one.
    if not names or not names.keys() <= {"room_id", "client_id"} or None in names.values():
        return None
    return names.get("room_id"), names.get("client_id")


def is_nobody(target: Any) -> bool:
    """Whether a target says itself that nobody is meant."""
    named = target.values() if isinstance(target, dict) else (target,)
    return any(each is None for each in named)


def no_address(target: Any) -> str:
    """Say that what stands beside data names nobody."""
    return (
        f"a result of two parts is data and who gets it, and this {type(target).__name__} is no "
        "client and no room, so nobody got it; return a list to send both as data"
    )


def _name(target: Any) -> str | None:
    """An id as text: numbers (numpy's too) and UUIDs are compared as they are written."""
    is_id = isinstance(target, (str, Integral, UUID)) and not isinstance(target, bool)
    return str(target) if is_id else None


def _is_model(kind: Any) -> bool:
    """Whether an annotation itself says what fields there are."""
    if get_args(kind) and not isinstance(kind, type):
        return any(_is_model(each) for each in get_args(kind))
    is_class = isinstance(kind, type) and issubclass(kind, BaseModel)
    return is_class or is_dataclass(kind) or is_typeddict(kind) or hasattr(kind, "_fields")


def _is_mapping(kind: Any) -> bool:
    base = get_origin(kind) or kind
    return isinstance(base, type) and issubclass(base, Mapping)


def _adapted(hint: Any) -> Reader:
    hint = fields.without_markers(hint)
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(hint)
    except Exception as error:
        raise ValueError(f"`{EVENT}` cannot be read from JSON: {error}") from error
    if fields.bare(hint) is str:
        return lambda message: _checked(adapter.validate_python, _text(message))
    if collisions.are_possible(adapter.core_schema):

        def read(message: Message) -> Any:
            _refuse_collisions(_parsed(message))
            return _checked(adapter.validate_json, _text(message))

        return read
    return lambda message: _checked(adapter.validate_json, _text(message))


def _declared(socket: WebSocket, namespace: Mapping[str, Any]) -> Reader:
    types = [fields.resolve(f.type, namespace) if f.type else Any for f in socket.message]
    model = fields.model("Message", socket.message, types)
    may_collide = collisions.are_possible(model.__pydantic_core_schema__)
    names = [(attribute, info.alias or "") for attribute, info in model.model_fields.items()]

    def read(message: Message) -> dict[str, Any]:
        plain = _parsed(message)
        if not isinstance(plain, dict):
            raise UnreadableError(f"a JSON object is expected, this is {_kind(plain)}")
        if may_collide:
            _refuse_collisions(plain)
        checked = _checked(model.model_validate, plain)
        declared = {name: getattr(checked, attribute) for attribute, name in names}
        return {**declared, **{k: v for k, v in plain.items() if k not in declared}}

    return read


def _text(message: Message) -> str:
    text = message.get("text")
    if text is None:
        raise UnreadableError("a text frame is expected, this is a binary one")
    return str(text)


def _binary(message: Message) -> bytes:
    content = message.get("bytes")
    if content is None:
        raise UnreadableError("a binary frame is expected, this is a text one")
    return bytes(content)


def _parsed(message: Message) -> Any:
    try:
        return from_json(_text(message))
    except ValueError as error:
        raise UnreadableError(f"not JSON: {error}") from None


def _refuse_collisions(value: Any) -> None:
    try:
        collisions.check(value)
    except PydanticCustomError as error:
        raise UnreadableError(str(error)) from None


def _checked(validate: Callable[[Any], Any], value: Any) -> Any:
    try:
        return validate(value)
    except ValidationError as error:
        raise UnreadableError(_told(error)) from None
    except UnicodeError as error:
        raise UnreadableError(f"not Unicode: {error}") from None


def _told(error: ValidationError) -> str:
    if error.error_count() > MOST_READ:
        return f"{error.error_count()} values are wrong"
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return f"not JSON: {found[0]['msg'].removeprefix('Invalid JSON: ')}"
    told = [
        ": ".join(filter(None, (".".join(map(str, each["loc"])), each["msg"])))
        for each in found[:PROBLEMS_TOLD]
    ]
    if len(found) > PROBLEMS_TOLD:
        told.append(f"and {len(found) - PROBLEMS_TOLD} more")
    return "; ".join(told)


def _kind(value: Any) -> str:
    kinds = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")
