"""The layers that settings put around an app. What is off is not there, and costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Scope

from ..settings import ALL_HOSTS, ALL_ORIGINS, MB, MOST_MESSAGE_MB, Settings
from .access import Keys, Origins, is_health
from .hosts import Hosts
from .limits import Body, Deadline, Messages, Rate


def around(
    settings: Settings,
    *,
    is_gated: bool = False,
    declares_health: Callable[[], bool] = lambda: False,
) -> list[Middleware]:
    """List the layers, the outermost first. Behind a gate of its own an app is only limited.

    Our own health is open to all; one that the notebook itself declares, which may begin or cease
    with a save, is an endpoint like any other.
    """

    def is_open(scope: Scope) -> bool:
        return is_health(scope) and not declares_health()

    access = [] if is_gated else _access(settings, is_open)
    return [*access, *_limits(settings, is_open)]


def wrap(app: ASGIApp, layers: Iterable[Middleware]) -> ASGIApp:
    """Put layers around any ASGI app."""
    for layer in reversed(list(layers)):
        app = layer.cls(app, *layer.args, **layer.kwargs)
    return app


def _access(settings: Settings, is_open: Callable[[Scope], bool]) -> list[Middleware]:
    layers = []
    if settings.hosts != (ALL_HOSTS,):
        # Outermost: to a name that is not its own a server says nothing else.
        layers.append(Middleware(Hosts, settings.hosts, is_open=is_open))
    origins = settings.cors_origins
    if origins:
        # Next: a page may read refusals too, and asks without a key whether it may ask.
        layers.append(
            Middleware(
                CORSMiddleware,
                allow_origins=origins,
                allow_methods=("*",),
                allow_headers=("*",),
                expose_headers=("Retry-After", "WWW-Authenticate"),
            )
        )
    if origins != (ALL_ORIGINS,):
        layers.append(Middleware(Origins, origins))
    if settings.api_keys:
        layers.append(Middleware(Keys, settings.api_keys, is_open=is_open))
    return layers


def _limits(settings: Settings, is_open: Callable[[Scope], bool]) -> list[Middleware]:
    layers = []
    if settings.rate_limits:
        layers.append(Middleware(Rate, settings.rate_limits, is_open=is_open))
    if settings.max_body_bytes or settings.max_json_bytes:
        layers.append(Middleware(Body, settings.max_body_bytes, settings.max_json_bytes))
    if settings.max_message_bytes < MOST_MESSAGE_MB * MB:
        layers.append(Middleware(Messages, settings.max_message_bytes))
    if settings.request_timeout_s:
        layers.append(Middleware(Deadline, settings.request_timeout_s))
    return layers
