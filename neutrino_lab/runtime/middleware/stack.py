"""The layers that settings put around an app. What is off is not there, and costs nothing."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from ..settings import ALL_ORIGINS, MB, MOST_MESSAGE_MB, Settings
from .access import Keys, Origins
from .limits import Body, Deadline, Messages, Rate


def around(settings: Settings, *, is_gated: bool = False) -> list[Middleware]:
    """List the layers, the outermost first. Behind a gate of its own an app is only limited."""
    return [*([] if is_gated else _access(settings)), *_limits(settings)]


def wrap(app: ASGIApp, layers: Iterable[Middleware]) -> ASGIApp:
    """Put layers around any ASGI app."""
    for layer in reversed(list(layers)):
        app = layer.cls(app, *layer.args, **layer.kwargs)
    return app


def _access(settings: Settings) -> list[Middleware]:
    layers = []
    origins = settings.cors_origins
    if origins:
        # Outermost: a page may read refusals too, and asks without a key whether it may ask.
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
        layers.append(Middleware(Keys, settings.api_keys))
    return layers


def _limits(settings: Settings) -> list[Middleware]:
    layers = []
    if settings.rate_limits:
        layers.append(Middleware(Rate, settings.rate_limits))
    if settings.max_body_bytes:
        layers.append(Middleware(Body, settings.max_body_bytes))
    if settings.max_message_bytes < MOST_MESSAGE_MB * MB:
        layers.append(Middleware(Messages, settings.max_message_bytes))
    if settings.request_timeout_s:
        layers.append(Middleware(Deadline, settings.request_timeout_s))
    return layers
