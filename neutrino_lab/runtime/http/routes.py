"""What answers a request: one FastAPI route for each declared endpoint."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Annotated, Any, ForwardRef, get_origin
from weakref import ref

from anyio import to_thread
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError
from starlette.responses import Response

from .. import calls, fields, validation
from ..calls import CallPlan, Value
from ..errors import EndpointError
from ..functions import Functions
from ..observe.journal import Journal
from ..paths import specificity
from ..settled_types import UnsettledError, identity
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
    """FastAPI's route of an endpoint, and what answers ordinary requests in its place. It keeps
    `current` alive, which its endpoint asks."""

    compiled: Compiled | None = None
    current: Current


class Current:
    """What FastAPI makes of an endpoint, and how those of its requests are answered that begin now.

    FastAPI's `route` takes longer to make than all else, so it goes on from version to version for
    as long as FastAPI would be `given` the same: it never sees the function itself. `given` is None
    where that cannot be told. `shape` is that of a declared response.
    """

    __slots__ = ("__weakref__", "calling", "given", "route", "shape")

    def __init__(self, given: Hashable, shape: Shape | None, calling: Calling) -> None:
        self.given = given
        self.shape = shape
        self.calling = calling
        self.route: HttpRoute | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the next version may have it too."""
        # What could not be described once is looked at again.
        is_described = self.route is not None and self.route.include_in_schema
        return self.given is not None and is_described

    def use(self, calling: Calling) -> None:
        """Call this from now on; a call that has begun goes on with what it had."""
        calling.use()
        self.calling = calling
        if self.route is not None and self.route.compiled is not None:
            self.route.compiled.calling = calling


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint and how its function is called."""

    http: Http
    function: Callable[..., Any]
    call: CallPlan
    calling: Calling
    operation_id: str
    tags: tuple[str, ...]
    current: Current


def build(
    endpoints: Iterable[Http],
    program: Functions,
    threads: Threads,
    before: Iterable[Route] = (),
) -> tuple[Route, ...]:
    """Fit declarations and functions together, the more specific paths first, with what is as it
    was of the version `before`. Raises EndpointError."""
    listed = list(endpoints)
    names = operation_ids(listed)
    has_tags = len({each.module for each in listed}) > 1
    known = {each.current.given: each.current for each in before if each.current.goes_on}
    built = []
    # A path that cannot be read sorts anywhere: planning its call says what is wrong.
    for http in sorted(listed, key=lambda http: specificity(http.path)):
        function = program.function(http)
        namespace = program.names(http.module)
        operation_id = names[http.verb, http.path]
        tags = (http.module,) if has_tags else ()
        call = calls.plan(http, function, namespace)
        answered = _types_of_answer(http, namespace)
        given = _given(http, function, call, answered, (operation_id, *tags))
        current = known.pop(given, None)
        shape = current.shape if current else _shape(http, answered, operation_id)
        calling = Calling(
            function,
            call,
            media=http.media,
            shape=shape,
            threads=threads,
            variables=program.variables,
        )
        if current:
            calling.follow(current.calling)
        else:
            current = Current(given, shape, calling)
        built.append(Route(http, function, call, calling, operation_id, tags, current))
    return tuple(built)


def _given(
    http: Http,
    function: Callable[..., Any],
    call: CallPlan,
    answered: Sequence[Any],
    names: Sequence[str],
) -> Hashable:
    """Give what is equal only where FastAPI would make the same route, None where that cannot be
    told: types may lead to others by their names, and what FastAPI calls itself it reads itself."""
    if call.supplied or not isinstance(function.__doc__, str | None):
        return None
    try:
        given = (
            repr(replace(http, cell=0)),  # which tells 1, 1.0 and True apart
            tuple(names),
            function.__doc__,
            _module(http, function),
            tuple(map(_taken, call.values)),
            tuple(map(identity, answered)),
        )
        hash(given)
    except (UnsettledError, TypeError):
        return None
    return given


def _taken(value: Value) -> Hashable:
    """What FastAPI is told of a value."""
    return value.key, identity(value.hint), _exactly(value.default)


def _exactly(default: Any) -> Hashable:
    """What tells a default from all others. A member of an enum may be written as others are, and
    be one of a class that has been made again, also within a list."""
    if isinstance(default, list | dict):
        held = chain.from_iterable(default.items()) if isinstance(default, dict) else default
        return type(default), *map(_exactly, held)
    # 0.0 and -0.0 are equal.
    return type(default), float.hex(default) if isinstance(default, float) else default


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
    for each in routes:
        if each.current.route is None:
            each.current.route = _route(api, each, journal)
        api.router.routes.append(each.current.route)


def _route(api: FastAPI, built: Route, journal: Journal) -> HttpRoute:
    http, current = built.http, built.current
    try:
        route = HttpRoute(
            http.path,
            _endpoint(http, built.function, built.call, current),
            methods=[http.verb],
            tags=[*built.tags],
            operation_id=built.operation_id,
            # It must not outlive its version, and only what has dependencies asks it.
            dependency_overrides_provider=api if current.given is None else None,
            **_documented(http, current.shape),
        )
    except Exception as error:
        raise EndpointError(http.module, http.cell, _refusal(built.call, error)) from error
    guard = Guard(http.key, journal)
    route.current = current
    route.compiled = Compiled.of(route, built.calling, guard)
    route.app = guard.around(route.app)
    return route


def _endpoint(
    http: Http, function: Callable[..., Any], call: CallPlan, current: Current
) -> Callable[..., Any]:
    """Make the function that FastAPI calls: the user's, with its result made a response.

    It never names the user's function as wrapped, or FastAPI would take its return annotation for
    a response model and its generator for a stream of its own kind.
    """

    # FastAPI's caches keep thousands of endpoints, which must not keep their versions.
    known = ref(current)

    async def endpoint(**values: Any) -> Response:
        current = known()
        assert current is not None
        if validation.IS_LARGE.get():
            values = await to_thread.run_sync(validation.validate_deferred, values)
        return await current.calling.respond(values)

    endpoint.__name__ = endpoint.__qualname__ = http.name
    endpoint.__doc__ = function.__doc__
    endpoint.__module__ = _module(http, function)
    endpoint.__signature__ = call.signature  # type: ignore[attr-defined]
    return endpoint


def _module(http: Http, function: Callable[..., Any]) -> str:
    return getattr(function, "__module__", None) or http.module


def _types_of_answer(http: Http, namespace: Mapping[str, Any]) -> list[Any]:
    try:
        return [fields.resolve(f.type, namespace) if f.type else Any for f in http.resp]
    except Exception as error:
        raise EndpointError(http.module, http.cell, f"`resp`: {error}") from error


def _shape(http: Http, types: Sequence[Any], operation_id: str) -> Shape | None:
    if not http.resp:
        return None
    try:
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
