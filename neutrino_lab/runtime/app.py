"""The one function that turns the description of an app into behaviour, live and exported."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from . import docs, problems, settings, worker_count
from .engine import Engine
from .errors import BusError
from .functions import Functions
from .http.compiled import Compiled, Dispatch
from .http.table import Table
from .middleware import stack
from .observe import metrics
from .observe.metrics import Metrics
from .paths import HEALTH, HEALTH_PATHS, MCP, METRICS, READY
from .program import Program
from .spec import App, Routed
from .tools import reading


class Served(FastAPI):
    """The app of a notebook. A server may answer from `fast_table` before it asks the app, where
    `admits` says so of a request's headers."""

    fast_table: Table[Compiled] | None = None
    admits: stack.Admits


@dataclass(frozen=True, slots=True)
class Service:
    """What `create_app` made: `asgi` answers, and `built` is, by kind, what the engine adopts.

    Where the cells need a loop that runs, `start` runs them and adds the endpoints. So does the
    lifespan; it may be awaited before that, and again.
    """

    app: App
    asgi: Served
    engine: Engine
    built: Mapping[str, tuple[Any, ...]]
    start: Callable[[], Awaitable[None]]

    def adopt(self) -> None:
        """Make this version the one that its engine serves."""
        self.engine.adopt(self.app, self.built)

    def rebound(self, program: Functions) -> Service | None:
        """The same version with the functions of a program that goes on in the place of its own;
        None where it has to be built again."""
        if self.engine.mcp is not None:
            return None  # what tools are is read off the namespaces, and when it is asked for
        built = {}
        for kind, before in self.built.items():
            made = self.engine.parts[kind].rebound(before, program)
            if made is None:
                return None
            built[kind] = made
        return replace(self, built=built)

    @property
    def declared_health(self) -> frozenset[str]:
        """The paths at which a notebook answers in the place of our own checks of health."""
        keys = {each.key for each in self.app.endpoints}
        return frozenset(path for path in HEALTH_PATHS if f"GET {path}" in keys)

    def openapi(self) -> dict[str, Any]:
        """Describe the API, without the endpoints whose types have no description."""
        return docs.described(self.asgi)


def create_app(app: App, program: Functions, *, engine: Engine | None = None) -> Service:
    """Build what serves a description with the functions of a program.

    Without an engine the service brings its own and runs it in its lifespan, and stands behind the
    layers that the environment asks for. A given engine is not touched: its owner calls `adopt`,
    and wraps what he serves. Raises EndpointError where a declaration and its function do not fit
    together.
    """
    switches = settings.from_environ() if engine is None else None
    engine = _own_engine(switches, app) if switches else engine
    assert engine is not None
    built: dict[str, tuple[Any, ...]] = {}
    api = Served(
        title=app.title,
        description=app.description,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        exception_handlers=dict.fromkeys(problems.HANDLED, problems.handle),
    )
    api.add_route(HEALTH, _health, include_in_schema=False)
    api.add_route(READY, _ready(engine), include_in_schema=False)
    docs.add_routes(api)
    if engine.metrics is not None:
        tell = _metrics(app, engine, engine.metrics)
        api.add_route(METRICS, tell, include_in_schema=False)
    if engine.mcp is not None:
        mcp = engine.mcp.version(lambda: reading.tools(app, chain(*built.values()), program))
        api.router.routes.append(Route(MCP, mcp, methods=["GET", "POST", "DELETE"]))
    ours = list(api.router.routes)

    def fill() -> None:
        for kind, part in engine.parts.items():
            built[kind] = part.build([each for each in app.endpoints if each.kind == kind], program)
            part.add_routes(api, built[kind])
        api.router.routes.sort(key=lambda route: _turn(route, ours))
        table: Table[Compiled] = Table(api.router.routes)
        api.user_middleware.append(Middleware(Dispatch, table=table, variables=program.variables))
        api.fast_table, api.admits = table, stack.everything
        if switches:
            # Outside of the layer that keeps the server's channel at
            # hand, or messages would pass them by.
            api.user_middleware[:0] = stack.around(
                switches, declared_health=lambda: service.declared_health
            )
            api.admits = stack.admits(switches)
            service.adopt()

    async def start() -> None:
        if isinstance(program, Program) and program.is_postponed:
            await program.start()
            # Both are made again when they are next asked for, with what endpoints bring along.
            api.middleware_stack = api.openapi_schema = None
            fill()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await start()
        async with engine.lifespan():
            yield

    service = Service(app, api, engine, built, start)
    if switches:
        api.router.lifespan_context = lifespan
    if not (isinstance(program, Program) and program.is_postponed):
        fill()
    return service


def _own_engine(switches: settings.Settings, app: App) -> Engine:
    try:
        return Engine.of(switches, app)
    except BusError as error:
        # As with a malformed variable: one line says more than a traceback.
        worker_count.end_supervisor()
        raise SystemExit(f"NEUTRINO_BUS: {error}") from None


def _turn(route: BaseRoute, ours: list[BaseRoute]) -> int:
    """First the user's paths, then our own, then the paths that could swallow ours."""
    if route in ours:
        return 1
    return 2 if "{" in getattr(route, "path", "/").split("/")[1] else 0


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _ready(engine: Engine) -> Callable[[Request], Awaitable[Response]]:
    async def tell(_request: Request) -> Response:
        # Anybody may ask, so why it is down stands in the log alone.
        if engine.bus.trouble:
            return JSONResponse({"status": "bus down"}, 503)
        return JSONResponse({"status": "ready"})

    return tell


def _metrics(
    app: App, engine: Engine, counted: Metrics
) -> Callable[[Request], Awaitable[Response]]:
    routed = app.of(Routed)

    async def tell(_request: Request) -> Response:
        clients = {
            each.path: now.clients
            for each, now in zip(routed, engine.activities(routed), strict=True)
            if now.clients is not None
        }
        text = counted.text(clients, engine.bus.others())
        return Response(text, media_type=metrics.MEDIA_TYPE)

    return tell
