"""What answers a request: one FastAPI route for each declared endpoint."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, cast, get_origin

from anyio import to_thread
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .. import calls, fields, problems, validation
from ..calls import Call
from ..encoding import pictures, pyplot
from ..errors import EndpointError
from ..functions import Functions
from ..middleware.limits import LATE
from ..observe.journal import Journal
from ..paths import specificity
from ..spec import Http
from . import responses, streaming
from .responses import Rendered, Shape

CLIENT_GONE = 499
TOO_LATE = 504


def operation_ids(endpoints: Iterable[Http]) -> dict[tuple[str, str], str]:
    """Name every endpoint, by verb and path, after its function; no name twice."""
    listed = list(endpoints)
    names = [endpoint.name for endpoint in listed]
    taken: dict[str, tuple[str, str]] = {}
    for endpoint in listed:
        stem = endpoint.name
        if names.count(stem) > 1:
            stem = f"{endpoint.module}_{stem}_{endpoint.cell}"
        chosen, n = stem, 2
        while chosen in taken:
            chosen, n = f"{stem}_{n}", n + 1
        taken[chosen] = (endpoint.verb, endpoint.path)
    return {where: name for name, where in taken.items()}


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint and how its function is called; `shape` is that of a declared response."""

    http: Http
    function: Callable[..., Any]
    call: Call
    shape: Shape | None
    operation_id: str


def build(endpoints: Iterable[Http], program: Functions) -> tuple[Route, ...]:
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
        built.append(Route(http, function, call, shape, operation_id))
    return tuple(built)


def add(api: FastAPI, routes: Sequence[Route], journal: Journal) -> None:
    """Serve endpoints. Raises EndpointError."""
    has_tags = len({each.http.module for each in routes}) > 1
    for each in routes:
        http = each.http
        try:
            api.add_api_route(
                http.path,
                _endpoint(http, each.function, each.call, each.shape),
                methods=[http.verb],
                tags=[http.module] if has_tags else None,
                operation_id=each.operation_id,
                **_documented(http, each.shape),
            )
        except Exception as error:
            raise EndpointError(http.module, http.cell, _refusal(each.call, error)) from error
        route = cast(APIRoute, api.router.routes[-1])
        route.app = _guarded(route.app, http.key, journal)


def _endpoint(
    http: Http, function: Callable[..., Any], call: Call, shape: Shape | None
) -> Callable[..., Any]:
    """Make the function that FastAPI calls: the user's, with its result made a response.

    It never names the user's function as wrapped, or FastAPI would take its return annotation for
    a response model and its generator for a stream of its own kind.
    """
    invoke = _invoke(function, call)
    finish = partial(_finish, media=http.media, shape=shape)
    is_on_loop = _is_on_loop(function)

    def in_thread(values: dict[str, Any]) -> Any:
        result = invoke(values)
        if streaming.is_stream(result) or inspect.isawaitable(result):
            return result
        return responses.render(result, http.media, shape)

    async def endpoint(**values: Any) -> Response:
        pyplot.begin_call()
        if validation.IS_LARGE.get():
            values = await to_thread.run_sync(validation.settled, values)
        if is_on_loop:
            result = invoke(values)
        else:
            result = await to_thread.run_sync(in_thread, values)
        response: Response = result if isinstance(result, Response) else await finish(result)
        if call.response and isinstance(response, (Rendered, streaming.Stream)):
            _take_over(response, values[call.response])
        return response

    endpoint.__name__ = endpoint.__qualname__ = http.name
    endpoint.__doc__ = function.__doc__
    endpoint.__module__ = getattr(function, "__module__", None) or http.module
    endpoint.__signature__ = call.signature  # type: ignore[attr-defined]
    return endpoint


async def _finish(result: Any, media: str, shape: Shape | None) -> Response:
    if inspect.isawaitable(result):
        result = await result
    if isinstance(result, Response):
        return result
    if streaming.is_stream(result):
        return await streaming.open_stream(result, media)
    if pictures.is_picture(result):
        return await to_thread.run_sync(responses.render, result, media, shape)
    return responses.render(result, media, shape)


def _invoke(function: Callable[..., Any], call: Call) -> Callable[[dict[str, Any]], Any]:
    if call.is_direct:
        return lambda values: function(**values)

    def invoke(values: dict[str, Any]) -> Any:
        first, named = call.arguments(values)
        return function(*first, **named)

    return invoke


def _is_on_loop(function: Callable[..., Any]) -> bool:
    """Whether calling a function takes no time: it returns a coroutine or a generator."""
    called = (function, type(function).__call__)
    checks = (
        inspect.iscoroutinefunction,
        inspect.isasyncgenfunction,
        inspect.isgeneratorfunction,
    )
    return any(check(each) for each in called for check in checks)


def _take_over(response: Response, injected: Response) -> None:
    """Give a response the headers and the status that the user set on FastAPI's `Response`."""
    if injected.status_code:
        response.status_code = injected.status_code
        if injected.status_code in (204, 205, 304) and not isinstance(response, streaming.Stream):
            response.body = b""
            del response.headers["content-length"], response.headers["content-type"]
    for name, _ in injected.headers.raw:
        if name == b"content-type":
            del response.headers["content-type"]
    response.raw_headers.extend(injected.headers.raw)


def _guarded(app: ASGIApp, label: str, journal: Journal) -> ASGIApp:
    """Note every request, and answer the exceptions that FastAPI lets through.

    This stands outside of FastAPI's own handling, so that dependencies with `yield` see the
    exception before it becomes an answer.
    """

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        started, clock = time.time(), time.perf_counter()
        status, ended = 0, 0.0
        unexpected: BaseException | None = None
        validation.IS_LARGE.set(validation.is_large(scope))

        async def sender(message: Message) -> None:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                if message["status"] < 200:
                    raise ValueError(f"an answer cannot have the status {message['status']}")
                status = message["status"]
            elif not message.get("more_body"):
                ended = time.perf_counter()
            try:
                await send(message)
            except OSError as error:
                raise ClientDisconnect from error

        try:
            await app(scope, receive, sender)
        except ClientDisconnect:
            pass
        except asyncio.CancelledError:
            # The server's end has come first, or a limit of time, which has answered by itself.
            if not status:
                await problems.response(problems.CUT_SHORT)(scope, receive, sender)
            raise
        except problems.RAISED as error:
            if status:
                # Too late to say so: the unfinished answer ends the connection.
                unexpected = error
                problems.log(label, error)
                return
            answer = problems.answer(error)
            if not answer.expected:
                unexpected = error
                problems.log(label, error)
            await problems.response(answer)(scope, receive, sender)
        finally:
            duration_s = (ended or time.perf_counter()) - clock
            unanswered = TOO_LATE if scope.get(LATE) else CLIENT_GONE
            journal.call(
                label,
                status=status or unanswered,
                started=started,
                duration_s=duration_s,
                error=unexpected,
            )
            unexpected = None  # or the exception would hold this frame, and the frame it

    return guarded


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


def _refusal(call: Call, error: Exception) -> str:
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
