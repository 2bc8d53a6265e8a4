"""What answers a request: one FastAPI route for each declared endpoint."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ForwardRef, cast, get_origin

from anyio import to_thread
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError
from starlette.responses import Response

from .. import calls, fields, validation
from ..calls import CallPlan
from ..errors import EndpointError
from ..functions import Functions
from ..observe.journal import Journal
from ..paths import specificity
from ..spec import Http
from ..threads import Threads
from .calling import Calling
from .compiled import Compiled
from .guard import Guard
from .responses import Shape


def operation_ids(endpoints: Iterable[Http]) -> dict[tuple[str, str], str]:
    """Name every endpoint, by verb and path, after its function; no name twice."""
    listed = list(endpoints)
    counts = Counter(endpoint.name for endpoint in listed)
    taken: dict[str, tuple[str, str]] = {}
    for endpoint in listed:
        stem = endpoint.name
        if counts[stem] > 1:
            stem = f"{endpoint.module}_{stem}_{endpoint.cell}"
        chosen, n = stem, 2
        while chosen in taken:
            chosen, n = f"{stem}_{n}", n + 1
        taken[chosen] = (endpoint.verb, endpoint.path)
    return {where: name for name, where in taken.items()}


class HttpRoute(APIRoute):
    """FastAPI's route of an endpoint, what was `built` for it, and what answers ordinary requests
    in its place."""

    built: Route | None = None
    compiled: Compiled | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint and how its function is called; `shape` is that of a declared response."""

    http: Http
    function: Callable[..., Any]
    call: CallPlan
    calling: Calling
    shape: Shape | None
    operation_id: str


def build(endpoints: Iterable[Http], program: Functions, threads: Threads) -> tuple[Route, ...]:
    """Fit declarations and functions together, the more specific paths first. Raises
    EndpointError."""
    listed = list(endpoints)
    names = operation_ids(listed)
    built = []
    # A path that cannot be read sorts anywhere: planning its call says what is wrong.
    for http in sorted(listed, key=lambda http: specificity(http.path)):
        function = program.function(http)
        namespace = program.names(http.module)
        operation_id = names[http.verb, http.path]
        call = calls.plan(http, function, namespace)
        shape = _shape(http, namespace, operation_id)
        calling = Calling(
            function,
            call,
            media=http.media,
            shape=shape,
            threads=threads,
            variables=program.variables,
        )
        built.append(Route(http, function, call, calling, shape, operation_id))
    return tuple(built)


def rebound(built: Sequence[Route], program: Functions) -> tuple[Route, ...] | None:
    """Keep the routes of FastAPI's, which are going to call copies of their functions: those that
    a program has which goes on in the place of the one that they were built for. None where the
    copies may have others of what FastAPI itself calls, as they have other globals."""
    if any(_has_quoted_types(each.function) for each in built):
        return None
    found = [(each, program.function(each.http)) for each in built]
    return tuple(
        replace(each, function=function, calling=each.calling.of(function))
        for each, function in found
    )


def _has_quoted_types(function: Callable[..., Any]) -> bool:
    try:
        parameters = fields.signature(function).parameters.values()
    except (TypeError, ValueError):  # written in C
        return False
    return any(isinstance(each.annotation, str | ForwardRef) for each in parameters)


def add(api: FastAPI, routes: Sequence[Route], journal: Journal) -> None:
    """Add a FastAPI route for each endpoint, which notes its calls in the journal. Raises
    EndpointError where FastAPI does not take one."""
    has_tags = len({each.http.module for each in routes}) > 1
    for each in routes:
        http = each.http
        try:
            api.router.add_api_route(
                http.path,
                _endpoint(http, each.function, each.call, each.calling),
                route_class_override=HttpRoute,
                methods=[http.verb],
                tags=[http.module] if has_tags else None,
                operation_id=each.operation_id,
                **_documented(http, each.shape),
            )
        except Exception as error:
            raise EndpointError(http.module, http.cell, _refusal(each.call, error)) from error
        route = cast(HttpRoute, api.router.routes[-1])
        guard = Guard(http.key, journal)
        route.built = each
        route.compiled = Compiled.of(route, each.calling, guard)
        route.app = guard.around(route.app)


def _endpoint(
    http: Http, function: Callable[..., Any], call: CallPlan, calling: Calling
) -> Callable[..., Any]:
    """Make the function that FastAPI calls: the user's, with its result made a response.

    It never names the user's function as wrapped, or FastAPI would take its return annotation for
    a response model and its generator for a stream of its own kind.
    """

    async def endpoint(**values: Any) -> Response:
        if validation.IS_LARGE.get():
            values = await to_thread.run_sync(validation.validate_deferred, values)
        return await calling.respond(values)

    endpoint.__name__ = endpoint.__qualname__ = http.name
    endpoint.__doc__ = function.__doc__
    endpoint.__module__ = getattr(function, "__module__", None) or http.module
    endpoint.__signature__ = call.signature  # type: ignore[attr-defined]
    return endpoint


def _shape(http: Http, namespace: Mapping[str, Any], operation_id: str) -> Shape | None:
    if not http.resp:
        return None
    try:
        types = [fields.resolve(f.type, namespace) if f.type else Any for f in http.resp]
        return Shape(fields.model(f"Response_{operation_id}", http.resp, types))
    except Exception as error:
        raise EndpointError(http.module, http.cell, f"`resp`: {error}") from error


def _documented(http: Http, shape: Shape | None) -> dict[str, Any]:
    """What a route's description says of its answers."""
    if not http.media:
        return {"response_model": shape.model if shape else None}
    kind = type("Media", (JSONResponse if shape else Response,), {"media_type": http.media})
    return {"response_model": shape.model if shape else None, "response_class": kind}


def _refusal(call: CallPlan, error: Exception) -> str:
    """Say which value FastAPI could not take, in words of the declaration."""
    for name, parameter in call.signature.parameters.items():
        hint = parameter.annotation
        if get_origin(hint) is not Annotated:
            continue
        try:
            TypeAdapter(hint)
        except PydanticSchemaGenerationError:
            kind = inspect.formatannotation(fields.bare(hint))
            return (
                f"`{call.rename.get(name, name)}`: {kind} cannot be read from a request; "
                "declare a type that can, such as list[float]"
            )
        except Exception as refused:  # noqa: BLE001 - whatever it is, it is about this type
            return f"`{call.rename.get(name, name)}`: {_first_line(refused)}"
    return _first_line(error)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
