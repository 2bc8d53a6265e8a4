"""The process that runs a notebook's cells and serves them: versions come in, events go out.

Shipped to the kernel's interpreter beside mount.py and the runtime, hence the relative imports.

| in  | run: version, app, cells, changes, reload_modules                                      |
|     | journal: request, key, since; schedule: request, key, action; ping;                    |
|     | ask: request, key, question, details                                                   |
| out | hello, cell (one begins), prepared, ready, failed, stats; `missing` from guard.py      |
|     | answer: request, and what was asked for; beat (to a ping, from the event loop), busy   |
"""

from __future__ import annotations

import asyncio
import hmac
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from time import sleep
from typing import Any

import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from ..runtime import settings
from ..runtime.app import Service
from ..runtime.bus.memory import MemoryBus
from ..runtime.cell_file import CodeCell
from ..runtime.engine import Engine
from ..runtime.errors import CellError, EndpointError, SettingsError
from ..runtime.http.uvicorn_protocol import Protocol
from ..runtime.kinds import from_json
from ..runtime.program import Changes
from ..runtime.settings import Settings
from . import listeners, tracebacks
from .call_context import Listening
from .call_log import CallLog
from .control import Channel, ControlMessage
from .mount import Mount
from .stats import Stats

KEY_HEADER = "x-neutrino-key"
_STATS_S = 0.3
_NAMED_FILES = 500


def run(channel: Channel, options: Mapping[str, Any]) -> None:
    """Serve versions until the process is told to end."""
    switches: Settings | SettingsError
    try:
        # MCP is the Jupyter server's own, and a shared bus is not used here: the kernel need not
        # have their packages.
        ours = (settings.MCP.name, settings.BUS.name)
        given = {name: text for name, text in os.environ.items() if name not in ours}
        switches = settings.read(given)
    except SettingsError as error:
        switches = error
    # The folder of the notebook is where its kernel would find modules, so is it here. Ours are
    # loaded by now: a random.py beside the notebook harms the notebook alone.
    folder = Path(options["folder"])
    sys.path[0] = str(folder)
    # Two edits within a second would else meet the first one's bytecode.
    sys.dont_write_bytecode = True
    worker = Worker(channel, folder, switches, Path(options["runs"]))
    worker.run(Path(options["socket"]), options["root_path"], options["own_port"])


