"""The values of an ordinary request, read straight from its bytes.

FastAPI stays the judge: values are validated by the type adapters that it has made for the route,
and whatever is not plainly in order raises Unusual, upon which FastAPI is asked itself. So nothing
here words an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fastapi import params
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from pydantic_core import SchemaValidator, core_schema
from starlette.datastructures import Headers, QueryParams

from .. import validation

Values = dict[str, Any]
RawHeaders = Sequence[tuple[bytes, bytes]]

# As clients write it. FastAPI reads JSON alike whatever charset is told.
_JSON = frozenset(
    {
        b"application/json",
        b"application/json; charset=utf-8",
        b"application/json;charset=utf-8",
    }
)
_CONTENT_TYPE = b"content-type"
# What stands for itself in a query: neither escaped, nor two values, nor an empty one.
_PLAIN_QUERY = re.compile(rb"(?:[\w.~:,/@-]+=[\w.~:,/@-]+(?:&(?!$)|$))*", re.ASCII)
# What a value of the path, the query or a header may be; others are left to FastAPI.
_SCALARS = frozenset(
    {
        *("any", "str", "int", "float", "bool", "date", "time", "datetime", "timedelta", "uuid"),
        *("decimal", "enum", "literal", "json"),
    }
)
_LISTS = frozenset({"list", "set", "frozenset", "tuple"})
# Core schemas that read JSON text as they read what `json.loads` makes of it. Unions do not: which
# member fits best depends on whether text or objects are looked at. Nor do decimals: JSON text
# keeps digits that a float has lost.
_ALIKE = frozenset(
    {
        *("any", "none", "bool", "int", "float", "str", "list", "dict", "nullable", "default"),
        *("tuple", "set", "frozenset", "date", "time", "datetime", "timedelta", "uuid"),
        *("model", "model-fields", "model-field", "typed-dict", "typed-dict-field"),
        *("definitions", "definition-ref"),
    }
)
# What a core schema, or the config in it, may ask for that tells the two apart: how a number was
# written, what is text in JSON alone.
_APART = ("strict", "coerce_numbers_to_str")
# A float holds no whole number of twice as many digits. In text it is read as infinite, as an
# object it is refused.
_MANY_DIGITS = 155
# Where a core schema holds others, beside `fields`.
_PARTS = (
    *("schema", "items_schema", "keys_schema", "values_schema", "definitions", "extras_schema"),
)


class Unusual(Exception):  # noqa: N818 - no error: the request is for FastAPI to answer
    """A request that is not plainly in order."""


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A value of the path, the query or a header, and how FastAPI validates it.

    `is_text` says that it is taken as it comes.
    """

    name: str
    alias: str
    validate: Callable[[Any], Any]
    default: Callable[[], Any]
    is_required: bool
    is_text: bool
    is_list: bool

    def read(self, value: Any) -> Any:
        if self.is_text:
            return value
        return self.validate(value)

    def absent(self) -> Any:
        if self.is_required:
            raise Unusual
        return self.default()


class Extraction:
    """Reads what one route takes. `of` gives None for a route that takes something else."""

    __slots__ = ("_body", "_headers", "_path", "_query", "takes_body")

    def __init__(
        self,
        path: Sequence[_Parameter],
        query: Sequence[_Parameter],
        headers: Sequence[_Parameter],
        body: _Body | None,
    ) -> None:
        self._path = tuple(path)
        self._query = tuple(query)
        self._headers = tuple(headers)
        self._body = body
        self.takes_body = body is not None

    @classmethod
    def of(cls, route: APIRoute) -> Extraction | None:
        """Read the parameters off a route that FastAPI has made."""
        dependant = route.dependant
        supplied = (
            *(dependant.dependencies, dependant.cookie_params, dependant.request_param_name),
            *(dependant.websocket_param_name, dependant.http_connection_param_name),
            *(dependant.response_param_name, dependant.background_tasks_param_name),
            dependant.security_scopes_param_name,
        )
        if any(supplied):
            return None
        body = _Body.of(dependant.body_params) if dependant.body_params else None
        if dependant.body_params and body is None:
            return None
        places = (dependant.path_params, dependant.query_params, dependant.header_params)
        found = [[_parameter(field) for field in fields] for fields in places]
        path, query, headers = ([each for each in place if each] for place in found)
        if [len(path), len(query), len(headers)] != [len(place) for place in places]:
            return None
        return cls(path, query, headers, body)

    def values(self, path: Mapping[str, str], query: bytes, headers: RawHeaders) -> Values:
        """Read all but the body, by the names of the parameters. Raises Unusual."""
        values: Values = {}
        try:
            for each in self._path:
                values[each.name] = each.read(path[each.alias])
            if self._query:
                self._read_query(query, values)
            if self._headers:
                _read_all(self._headers, Headers(raw=[*headers]), values)
        except BaseException as error:  # whatever a validator of the user's raises
            raise Unusual from error
        if self._body is not None and not _is_json(headers):
            raise Unusual
        return values

    def body(self, raw: bytes) -> Values:
        """Read the body, by the names of the parameters; only where there is one. Raises
        Unusual."""
        assert self._body is not None
        try:
            return self._body.read(raw)
        except BaseException as error:  # as above
            raise Unusual from error

    def _read_query(self, query: bytes, values: Values) -> None:
        if not query:
            for each in self._query:
                values[each.name] = each.absent()
            return
        if not _PLAIN_QUERY.fullmatch(query):
            text = query.decode("latin-1")
            _read_all(self._query, QueryParams(parse_qsl(text, keep_blank_values=True)), values)
            return
        pairs = [pair.split("=", 1) for pair in query.decode("ascii").split("&")]
        sent = dict(pairs)
        if len(sent) < len(pairs):
            _read_all(self._query, QueryParams([(name, value) for name, value in pairs]), values)
            return
        for each in self._query:
            value: Any = sent.get(each.alias)
            if value is None:
                values[each.name] = each.absent()
            else:
                values[each.name] = each.read([value] if each.is_list else value)


