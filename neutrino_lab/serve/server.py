"""Runs a live project under uvicorn until a signal ends it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio
import uvicorn
from starlette.types import Message, Receive, Scope, Send

from neutrino_lab.runtime.middleware import stack
from neutrino_lab.runtime.settings import Settings
from neutrino_lab.serve.live import Live, Update
from neutrino_lab.serve.watch import saves

# A notebook that is being written may be seen half written; a moment later it is whole.
_SETTLE_S = 0.1


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve: port 0 takes any free port; `access_log` halves the rate of requests."""

    host: str = "127.0.0.1"
    port: int = 8000
    reload: bool = True
    log_level: str = "warning"
    access_log: bool = False


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
    """Let cells import the modules beside them and open files relative to them."""
    os.chdir(live.root)
    # Two edits within a second would else meet the first one's bytecode.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(live.root))


def serve(
    live: Live,
    listener: socket.socket,
    options: Options,
    settings: Settings,
    *,
    on_update: Callable[[Update], None],
) -> None:
    """Serve until a signal ends it, calling `on_update` for every save that changed something."""
    served = _Reloading(live, on_update) if options.reload else live
    config = uvicorn.Config(
        stack.wrap(served, stack.around(settings, declares_health=live.mount.declares_health)),
        # Told, as it takes a callable that is no coroutine function for one of ASGI 2.
        interface="asgi3",
        log_level=options.log_level,
        access_log=options.access_log,
        lifespan="on",
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listener])


class _Reloading:
    """A live project with a watcher that lives as long as the server."""

    def __init__(self, live: Live, on_update: Callable[[Update], None]) -> None:
        self._live = live
        self._on_update = on_update

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "lifespan":
            return self._live(scope, receive, send)
        return self._lifespan(scope, receive, send)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        stop = anyio.Event()
        watching = asyncio.ensure_future(self._watch(stop))

        async def hear() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                # Before the app: it says that it is done, and then nobody waits any more.
                stop.set()
                await watching
            return message

        await self._live(scope, hear, send)

    async def _watch(self, stop: anyio.Event) -> None:
        async for paths in saves(self._live.root, self._live.files, stop):
            modules_changed = any(path.suffix == ".py" for path in paths)
            update = await self._live.refresh(modules_changed=modules_changed)
            if update.state not in {"live", "unchanged"}:
                await anyio.sleep(_SETTLE_S)
                # A module that was half written tells of its end by itself.
                later = await self._live.refresh()
                update = update if later.state == "unchanged" else later
            if update.state != "unchanged":
                self._on_update(update)
