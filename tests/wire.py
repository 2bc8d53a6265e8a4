"""Apps with sockets and schedules, made of a few lines and served by a real uvicorn in a thread."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.program import Program
from neutrino_lab.runtime.sockets.hub import Hub
from neutrino_lab.runtime.sockets.part import SocketPart
from neutrino_lab.runtime.spec import App, Http, Schedule, WebSocket
from tests.served import fields

WAIT_S = 30.0
SILENCE_S = 0.2

Declared = tuple[Http | WebSocket | Schedule, str]


def ws(path: str, code: str, **declared: Any) -> Declared:
    """A socket and its cell; `message`, `query` and `headers` as in `name:type=default; ...`."""
    for key in ("message", "query", "headers"):
        if key in declared:
            declared[key] = fields(declared[key])
    return WebSocket(path, f"nb:{_last_name(code)}", 0, **declared), code


def schedule(code: str, *, has_function: bool = True, **declared: Any) -> Declared:
    """A schedule and its cell."""
    function = f"nb:{_last_name(code)}" if has_function else "nb"
    return Schedule(function, 0, **declared), code


def get(path: str, code: str) -> Declared:
    return Http("GET", path, f"nb:{_last_name(code)}", 0), code


def app_of(*cells: Declared) -> tuple[App, Mapping[str, list[CodeCell]]]:
    """An app of one notebook; a cell keeps its key as long as its declaration keeps its place."""
    numbered = [replace(endpoint, cell=n) for n, (endpoint, _) in enumerate(cells, 1)]
    codes = [CodeCell(n, code, f"key-{n}", f"<cell {n}>") for n, (_, code) in enumerate(cells, 1)]
    return App("Test", ("nb",), tuple(numbered)), {"nb": codes}


def program_of(*cells: Declared) -> tuple[App, Program]:
    app, codes = app_of(*cells)
    program = Program()
    program.update(app, codes)
    return app, program


@dataclass
class Served:
    """A running server: `names` is what the notebook has defined."""

    address: str
    engine: Engine
    app: App
    program: Program
    loop: asyncio.AbstractEventLoop
    clients: ExitStack = field(default_factory=ExitStack)

    @property
    def names(self) -> Mapping[str, Any]:
        return self.program.names("nb")

    @property
    def hub(self) -> Hub:
        part = self.engine.parts[WebSocket.kind]
        assert isinstance(part, SocketPart)
        return part.hub

    def connect(self, path: str, **options: Any) -> ClientConnection:
        """Connect without compression, which would let a slow reader take more than it seems."""
        chosen = {"open_timeout": WAIT_S, "close_timeout": 0.1, "compression": None, **options}
        client = connect(f"ws://{self.address}{path}", **chosen)
        opened: ClientConnection = self.clients.enter_context(client)
        return opened

    def call(self, function: Callable[[], Any]) -> Any:
        """Call a function on the server's loop, and wait for it if it is a coroutine."""

        async def called() -> Any:
            result = function()
            return await result if asyncio.iscoroutine(result) else result

        return asyncio.run_coroutine_threadsafe(called(), self.loop).result(WAIT_S)

    def save(self, *cells: Declared) -> None:
        """Run these cells as the next version and swap it in."""
        self.app, codes = app_of(*cells)
        self.program.update(self.app, codes)
        self.adopt()

    def adopt(self) -> None:
        """Swap in what the program has now, which may be what it had before."""
        service = create_app(self.app, self.program, engine=self.engine)
        self.call(service.adopt)


@contextmanager
def serving(
    *cells: Declared, engine: Engine | None = None, options: Mapping[str, Any] | None = None
) -> Iterator[Served]:
    """Serve cells, each declared, until the block ends; its clients are closed by then."""
    app, program = program_of(*cells)
    engine = engine or Engine.in_memory()
    service = create_app(app, program, engine=engine)
    service.adopt()

    async def served_api(scope: Scope, receive: Receive, send: Send) -> None:
        # As where an app is swapped while it is served: the engine outlives it.
        if scope["type"] != "lifespan":
            await service.asgi(scope, receive, send)
            return
        await receive()
        async with engine.lifespan():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    with running(served_api, **(options or {})) as (address, loop):
        served = Served(address, engine, app, program, loop)
        with served.clients:
            yield served


@contextmanager
def running(api: ASGIApp, **options: Any) -> Iterator[tuple[str, asyncio.AbstractEventLoop]]:
    """Run an app under uvicorn in a thread; gives its address and its loop."""
    config = uvicorn.Config(api, port=0, log_level="error", timeout_graceful_shutdown=2, **options)
    server = uvicorn.Server(config)
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="server")
    thread.start()
    try:
        until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"127.0.0.1:{port}", loops[0]
    finally:
        server.should_exit = True
        thread.join(WAIT_S)
        assert not thread.is_alive()


def until(is_so: Callable[[], Any], within_s: float = WAIT_S) -> Any:
    """Wait until a condition gives something true, and give that."""
    deadline = time.monotonic() + within_s
    while not (found := is_so()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
    return found


def ask(socket: ClientConnection, message: Any) -> Any:
    """Send text or bytes as they are and all else as JSON; give the next frame, parsed."""
    say(socket, message)
    return hear(socket)


def say(socket: ClientConnection, message: Any) -> None:
    socket.send(message if isinstance(message, (str, bytes)) else json.dumps(message))


def hear(socket: ClientConnection) -> Any:
    frame = socket.recv(timeout=WAIT_S)
    return json.loads(frame) if isinstance(frame, str) else frame


def is_silent(socket: ClientConnection) -> bool:
    try:
        socket.recv(timeout=SILENCE_S)
    except TimeoutError:
        return True
    return False


def closing(socket: ClientConnection) -> tuple[int, str]:
    """Read until the server closes; give its code and reason."""
    with pytest.raises(ConnectionClosed) as closed:
        _read_on(socket)
    frame = closed.value.rcvd
    assert frame is not None, "the connection was lost without a close frame"
    return frame.code, frame.reason


def _read_on(socket: ClientConnection) -> None:
    while True:
        socket.recv(timeout=WAIT_S)


def _last_name(code: str) -> str:
    names: list[str] = re.findall(r"^(?:async )?def (\w+)", code, re.MULTILINE)
    return names[-1]
