"""A server that speaks WARP as SwimOS 4.3 does: the demo feed, and what the tests talk to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import Server as Listener
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from ..recon.json_types import record
from ..recon.reader import read
from ..recon.values import Attr, ReconError, Record, Slot
from ..recon.writer import write, write_attr
from .envelopes import SUBPROTOCOL, Envelope, change, parse
from .links import LANE_NOT_FOUND, NODE_NOT_FOUND

TAGS = ("sync", "link", "unlink", "command", "auth", "deauth")


@dataclass(slots=True)
class Lane:
    """A value lane has its newest `value`, as text; a map lane its `entries`. `on_command` takes
    the body of a command: without it, a command sets the value."""

    value: str = ""
    entries: dict[str, str] | None = None
    on_command: Callable[[str], None] | None = None
    links: set[_Connection] = field(default_factory=set)


class Server:
    """Serves the lanes of `nodes`; `find` gives those of a node that is not known yet."""

    def __init__(self, find: Callable[[str], dict[str, Lane] | None] = lambda _node: None) -> None:
        self.nodes: dict[str, dict[str, Lane]] = {}
        self._find = find
        self._connections: set[_Connection] = set()
        self._listener: Listener | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen, and give the port. Raises OSError."""
        self._listener = await serve(
            self._serve, host, port, select_subprotocol=_subprotocol, close_timeout=1
        )
        return int(next(iter(self._listener.sockets)).getsockname()[1])

    async def stop(self) -> None:
        """Stop listening, and close the connections."""
        if self._listener is not None:
            self._listener.close()
            await self._listener.wait_closed()
            self._listener = None

    def lane(self, node: str, name: str) -> Lane | str:
        """Find a lane, or the tag that says what is missing."""
        if node not in self.nodes and (found := self._find(node)) is not None:
            self.nodes[node] = found
        if node not in self.nodes:
            return NODE_NOT_FOUND
        return self.nodes[node].get(name, LANE_NOT_FOUND)

    def set(self, node: str, name: str, body: str) -> None:
        """Set a value lane to what is written in Recon, and tell its links."""
        lane = self.nodes[node][name]
        lane.value = body
        for link in tuple(lane.links):
            link.put(node, name, body)

    def update(self, node: str, name: str, key: str, body: str | None) -> None:
        """Set an entry of a map lane, or remove it (None), and tell its links."""
        lane = self.nodes[node][name]
        entries = lane.entries if lane.entries is not None else {}
        if body is None:
            entries.pop(key, None)
        else:
            entries[key] = body
        for link in tuple(lane.links):
            link.add(Envelope("event", node, name, _update(key, body)))

    async def _serve(self, socket: ServerConnection) -> None:
        connection = _Connection(socket, self)
        self._connections.add(connection)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)


class _Connection:
    """One client. Of a value lane only the newest value waits for it, in the place of the first."""

    def __init__(self, socket: ServerConnection, server: Server) -> None:
        self._socket = socket
        self._server = server
        self._waiting: dict[Any, str] = {}
        self._changed = asyncio.Event()
        self._linked: dict[tuple[str, str], Lane] = {}
        self._count = 0

    async def run(self) -> None:
        writer = asyncio.ensure_future(self._write())
        try:
            async for frame in self._socket:
                try:
                    self._answer(parse(frame if isinstance(frame, str) else ""))
                except ReconError:
                    self.abort()
        except ConnectionClosed:
            pass
        finally:
            writer.cancel()
            for lane in self._linked.values():
                lane.links.discard(self)

    def abort(self) -> None:
        self._socket.transport.abort()

    def put(self, node: str, name: str, body: str) -> None:
        self._waiting[node, name] = str(Envelope("event", node, name, body))
        self._changed.set()

    def add(self, *answers: Envelope) -> None:
        for answer in answers:
            self.add_frame(str(answer))

    def add_frame(self, frame: str) -> None:
        self._count += 1
        self._waiting[self._count] = frame
        self._changed.set()

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._changed.wait()
                self._changed.clear()
                while self._waiting:
                    await self._socket.send(self._waiting.pop(next(iter(self._waiting))))

    def _answer(self, asked: Envelope) -> None:
        tag, node, name = asked.tag, asked.node, asked.lane
        if tag not in TAGS:
            raise ReconError(f"`{tag}` is no tag of WARP", 0)
        if tag in ("auth", "deauth"):
            self.add(Envelope(f"{tag}ed"))
            return
        lane = self._server.lane(node, name)
        if isinstance(lane, str):
            if tag != "command":
                self.add(Envelope("unlinked", node, name, lane))
            return
        address = (node, name)
        if tag == "command":
            read(asked.body)
            self._command(lane, asked)
        elif tag == "unlink":
            if self._linked.pop(address, None):
                lane.links.discard(self)
                self.add(Envelope("unlinked", node, name))
        else:
            if address not in self._linked:
                self._linked[address] = lane
                lane.links.add(self)
                self.add(Envelope("linked", node, name))
            if tag == "sync":
                bodies = [lane.value] if lane.entries is None else _entries(lane.entries)
                self.add(*(Envelope("event", node, name, body) for body in bodies))
                self.add(Envelope("synced", node, name))

    def _command(self, lane: Lane, asked: Envelope) -> None:
        if lane.on_command is not None:
            lane.on_command(asked.body)
        elif lane.entries is None:
            self._server.set(asked.node, asked.lane, asked.body)
        elif (asked_for := change(asked.body)) and asked_for["op"] in ("update", "remove"):
            body = write(record(asked_for["value"])) if "value" in asked_for else None
            self._server.update(asked.node, asked.lane, str(asked_for["key"]), body)


def _update(key: str, body: str | None) -> str:
    attr = Attr("remove" if body is None else "update", Record(items=(Slot("key", key),)))
    return write_attr(attr, body or "")


def _entries(entries: dict[str, str]) -> Iterable[str]:
    return (_update(key, body) for key, body in entries.items())


def _subprotocol(_connection: ServerConnection, offered: Any) -> Any:
    return SUBPROTOCOL if SUBPROTOCOL in offered else None