class Worker:
    """The mount of one notebook, the channel that feeds it versions, and the server that
    answers."""

    def __init__(
        self, channel: Channel, folder: Path, switches: Settings | SettingsError, runs: Path
    ) -> None:
        self._channel = channel
        self._switches = switches
        before = None
        if isinstance(switches, Settings) and switches.history:
            before = folder / switches.state_folder
        self._call_log = CallLog(runs, before=before)
        # Never on a shared bus: what an author tries must not take the ticks of what is deployed.
        self._engine = Engine(MemoryBus(), journal=self._call_log)
        self._mount = Mount(folder, engine=self._engine)
        self._call_log.origin = self._mount.program.origin
        self._stats = Stats(self._engine, self._call_log)
        self._versions: SimpleQueue[ControlMessage | None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_thread = threading.get_ident()
        self._started_up: SimpleQueue[None] = SimpleQueue()
        self._is_owed = False  # a ping that the loop has not answered
        self._server: uvicorn.Server | None = None
        self._address: ControlMessage = {}
        self._pid = os.getpid()

    def run(self, path: Path, root_path: str, own_port: ControlMessage | None) -> None:
        """Bring up the first version in the main thread, as an export does, then serve."""
        self._channel.send({"event": "hello", "pid": self._pid, "python": sys.version})
        # All of them before user code runs, which may put anything in the place of `threading`.
        for work in (self._read, self._follow, self._watch):
            threading.Thread(target=work, name=f"neutrino{work.__name__}", daemon=True).start()
        # Cells run on the loop that is going to serve: what they start there goes on.
        loop = self._mount.program.loop
        loop.use(listeners.new_loop())
        first = next(self._prepared(), None)
        if first is None:
            return
        version, service = first
        self._mount.adopt(service)
        listener, key = listen(path)
        address: ControlMessage = {"path": str(path)}
        if key:
            address = {"port": listener.getsockname()[1], "key": key}
        listening = Listening(self._mount, self._engine.output)
        assert isinstance(self._switches, Settings)  # or no version would have come up
        declared_health = self._mount.declared_health
        proxied = listeners.proxied(listening, self._switches, root_path, declared_health)
        entrance = Keyed(proxied, key) if key else proxied
        sockets = [listener]
        if own_port is not None:
            sockets.append(listeners.bind(own_port["port"]))
            port = address["own_port"] = sockets[-1].getsockname()[1]
            own = listeners.Own(listening, self._switches, own_port["key"], declared_health)
            entrance = listeners.Listeners(entrance, {port: own})
        config = uvicorn.Config(
            entrance,
            interface="asgi3",
            http=Protocol,
            log_level="warning",
            access_log=False,
            lifespan="on",
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        self._address = address
        self._server = _Server(config, lambda: self._started(version))
        loop.serve(self._server.serve(sockets))

    def _started(self, version: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._ready(version)
        for _ in (self._follow, self._watch):
            self._started_up.put(None)

    def _follow(self) -> None:
        self._started_up.get()
        for version, service in self._prepared():
            self._channel.send({"event": "prepared", "version": version})
            self._call_soon(self._swap, version, service)
        assert self._server is not None
        self._server.should_exit = True

    def _call_soon(self, act: Callable[..., None], *given: Any) -> None:
        """Have it done by the event loop, from any thread."""
        assert self._loop is not None
        with suppress(RuntimeError):  # the loop has just been closed
            self._loop.call_soon_threadsafe(act, *given)

    def _swap(self, version: int, service: Service) -> None:
        self._mount.adopt(service)
        self._ready(version)

    def _ready(self, version: int) -> None:
        self._channel.send(
            {
                "event": "ready",
                "version": version,
                "address": self._address,
                "modules": sorted(self._mount.local.names()),
                "files": sorted(self._mount.local.files())[:_NAMED_FILES],
            }
        )

    def _prepared(self) -> Iterator[tuple[int, Service]]:
        """Run the versions that come in, and give those that are sound."""
        for message in iter(self._versions.get, None):
            prepared = self._prepare(message)
            if os.getpid() != self._pid:
                os._exit(0)  # the child of a cell that forked shall not serve as well
            if prepared is not None:
                yield message["version"], prepared

    def _read(self) -> None:
        """Take in what is asked: at once, even while a cell runs or the loop is kept busy."""
        try:
            for message in self._channel:
                if message["command"] == "run":
                    self._versions.put(message)
                elif message["command"] == "journal":
                    news = self._call_log.news(message["key"], message["since"])
                    self._answer(message, journal=news)
                elif message["command"] == "ping":
                    self._ping()
                elif self._loop is None:
                    self._answer(message, is_known=False)
                elif message["command"] == "ask":
                    self._call_soon(self._ask_aside, message)
                else:
                    self._call_soon(self._act, message)
        finally:
            self._versions.put(None)

    def _ping(self) -> None:
        if self._loop is None:
            return
        if self._is_owed:
            found = tracebacks.innermost(
                sys._current_frames().get(self._loop_thread), self._mount.program.origin
            )
            if found is not None:
                file, line = found
                self._channel.send({"event": "busy", "file": file, "line": line})
            return
        self._is_owed = True
        self._call_soon(self._beat)

    def _beat(self) -> None:
        self._is_owed = False
        self._channel.send({"event": "beat"})

    def _act(self, message: ControlMessage) -> None:
        """Do what the user wants of an endpoint."""
        self._answer(message, is_known=self._engine.act(message["key"], message["action"]))

    def _ask_aside(self, message: ControlMessage) -> None:
        # It may wait for what the loop or an operator does.
        if self._loop is not None:
            self._loop.run_in_executor(None, self._ask, message)

    def _ask(self, message: ControlMessage) -> None:
        """Answer a question about an endpoint, or do what the user wants in more words."""
        try:
            found = self._engine.ask(message["key"], message["question"], message["details"])
        except Exception as error:  # noqa: BLE001 - it is told to who asks
            self._answer(message, is_known=True, refused=tracebacks.message(error) or "it failed")
            return
        self._answer(message, is_known=found is not None, found=found)

    def _answer(self, message: ControlMessage, **found: Any) -> None:
        self._channel.send({"event": "answer", "request": message["request"], **found})

    def _prepare(self, message: ControlMessage) -> Service | None:
        failed: ControlMessage = {"event": "failed", "version": message["version"]}
        if isinstance(self._switches, SettingsError):
            failed |= {"type": "SettingsError", "message": str(self._switches)}
            self._channel.send(failed)
            return None
        try:
            app = from_json(message["app"])
            changes = _changes(message["changes"])
            cells = {
                module: [CodeCell(*each) for each in listed]
                for module, listed in message["cells"].items()
            }
            # Where everything runs again after a failure, the modules beside it are read again too.
            reload_modules = message["reload_modules"] if changes else self._mount.local.names()
            if self._mount.is_live:
                # The loop is needed before the first cell, too: what keeps it busy must be known.
                self._channel.send({"event": "prepared", "version": message["version"]})
            return self._mount.prepare(
                app,
                cells,
                changes,
                reload_modules=frozenset(reload_modules),
                on_cell=self._tell_cell,
            )
        except CellError as error:
            failed |= {"module": error.module, "cell": error.cell, "line": error.line}
            failed |= _told(error.error)
            failed["detail"] = tracebacks.cut(error.detail, tracebacks.TEXT_CHARACTERS)
        except EndpointError as error:
            failed |= {"module": error.module, "cell": error.cell, "reason": error.reason}
        except BaseException as error:  # noqa: BLE001 - whatever it is, the version before goes on
            failed |= _told(error)
        self._channel.send(failed)
        return None

    def _tell_cell(self, cell: CodeCell) -> None:
        self._channel.send({"event": "cell", "cell": cell.number})

    def _watch(self) -> None:
        """Tell the stats when they have changed, and end if nobody can connect any more."""
        self._started_up.get()
        assert self._server is not None
        path = self._address.get("path")
        sent: list[ControlMessage] = []
        while True:
            sleep(_STATS_S)
            if path and not os.path.exists(path):  # noqa: PTH110 - asked three times a second
                os.write(2, b"the socket that it was served at has been deleted\n")
                self._server.should_exit = True
                return
            try:
                stats = self._stats.now()
            except RuntimeError:  # something came or went while it was being counted
                continue
            if stats != sent:
                sent = stats
                self._channel.send({"event": "stats", "stats": stats})


class Keyed:
    """Lets in only who knows the key: a port, unlike a socket file, is open to every user."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            name = KEY_HEADER.encode()
            given = b"".join(value for each, value in scope["headers"] if each == name)
            if not hmac.compare_digest(given, self._key):
                refuse: ASGIApp = PlainTextResponse("Forbidden", 403)
                if scope["type"] == "websocket":
                    refuse = WebSocketClose(1008)
                await refuse(scope, receive, send)
                return
            scope["headers"] = [each for each in scope["headers"] if each[0] != name]
        await self._app(scope, receive, send)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._on_started()


def listen(path: Path) -> tuple[socket.socket, str]:
    """Take a Unix socket that only this user may open; where there are none, a port and a key."""
    try:
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(str(path))
            path.chmod(0o600)
        except OSError:
            listener.close()
            raise
    except (OSError, AttributeError):  # no such sockets here, in this folder, or of this length
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        return listener, secrets.token_urlsafe(32)
    return listener, ""


def _told(error: BaseException) -> ControlMessage:
    return {"type": type(error).__name__, "message": tracebacks.message(error)}


def _changes(changes: ControlMessage | None) -> Changes | None:
    if changes is None:
        return None
    pairs = ("run", "forget", "remove_after_swap")
    return Changes(
        **{name: frozenset((module, each) for module, each in changes[name]) for name in pairs},
        emptied=frozenset((module, frozenset(names)) for module, names in changes["emptied"]),
    )
