"""What the endpoints of a running app take and answer, read from what validates them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, get_args, get_origin

from fastapi import params

from .. import fields
from ..arguments import Input, InputPlace
from ..functions import Functions
from ..http.routes import Route
from ..spec import App
from . import endpoints, schemas
from .endpoints import EndpointTool

_FILE = {"type": "string", "format": "binary"}
_BODIES: tuple[tuple[type, InputPlace], ...] = (
    (params.File, "file"),
    (params.Form, "form"),
    (params.Body, "body"),
)


def tools(app: App, built: Iterable[Any], program: Functions) -> list[EndpointTool]:
    """Describe the HTTP endpoints of an app among what was built for it, in their order."""
    made = {each.http.key: _tool(each, program) for each in built if isinstance(each, Route)}
    return endpoints.apart(made[each.key] for each in app.endpoints if each.key in made)


def _tool(built: Route, program: Functions) -> EndpointTool:
    resolve = partial(fields.resolve, namespace=program.names(built.http.module))
    written = getattr(built.function, "__doc__", None)
    return endpoints.make(
        built.http,
        built.operation_id,
        docstring=inspect.cleandoc(written) if isinstance(written, str) else "",
        inputs=_inputs(built),
        output=schemas.of_answer(built.http.resp, resolve),
    )


def _inputs(built: Route) -> Iterator[Input]:
    """List what is declared, in order, and then what FastAPI itself reads."""
    seen: set[tuple[InputPlace, str]] = set()
    for value in built.call.values:
        argument = value.argument
        seen.add((argument.place, argument.alias))
        yield Input(
            name=argument.alias,
            place=argument.place,
            type=argument.type,
            required=value.default is ...,
            default=value.default if fields.is_literal(value.default) else None,
            schema={} if value.declared is Any else schemas.of(value.declared),
        )
    assert built.current.route is not None
    found = list(_read(built.current.route.dependant))
    bodies = [each for _, each in found if isinstance(each.field_info, params.Body)]
    # A lone value of the body is the whole of it, and has no name there.
    is_whole = len(bodies) == 1 and not getattr(bodies[0].field_info, "embed", False)
    for place, each in found:
        if (place, each.alias) in seen:
            continue
        seen.add((place, each.alias))
        info = each.field_info
        default = None if info.is_required() else each.get_default()
        yield Input(
            name="" if is_whole and place == "body" else each.alias,
            place=place,
            type="",
            required=info.is_required(),
            default=default if fields.is_literal(default) else None,
            schema=_of_file(info.annotation) if place == "file" else schemas.of(info.annotation),
        )


def _read(dependant: Any) -> Iterator[tuple[InputPlace, Any]]:
    """Walk what FastAPI reads from a request, for dependencies too."""
    places: tuple[tuple[InputPlace, Any], ...] = (
        ("path", dependant.path_params),
        ("query", dependant.query_params),
        ("header", dependant.header_params),
    )
    for place, listed in places:
        yield from ((place, each) for each in listed)
    for each in dependant.body_params:
        yield next(place for kind, place in _BODIES if isinstance(each.field_info, kind)), each
    for inner in dependant.dependencies:
        yield from _read(inner)


def _of_file(hint: Any) -> Mapping[str, Any]:
    is_list = any(get_origin(each) is list for each in (hint, *get_args(hint)))
    return {"type": "array", "items": _FILE} if is_list else _FILE
