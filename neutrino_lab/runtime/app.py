"""The one function that turns the description of an app into behaviour, live and exported."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from . import docs, problems, settings
from .engine import Engine
from .http import routes as http
from .middleware import stack
from .observe import metrics
from .observe.metrics import Metrics
from .paths import HEALTH, METRICS
from .program import Program
from .schedules import jobs
from .sockets import routes as sockets
from .sockets.hub import Hub
from .spec import App


def create_app(app: App, program: Program, *, engine: Engine | None = None) -> FastAPI:
    """Build the FastAPI app that serves a description with the functions of a program.

    Without an engine the app brings its own and runs it in its lifespan, and stands behind the
    layers that the environment asks for. A given engine is not touched: its owner lets it adopt
    `api.state.handlers` and `api.state.jobs`, and wraps what he serves. Raises EndpointError where
    a declaration and its function do not fit together.
    """
    runs_alone = engine is None
    engine = Engine.in_memory() if engine is None else engine
    api = FastAPI(
        title=app.title,
        description=app.description,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=engine.lifespan if runs_alone else None,
        exception_handlers={
            HTTPException: problems.handle,
            RequestValidationError: problems.handle,
        },
    )
    api.add_route(HEALTH, _health, include_in_schema=False)
    docs.add_routes(api)
    if engine.journal.metrics is not None:
        tell = _metrics(app, engine.hub, engine.journal.metrics)
        api.add_route(METRICS, tell, include_in_schema=False)
    ours = list(api.router.routes)
    http.add_routes(api, app.http, program, engine.journal)
    api.router.routes.sort(key=lambda route: _turn(route, ours))
    handlers = sockets.build(app.sockets, program, hub=engine.hub, journal=engine.journal)
    sockets.add_routes(api, handlers)
    api.state.engine = engine
    api.state.handlers = handlers
    api.state.jobs = jobs.build(app.schedules, program)
    if runs_alone:
        # Outside of the layer that keeps the server's channel at
        # hand, or messages would pass them by.
        api.user_middleware[:0] = stack.around(settings.from_environ())
        engine.adopt(api.state.handlers, api.state.jobs)
    return api


def _turn(route: BaseRoute, ours: list[BaseRoute]) -> int:
    """First the user's paths, then our own, then the paths that could swallow ours."""
    if route in ours:
        return 1
    return 2 if "{" in getattr(route, "path", "/").split("/")[1] else 0


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _metrics(app: App, hub: Hub, counted: Metrics) -> Callable[[Request], Awaitable[Response]]:
    async def tell(_request: Request) -> Response:
        clients = {each.path: len(hub.clients(each.path)) for each in app.sockets}
        return Response(counted.text(clients), media_type=metrics.MEDIA_TYPE)

    return tell
