"""What a declared function receives: its declaration and signature → one that FastAPI validates."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Annotated, Any, get_args, get_origin
from uuid import UUID

from fastapi import Body, Header, Path, Query
from fastapi.params import Depends
from fastapi.security import SecurityScopes
from pydantic import GetCoreSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema
from starlette.background import BackgroundTasks
from starlette.datastructures import UploadFile
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import compile_path

from . import array_types, fields
from .arguments import Argument
from .errors import EndpointError
from .spec import Routed
from .validation import Bounded

LEFT_OUT: Any = type("LeftOut", (), {"__deepcopy__": lambda self, _: self})()
"""Stands for a value that was not sent, where the function's own default is to count."""

_SUPPLIED = (HTTPConnection, Response, BackgroundTasks, SecurityScopes, UploadFile)
# What the type of a default tells of values that come as text.
_TYPES_OF_DEFAULTS = frozenset(
    {bool, int, float, complex, date, datetime, time, timedelta, Decimal, UUID}
)
_KEYWORDS = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Value:
    """An argument as its function turned out to take it.

    `key` names it among the validated values. `declared` is its type, and `hint` that type or None
    where it may be left out. `default` is `...` where it has to be sent, and
    LEFT_OUT where the function's own default then counts. One that is not `passed` is validated
    only.
    """

    argument: Argument
    key: str
    declared: Any
    hint: Any
    default: Any
    is_passed: bool


@dataclass(frozen=True)
class CallPlan:
    """How the values of a request become a call.

    `values` are those that are declared, `supplied` the parameters that FastAPI itself has values
    for. `rename` maps the names of values to the function's where they differ, `unused` are
    validated but not passed, `positional` go first. `response` names the value that holds the
    response whose headers and status the user may set.
    """

    supplied: tuple[inspect.Parameter, ...]
    values: tuple[Value, ...]
    rename: Mapping[str, str]
    unused: frozenset[str]
    positional: tuple[str, ...]
    defaults: Mapping[str, Any]
    response: str

    @cached_property
    def signature(self) -> inspect.Signature:
        """What FastAPI reads: the declared values, behind those that it supplies."""
        return inspect.Signature([*self.supplied, *map(_parameter, self.values)])

    @property
    def is_direct(self) -> bool:
        """Whether FastAPI's values are the function's keywords as they stand."""
        is_whole = not any(each.default is LEFT_OUT for each in self.values)
        return is_whole and not (self.rename or self.unused or self.positional)

    def arguments(self, values: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Sort the values into what goes by position and what goes by keyword."""
        named = {
            self.rename.get(name, name): value
            for name, value in values.items()
            if name not in self.unused and value is not LEFT_OUT
        }
        first = [
            named.pop(name) if name in named else self.defaults[name] for name in self.positional
        ]
        return first, named


class JsonText:
    """Marks a value that arrives as JSON text: what a query or header cannot say otherwise."""

    def __init__(self, hint: Any) -> None:
        self.hint = hint

    def __get_pydantic_core_schema__(
        self, _source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.json_schema(handler.generate_schema(self.hint))


@dataclass(slots=True)
class _Builder:
    """Fits the arguments of one endpoint to its function."""

    endpoint: Routed
    known: Mapping[str, inspect.Parameter]
    hints: Mapping[str, Any]
    namespace: Mapping[str, Any]
    takes_any: bool
    supplied: dict[str, inspect.Parameter] = attribute(default_factory=dict)
    values: list[Value] = attribute(default_factory=list)

    @property
    def keys(self) -> set[str]:
        return {*self.supplied, *(each.key for each in self.values)}

    def declare(self, argument: Argument) -> None:
        """Add a declared value."""
        name = argument.name
        is_passed = name in self.known or (self.takes_any and argument.place != "header")
        if not is_passed and argument.needs_parameter:
            raise self.error(f"`{self.endpoint.name}` has no parameter `{name}`")
        taken = {*self.supplied, *(each.argument.name for each in self.values if each.is_passed)}
        if is_passed and name in taken:
            raise self.error(f"`{name}` is declared twice; the function can receive it once")
        declared = hint = self._type(argument)
        default: Any = ...
        if not argument.required:
            default = _default(argument, self.known.get(name))
            if argument.optional or default is None:
                hint = fields.optional(hint)
        key = fields.safe_name(name, self.keys)
        self.values.append(Value(argument, key, declared, hint, default, is_passed))

    def supply(self, name: str, parameter: inspect.Parameter, hint: Any) -> None:
        """Leave a parameter of FastAPI's own kinds to FastAPI."""
        annotation = inspect.Parameter.empty if hint is None else hint
        self.supplied[name] = inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=parameter.default, annotation=annotation
        )

    def error(self, reason: str) -> EndpointError:
        return EndpointError(self.endpoint.module, self.endpoint.cell, reason)

    def _type(self, argument: Argument) -> Any:
        if argument.type:
            try:
                return array_types.readable(fields.resolve(argument.type, self.namespace))
            except fields.UnknownTypeError as unknown:
                raise self.error(f"`{argument.alias}:{argument.type}`: {unknown}") from unknown
        if argument.name in self.hints:
            return array_types.readable(fields.without_markers(self.hints[argument.name]))
        fallback = argument.fallback
        own = self.known.get(argument.name)
        # `n=10` in the function alone tells as much as `n:int`.
        inferred = (
            _type_of_default(own.default, argument.place) if own and fallback == "str" else None
        )
        if inferred is not None:
            return array_types.readable(inferred)
        return fields.KNOWN[fallback] if fallback else Any


