"""The layers that settings put around an app. What is off is not there, and costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeAlias

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from ..setting_forms import ALL
from ..settings import MB, MOST_MESSAGE_MB, Settings
from .access import Keys, Origins, RawHeaders, is_health, path
from .hosts import Hosts
from .limits import Body, Deadline, Messages, Rate

Admits: TypeAlias = Callable[[RawHeaders], RawHeaders | None]
"""Gives the headers that the app sees of a request with these headers, None where only the layers
themselves can tell."""


def around(
    settings: Settings,
    *,
    is_gated: bool = False,
    declared_health: Callable[[], frozenset[str]] = frozenset,
) -> list[Middleware]:
    """List the layers, the outermost first. Behind a gate of its own an app is only limited.

    Our own health is open to all; one that the notebook itself declares, which may begin or cease
    with a save, is an endpoint like any other.
    """

    def is_open(scope: Scope) -> bool:
        return is_health(scope) and path(scope) not in declared_health()

    access = [] if is_gated else _access(settings, is_open)
    return [*access, *_limits(settings, is_open)]


def admits(settings: Settings, *, is_gated: bool = False) -> Admits:
    """Make what tells by its headers whether a request passes all of `around`, and how it is seen
    behind them. It gives None wherever only the layers themselves can tell."""
    # CORS says in each answer that it depends on the origin.
    if settings.cors_origins and not is_gated:
        return nothing
    if settings.rate_limits or settings.request_timeout_s:
        return nothing
    checks: list[Callable[[RawHeaders], bool]] = []
    if not is_gated and settings.hosts != (ALL,):
        checks.append(Hosts(nobody, settings.hosts).admits)
    if settings.mcp and not is_gated:
        checks.append(_has_no_origin)
    limits = [each for each in (settings.max_body_bytes, settings.max_json_bytes) if each]
    if limits:
        checks.append(partial(_is_short, most_bytes=min(limits)))
    keys = None if is_gated or not settings.api_keys else Keys(nobody, settings.api_keys)

    def admitted(headers: RawHeaders) -> RawHeaders | None:
        if not all(check(headers) for check in checks):
            return None
        return headers if keys is None else keys.admits(headers)

    return admitted


def wrap(app: ASGIApp, layers: Iterable[Middleware]) -> ASGIApp:
    """Put layers around any ASGI app; the first of them is the outermost."""
    for layer in reversed(list(layers)):
        app = layer.cls(app, *layer.args, **layer.kwargs)
    return app


def _access(settings: Settings, is_open: Callable[[Scope], bool]) -> list[Middleware]:
    layers = []
    if settings.hosts != (ALL,):
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
    if origins != (ALL,):
        layers.append(Middleware(Origins, origins, has_mcp=settings.mcp))
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


def nothing(_headers: RawHeaders) -> None:
    """Give None for any headers: every request goes through the layers."""
    return None


def everything(headers: RawHeaders) -> RawHeaders:
    """Admit a request to an app that has no layers."""
    return headers


def _has_no_origin(headers: RawHeaders) -> bool:
    """Whether `Origins` has nothing to judge; it goes by the path, too."""
    return all(name != b"origin" for name, _ in headers)


def _is_short(headers: RawHeaders, *, most_bytes: int) -> bool:
    """Whether the body is told to be no longer than that, or there is none."""
    for name, value in headers:
        if name == b"transfer-encoding":
            return False
        if name == b"content-length" and not (value.isdigit() and int(value[:19]) <= most_bytes):
            return False
    return True


async def nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """In the place of an app that is only asked about."""
