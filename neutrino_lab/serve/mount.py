"""The ASGI app that stays while versions of a notebook come and go inside it.

This module needs nothing but the runtime, so that it can run under a kernel's own interpreter.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from ..runtime.app import Service, create_app
from ..runtime.cell_file import CodeCell
from ..runtime.engine import Engine
from ..runtime.program import Changes, Program
from ..runtime.spec import App
from .local_modules import LocalModules

TRY_AGAIN_LATER = 1013
# As long as a save may wait for functions that are slow.
SETTLE_S = 0.05


class Mount:
    """Runs versions of an app and serves the last good one.

    `prepare` may take its time in any thread: nothing of a version is seen before all of it is
    sound, as the one before goes on with names of its own (`Program.update`). `adopt`, on the event
    loop, replaces routes, socket handlers and schedules in one step; calls that have begun end in
    the version that began them.
    """

    def __init__(self, folder: Path, *, engine: Engine | None = None) -> None:
        """Serve what stands in a folder, beside which cells find modules."""
        self.local = LocalModules(folder)
        self.engine = engine or Engine.in_memory()
        # Tools resolve the types of their answers when they are first asked for.
        self.program = Program(names_are_read=self.engine.mcp is not None)
        self._service: Service | None = None
        # The version that was prepared last, served already or about to be.
        self._sound: Service | None = None

    @property
    def fast_table(self) -> Any:
        """What a server may answer from: that of the version that is served."""
        return self._service and self._service.asgi.fast_table

    @property
    def is_live(self) -> bool:
        """Whether a version has been adopted."""
        return self._service is not None

    def declared_health(self) -> frozenset[str]:
        """The paths of ours at which what is served tells of its health by functions of its own."""
        return self._service.declared_health if self._service is not None else frozenset()

    def prepare(
        self,
        app: App,
        cells: Mapping[str, Sequence[CodeCell]],
        changes: Changes | None = None,
        *,
        reload_modules: frozenset[str] = frozenset(),
        on_cell: Callable[[CodeCell], None] | None = None,
    ) -> Service:
        """Run the cells of `changes` (None: all) and build the app; the local modules of
        `reload_modules` are imported again. `on_cell` is told of each cell before it runs. Raises
        CellError or EndpointError with everything as it was before."""
        # A version that is about to be adopted must not take away what this one sets.
        loop = self.program.loop
        if not self.program.is_committed:
            loop.call(self.program.commit)
        before = self._sound
        try:
            stand_in = self._stand_in if before else None
            with self.local.imported_again(reload_modules), self.program.restored_on_error():
                self.program.update(app, cells, changes, on_cell=on_cell, stand_in=stand_in)
                with self.engine.heap.added():
                    service = self._built(app, self.program)
        except BaseException:
            if before is not None and self._service is not before:
                loop.call(self._serve, before)
            loop.call(self.engine.heap.edited)
            raise
        self._sound = service
        return service

    def adopt(self, service: Service) -> None:
        """Serve what `prepare` has made in place of the version before, on the event loop."""
        self._serve(service)
        self.program.commit()

    def _stand_in(self, twin: Program) -> None:
        """Serve the version before from a program of its own, until it is known what comes."""
        assert self._sound is not None
        service = self._sound.rebound(twin) or self._built(self._sound.app, twin)
        self.program.loop.call(self._serve, service)
        # A call of the version before looks names up where cells are about to set them. One that
        # meets a new name tells of a version that is not served yet, or never will be.
        self.engine.settle(SETTLE_S)

    def _built(self, app: App, program: Program) -> Service:
        service = create_app(app, program, engine=self.engine)
        # Built here, not by the first request that meets the new version.
        service.asgi.middleware_stack = service.asgi.build_middleware_stack()
        return service

    def _serve(self, service: Service) -> None:
        service.adopt()
        self._service = service

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        # No coroutine of its own around the app's: every request would pay for it.
        if self._service is not None and scope["type"] != "lifespan":
            return self._service.asgi(scope, receive, send)
        return self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(TRY_AGAIN_LATER)(scope, receive, send)
        else:
            detail = "The notebook is not served: it has problems that are to be fixed first."
            await JSONResponse({"detail": detail}, 503)(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self.engine.lifespan(None):
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})