def _read_all(
    parameters: Iterable[_Parameter], sent: QueryParams | Headers, values: Values
) -> None:
    for each in parameters:
        found = sent.getlist(each.alias)
        if not found:
            values[each.name] = each.absent()
        elif each.is_list:
            values[each.name] = each.read(found)
        else:
            # Of a repeated value of the query the last counts, of a header the first.
            values[each.name] = each.read(found[-1 if isinstance(sent, QueryParams) else 0])


def _parameter(field: Any) -> _Parameter | None:
    adapter = _adapter(field)
    if adapter is None:
        return None
    schema = adapter.core_schema
    while schema["type"] in ("default", "nullable"):
        schema = schema["schema"]
    if schema["type"] not in _SCALARS | _LISTS:
        return None
    return _Parameter(
        name=field.name,
        alias=field.alias,
        validate=adapter.validator.validate_python,
        default=field.get_default,
        is_required=field.field_info.is_required(),
        is_text=set(adapter.core_schema) <= {"type", "metadata"} and schema["type"] == "str",
        is_list=schema["type"] in _LISTS,
    )


class _Body:
    """A JSON object, one field of it for each declared value."""

    __slots__ = ("_defaults", "_read", "_refuses_infinity", "_validators")

    def __init__(self, fields: Sequence[Any], adapters: Sequence[Any]) -> None:
        self._defaults = {
            field.name: field.get_default for field in fields if not field.field_info.is_required()
        }
        self._validators = {
            field.alias: (field.name, adapter.validator.validate_python)
            for field, adapter in zip(fields, adapters, strict=True)
        }
        # Read one by one, values come from `json.loads`, as FastAPI's do.
        self._refuses_infinity = True
        self._read = self._at_once(fields, adapters)

    @classmethod
    def of(cls, fields: Sequence[Any]) -> _Body | None:
        """Read the fields that FastAPI expects in one object; None where it expects a form."""
        adapters = [_adapter(field) for field in fields]
        is_object = all(
            type(field.field_info) is params.Body and getattr(field.field_info, "embed", False)
            for field in fields
        )
        return cls(fields, adapters) if is_object and all(adapters) else None

    def read(self, raw: bytes) -> Values:
        """Read the values of a body. Raises Unusual, or what validating them raises."""
        if len(raw) > validation.LARGE_BYTES:
            raise Unusual
        if not self._refuses_infinity and _has_long_number(raw):
            raise Unusual
        values = self._read(raw)
        # FastAPI's versions differ in whether null means that the default counts.
        for each in values.values():
            if each is None:
                raise Unusual
        for name, default in self._defaults.items():
            if name not in values:
                values[name] = default()
        return values

    def _at_once(self, fields: Sequence[Any], adapters: Sequence[Any]) -> Callable[[bytes], Values]:
        """Parse and validate in one pass where that comes to the same, else one after the other."""
        schemas = [validation.at_once(adapter.core_schema) for adapter in adapters]
        if not all(map(_is_alike, schemas)):
            return self._one_by_one
        members = {
            field.name: core_schema.typed_dict_field(
                schema,
                required=field.field_info.is_required(),
                validation_alias=field.alias,
            )
            for field, schema in zip(fields, schemas, strict=True)
        }
        self._refuses_infinity = not any(map(_has_config, schemas))
        config = core_schema.CoreConfig(extra_fields_behavior="ignore", allow_inf_nan=False)
        return SchemaValidator(core_schema.typed_dict_schema(members, config=config)).validate_json

    def _one_by_one(self, raw: bytes) -> Values:
        sent = json.loads(raw)
        if not isinstance(sent, dict):
            raise Unusual
        values: Values = {}
        for alias, (name, validate) in self._validators.items():
            if alias in sent:
                values[name] = validate(sent[alias], from_attributes=True)
            elif name not in self._defaults:
                raise Unusual
        return values


def _adapter(field: Any) -> Any:
    """The type adapter that FastAPI validates a field with; None where it keeps none."""
    adapter = getattr(field, "_type_adapter", None)
    is_known = isinstance(adapter, TypeAdapter) and isinstance(adapter.core_schema, dict)
    return adapter if is_known else None


def _is_alike(schema: Any) -> bool:
    """Whether JSON text and Python objects are read alike by a core schema and all in it."""
    config = schema.get("config") or {}
    if schema["type"] not in _ALIKE or any(schema.get(e) or config.get(e) for e in _APART):
        return False
    return all(map(_is_alike, _parts(schema)))


def _has_config(schema: Any) -> bool:
    """Whether a core schema, or one in it, does not go by the config of what holds it."""
    return "config" in schema or "allow_inf_nan" in schema or any(map(_has_config, _parts(schema)))


def _parts(schema: Any) -> Iterator[Any]:
    """Give the core schemas that one is made of."""
    held: list[Any] = [schema[name] for name in _PARTS if name in schema]
    fields = schema.get("fields", {})
    for part in (*held, *(fields.values() if isinstance(fields, dict) else fields)):
        yield from part if isinstance(part, list) else [part]


def _has_long_number(raw: bytes) -> bool:
    """Whether all of a part of a body are digits, as in a number that a float cannot hold."""
    starts = range(0, len(raw), _MANY_DIGITS)
    return len(starts) > 1 and any(raw[at : at + _MANY_DIGITS].isdigit() for at in starts)


def _is_json(headers: RawHeaders) -> bool:
    found = [value for name, value in headers if name == _CONTENT_TYPE]
    return len(found) == 1 and found[0].lower() in _JSON