def plan(endpoint: Routed, function: Callable[..., Any], namespace: Mapping[str, Any]) -> CallPlan:
    """Work out what FastAPI validates for an endpoint and how its function is called, but for what
    the endpoint itself supplies.

    Raises EndpointError where the declaration and the function do not fit together.
    """
    try:
        known = dict(fields.signature(function).parameters)
    except (TypeError, ValueError):
        # A callable written in C may not tell; what is declared is then passed by keyword.
        known = {"kwargs": inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)}
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in known.values())
    found = fields.hints(known.values(), function, namespace)
    variadic = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    known = {
        name: parameter
        for name, parameter in known.items()
        if parameter.kind not in variadic and name not in endpoint.supplies
    }
    made = _Builder(endpoint, known, found, namespace, takes_any)
    try:
        compile_path(endpoint.path)
    except (ValueError, AssertionError) as error:
        raise made.error(f"`{endpoint.path}` is not a path: {error}") from error
    sent = [each for each in endpoint.arguments if each.place != "message"]
    declared = {each.name for each in sent}
    for name, parameter in known.items():
        if name in declared:
            continue
        if _is_supplied(parameter, found.get(name)):
            made.supply(name, parameter, found.get(name))
        elif parameter.default is inspect.Parameter.empty:
            raise made.error(
                f"nothing supplies `{name}` to `{endpoint.name}`; declare it or give it a default"
            )
    for argument in sent:
        made.declare(argument)
    return _call(made)


def _call(made: _Builder) -> CallPlan:
    supplied = dict(made.supplied)
    passed = {*supplied, *(each.argument.name for each in made.values if each.is_passed)}
    unused = {each.key for each in made.values if not each.is_passed}
    positional = [n for n, p in made.known.items() if p.kind not in _KEYWORDS]
    # All up to the last one that is passed; the function's own defaults fill the rest.
    while positional and positional[-1] not in passed:
        positional.pop()
    response = next((n for n, p in supplied.items() if _is_kind(p.annotation, Response)), "")
    if not response and any(map(_is_dependency, supplied.values())):
        response = fields.safe_name("response", made.keys)
        supplied[response] = inspect.Parameter(
            response, inspect.Parameter.KEYWORD_ONLY, annotation=Response
        )
        unused.add(response)
    return CallPlan(
        supplied=tuple(supplied.values()),
        values=tuple(made.values),
        rename={
            each.key: each.argument.name
            for each in made.values
            if each.is_passed and each.key != each.argument.name
        },
        unused=frozenset(unused),
        positional=tuple(positional),
        defaults={name: p.default for name, p in made.known.items()},
        response=response,
    )


def _type_of_default(default: Any, place: str) -> Any:
    """Give the type that a default tells, None where it tells none."""
    kind = type(default)
    if kind in _TYPES_OF_DEFAULTS or isinstance(default, Enum):
        return kind
    if kind not in (list, tuple, set) or place != "query":
        return None
    kinds = {type(each) for each in default}
    inner: Any = kinds.pop() if len(kinds) == 1 else str
    if inner is not str and inner not in _TYPES_OF_DEFAULTS:
        return None
    return tuple[inner, ...] if kind is tuple else kind[inner]


def _default(argument: Argument, own: inspect.Parameter | None) -> Any:
    """What a value is that was not sent."""
    if argument.default is not ...:
        return argument.default
    default = fields.plain_default(own)
    if default is ...:
        return None
    # Not to be copied, nor written into the description: the function fills it in itself.
    return default if fields.is_literal(default) else LEFT_OUT


def _parameter(value: Value) -> inspect.Parameter:
    """Describe a value in FastAPI's words."""
    place, hint, default = value.argument.place, value.hint, inspect.Parameter.empty
    settings: dict[str, Any] = {"alias": value.argument.alias}
    if value.default is not ... and fields.is_literal(value.default):
        default = value.default
    elif value.default is not ...:
        settings["default_factory"] = lambda: value.default
    if place in ("query", "header") and not fields.is_flat(hint):
        hint = Annotated[Any, JsonText(hint)]
    marker: Any
    if place == "path":
        marker = Path(**settings)
    elif place == "query":
        marker = Query(**settings)
    elif place == "header":
        marker = Header(convert_underscores=False, **settings)
    else:
        marker = Body(embed=True, **settings)
        hint = Annotated[hint, Bounded(value.argument.alias, hint)]
    return inspect.Parameter(
        value.key,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[hint, marker],
    )


def _is_supplied(parameter: inspect.Parameter, hint: Any) -> bool:
    """Whether FastAPI has the value: `Request`, `Depends(...)`, `Annotated[str, Cookie()]`..."""
    if isinstance(parameter.default, (FieldInfo, Depends)):
        return True
    if get_origin(hint) is Annotated:
        base, *marks = get_args(hint)
        return any(isinstance(mark, (FieldInfo, Depends)) for mark in marks) or _is_supplied(
            parameter, base
        )
    if get_origin(hint) is list:
        return _is_kind(get_args(hint)[0], UploadFile)
    kinds = get_args(hint) if get_origin(hint) is not None else (hint,)
    return any(_is_kind(kind, *_SUPPLIED) for kind in kinds)


def _is_dependency(parameter: inspect.Parameter) -> bool:
    marks = get_args(parameter.annotation)[1:]
    return any(isinstance(each, Depends) for each in (parameter.default, *marks))


def _is_kind(hint: Any, *kinds: type) -> bool:
    return isinstance(hint, type) and issubclass(hint, kinds)
