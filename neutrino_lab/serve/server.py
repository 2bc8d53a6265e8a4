"""Runs a live project under uvicorn until a signal ends it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import anyio
import uvicorn
from starlette.types import Message, Receive, Scope, Send

from neutrino_lab.runtime.http.uvicorn_protocol import Protocol
from neutrino_lab.runtime.middleware import stack
from neutrino_lab.runtime.settings import Settings
from neutrino_lab.serve.listeners import new_loop
from neutrino_lab.serve.live import Live, Update
from neutrino_lab.serve.watch import Saved, saves
from neutrino_lab.serve.watchdog import LoopState, Watchdog

LOGGER = logging.getLogger(__name__)

# A notebook that is being written may be seen half written; a moment later it is whole.
_SETTLE_S = 0.1

# As long as an answer takes, from a thread too.
_ANSWERED_S = 0.005


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How to serve: port 0 takes any free port; `access_log` halves the rate of requests."""

    host: str = "127.0.0.1"
    port: int = 8000
    reload: bool = True
    log_level: str = "warning"
    access_log: bool = False


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Who is told: of every save that changed something, and, in a thread, when the event loop no
    longer answers or answers again."""

    update: Callable[[Update], None]
    silence: Callable[[LoopState], None]


def bind(host: str, port: int) -> socket.socket:
    """Take the address before anything runs. Raises OSError where it is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def prepare(live: Live) -> None:
    """Let cells import the modules beside them, open files relative to them, and start tasks on the
    loop that is going to serve."""
    live.mount.program.loop.use(new_loop())
    os.chdir(live.root)
    # Two edits within a second would else meet the first one's bytecode.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(live.root))


def serve(
    live: Live,
    listener: socket.socket,
    options: ServerOptions,
    settings: Settings,
    callbacks: Callbacks,
) -> None:
    """Serve on a bound socket, in this thread, until a signal ends it."""
    watchdog = Watchdog(live.mount.program.origin, on_change=callbacks.silence)
    served = _Watched(live, watchdog, callbacks.update if options.reload else None)
    config = uvicorn.Config(
        _Layered(served, live, settings),
        # Told, as it takes a callable that is no coroutine function for one of ASGI 2.
        interface="asgi3",
        log_level=options.log_level,
        access_log=options.access_log,
        lifespan="on",
        http=Protocol,
        timeout_graceful_shutdown=1,
    )
    live.mount.program.loop.serve(uvicorn.Server(config).serve([listener]))


class _Layered:
    """A project behind the layers that the settings ask for."""

    def __init__(self, served: _Watched, live: Live, settings: Settings) -> None:
        self._live = live
        layers = stack.around(settings, declared_health=live.mount.declared_health)
        self._app = stack.wrap(served, layers)
        self.admits = stack.admits(settings)

    @property
    def fast_table(self) -> Any:
        return self._live.mount.fast_table

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self._app(scope, receive, send)


class _Watched:
    """A live project with those that live as long as the server: the watcher of its files, where
    saves are followed, and of the event loop."""

    def __init__(
        self, live: Live, watchdog: Watchdog, on_update: Callable[[Update], None] | None
    ) -> None:
        self._live = live
        self._watchdog = watchdog
        self._on_update = on_update

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "lifespan":
            return self._live(scope, receive, send)
        return self._lifespan(scope, receive, send)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        stop = anyio.Event()
        self._watchdog.start()
        follows = self._on_update is not None
        watching = asyncio.ensure_future(self._follow(stop)) if follows else None

        async def received() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                # Before the app: it says that it is done, and then nobody waits any more.
                stop.set()
                self._watchdog.stop()
                if watching is not None:
                    await watching
            return message

        await self._live(scope, received, send)

    async def _follow(self, stop: anyio.Event) -> None:
        live = self._live
        async for paths in saves(live.root, live.files, stop, modules=live.modules):
            try:
                await self._take_up(paths)
            except Exception:
                LOGGER.exception("A save could not be taken up; the next one is tried again.")

    async def _take_up(self, paths: Saved) -> None:
        # A folder that was replaced tells of itself alone.
        modules_changed = any(path.suffix != ".ipynb" for path in paths)
        update = await self._live.refresh(modules_changed=modules_changed)
        if update.state not in {"live", "unchanged"}:
            await anyio.sleep(_SETTLE_S)
            # A module that was half written tells of its end by itself.
            later = await self._live.refresh()
            update = update if later.state == "unchanged" else later
        # Who asks already is answered by the new version before it is told of.
        await asyncio.sleep(_ANSWERED_S)
        self._live.modules()
        if update.state != "unchanged" and self._on_update is not None:
            self._on_update(update)
