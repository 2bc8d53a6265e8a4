"""What a declared function receives: its declaration and signature → one that FastAPI validates."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Annotated, Any, Literal, get_args, get_origin
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

from . import fields
from .errors import EndpointError
from .spec import Field, Http

Place = Literal["path", "query", "header", "body"]

LEFT_OUT: Any = type("LeftOut", (), {"__deepcopy__": lambda self, _: self})()
"""Stands for a value that was not sent, where the function's own default is to count."""

_BY_CONVERTER = {"integer": int, "float": float, "uuid": UUID}
_SUPPLIED = (HTTPConnection, Response, BackgroundTasks, SecurityScopes, UploadFile)
_KEYWORDS = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Call:
    """How the values of a request become a call.

    `signature` is what FastAPI reads. `rename` maps its names to the function's where they differ,
    `unused` are validated but not passed, `positional` go first. `response` names the value that
    holds the response whose headers and status the user may set.
    """

    signature: inspect.Signature
    rename: Mapping[str, str]
    unused: frozenset[str]
    positional: tuple[str, ...]
    defaults: Mapping[str, Any]
    maybe: frozenset[str]
    response: str

    @property
    def is_direct(self) -> bool:
        """Whether FastAPI's values are the function's keywords as they stand."""
        return not (self.rename or self.unused or self.positional or self.maybe)

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
    """Collects the parameters of one endpoint."""

    http: Http
    known: Mapping[str, inspect.Parameter]
    hints: Mapping[str, Any]
    namespace: Mapping[str, Any]
    takes_any: bool
    made: dict[str, inspect.Parameter] = attribute(default_factory=dict)
    rename: dict[str, str] = attribute(default_factory=dict)
    unused: set[str] = attribute(default_factory=set)
    maybe: set[str] = attribute(default_factory=set)
    passed: set[str] = attribute(default_factory=set)

    def declare(self, place: Place, field: Field, fallback: Any) -> None:
        """Add a declared value."""
        target = field.name.lower().replace("-", "_") if place == "header" else field.name
        is_passed = target in self.known or (self.takes_any and place != "header")
        if not is_passed and place in ("query", "body"):
            raise self.error(f"`{self.http.name}` has no parameter `{target}`")
        if is_passed and target in self.passed:
            raise self.error(f"`{target}` is declared twice; the function can receive it once")
        name = fields.safe_name(target, self.made)
        hint = self._type(field, target, fallback)
        self.made[name] = self._parameter(place, name, field, hint, self.known.get(target))
        if not is_passed:
            self.unused.add(name)
            return
        self.passed.add(target)
        if name != target:
            self.rename[name] = target

    def supply(self, name: str, parameter: inspect.Parameter, hint: Any) -> None:
        """Leave a parameter of FastAPI's own kinds to FastAPI."""
        annotation = inspect.Parameter.empty if hint is None else hint
        self.passed.add(name)
        self.made[name] = inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=parameter.default, annotation=annotation
        )

    def error(self, reason: str) -> EndpointError:
        return EndpointError(self.http.module, self.http.cell, reason)

    def _type(self, field: Field, target: str, fallback: Any) -> Any:
        if field.type:
            try:
                return fields.resolve(field.type, self.namespace)
            except fields.UnknownTypeError as unknown:
                raise self.error(f"`{field.name}:{field.type}`: {unknown}") from unknown
        if target in self.hints:
            return fields.without_markers(self.hints[target])
        return fallback

    def _parameter(
        self,
        place: Place,
        name: str,
        field: Field,
        hint: Any,
        own: inspect.Parameter | None,
    ) -> inspect.Parameter:
        default: Any = inspect.Parameter.empty
        settings: dict[str, Any] = {"alias": field.name}
        if not field.required:
            default = self._default(name, field, settings, own)
            if field.optional or default is None:
                hint = fields.optional(hint)
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
        return inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=default,
            annotation=Annotated[hint, marker],
        )

    def _default(
        self,
        name: str,
        field: Field,
        settings: dict[str, Any],
        own: inspect.Parameter | None,
    ) -> Any:
        default = field.default
        if default is ...:
            default = fields.plain_default(own)
        if default is ...:
            return None
        if fields.is_literal(default):
            return default
        # Not to be copied, nor written into the description: the function fills it in itself.
        if field.default is ...:
            self.maybe.add(name)
            settings["default_factory"] = lambda: LEFT_OUT
        else:
            settings["default_factory"] = lambda: field.default
        return inspect.Parameter.empty


def plan(http: Http, function: Callable[..., Any], namespace: Mapping[str, Any]) -> Call:
    """Work out what FastAPI validates for an endpoint and how its function is called.

    Raises EndpointError where the declaration and the function do not fit together.
    """
    try:
        known = dict(fields.signature(function).parameters)
    except (TypeError, ValueError):
        # A callable written in C may not tell; what is declared is then passed by keyword.
        known = {"kwargs": inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)}
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in known.values())
    variadic = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    known = {name: p for name, p in known.items() if p.kind not in variadic}
    found = fields.hints(function, namespace)
    made = _Builder(http, known, found, namespace, takes_any)
    try:
        converters = compile_path(http.path)[2]
    except (ValueError, AssertionError) as error:
        raise made.error(f"`{http.path}` is not a path: {error}") from error
    declared = {f.name for f in (*http.query, *http.body)} | set(converters)
    declared |= {f.name.lower().replace("-", "_") for f in http.headers}
    for name, parameter in known.items():
        if name in declared:
            continue
        if _is_supplied(parameter, found.get(name)):
            made.supply(name, parameter, found.get(name))
        elif parameter.default is inspect.Parameter.empty:
            raise made.error(
                f"nothing supplies `{name}` to `{http.name}`; declare it or give it a default"
            )
    for name, converter in converters.items():
        kind = type(converter).__name__.removesuffix("Convertor").lower()
        made.declare("path", Field(name), _BY_CONVERTER.get(kind, str))
    for field in http.query:
        made.declare("query", field, str)
    for field in http.headers:
        made.declare("header", field, str)
    for field in http.body:
        made.declare("body", field, Any)
    return _call(made)


def _call(made: _Builder) -> Call:
    positional = [n for n, p in made.known.items() if p.kind not in _KEYWORDS]
    # All up to the last one that is passed; the function's own defaults fill the rest.
    while positional and positional[-1] not in made.passed:
        positional.pop()
    response = next(
        (n for n, p in made.made.items() if _is_kind(p.annotation, Response)),
        "",
    )
    if not response and any(_is_dependency(p) for p in made.made.values()):
        response = fields.safe_name("response", made.made)
        made.made[response] = inspect.Parameter(
            response, inspect.Parameter.KEYWORD_ONLY, annotation=Response
        )
        made.unused.add(response)
    return Call(
        signature=inspect.Signature(list(made.made.values())),
        rename=made.rename,
        unused=frozenset(made.unused),
        positional=tuple(positional),
        defaults={name: p.default for name, p in made.known.items()},
        maybe=frozenset(made.maybe),
        response=response,
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
