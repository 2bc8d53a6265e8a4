"""Who is connected where: endpoints, rooms, names. Delivers what the bus brings to those here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import count
from typing import Any, TypeAlias

from ..bus.contract import Bus, Envelope
from ..observe.journal import Journal, SocketMessage
from ..spec import WebSocket
from ..threads import Threads
from .clients import Client, Frame, Limits

GOING_AWAY = 1001
NORMAL = 1000
RESTARTED = 1012

# How long a cancelled generator's `finally` may take when the server ends.
CANCEL_S = 0.1

# Sync functions of event sockets, and sync generators, each of which may sleep in its thread.
EVENT_THREADS = 100
STREAM_THREADS = 1_000

Adopt: TypeAlias = Callable[[Any | None], None]
"""Goes on with the newest handler of a connection's path, None if there is none."""


class Hub:
    """The connections of one process, by endpoint, room and id."""

    def __init__(self, *, bus: Bus, journal: Journal, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.event_threads = Threads("neutrino-event", EVENT_THREADS)
        self.stream_threads = Threads("neutrino-stream", STREAM_THREADS)
        self.journal = journal
        self.is_closing = False
        self._bus = bus
        self._endpoints: dict[str, _Endpoint] = {}
        self._members: dict[Client, Adopt] = {}
        self._connections: dict[str, Client] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._numbers = count(1)
        self._handlers: Mapping[str, Any] | None = None
        bus.subscribe(self.deliver)

    def join(self, client: Client, adopt: Adopt) -> None:
        """Take a connection in; from here on it is sent what is meant for it."""
        self._members[client] = adopt
        self._connections[client.id] = client
        if client.path not in self._endpoints:
            self._endpoints[client.path] = _Endpoint()
        self._endpoints[client.path].add(client)
        self.journal.joined(client)
        if self._handlers is not None:
            adopt(self._handlers.get(client.path))

    def leave(self, client: Client) -> None:
        """Forget a connection, its room and its endpoint too if it was the last there."""
        if self._members.pop(client, None) is None:
            return
        del self._connections[client.id]
        self.journal.left(client)
        endpoint = self._endpoints[client.path]
        endpoint.remove(client)
        if not endpoint.clients:
            del self._endpoints[client.path]

    def name(self) -> str:
        """Make a name for a client that brought no id: `#1`, `#2` and so on, unique in this
        process."""
        return f"#{next(self._numbers)}"

    def clients(
        self, path: str, *, room_id: str | None = None, client_id: str | None = None
    ) -> tuple[Client, ...]:
        """List the clients of an endpoint here, of a room, of an id, or of both."""
        endpoint = self._endpoints.get(path)
        return endpoint.find(room_id, client_id) if endpoint else ()

    def paths(self) -> tuple[str, ...]:
        """List the endpoints that have clients here."""
        return tuple(self._endpoints)

    def send(self, envelope: Envelope) -> None:
        """Send to the clients an envelope names, on every replica."""
        self._bus.publish(envelope)

    def deliver(self, envelope: Envelope) -> None:
        """Send to the clients here that an envelope names."""
        endpoint = self._endpoints.get(envelope.path)
        clients: tuple[Client, ...] = ()
        if envelope.connection:
            own = self._connections.get(envelope.connection)
            clients = (own,) if own else ()
        elif endpoint:
            clients = endpoint.find(envelope.room_id, envelope.client_id)
        if envelope.closing:
            for client in clients:
                client.close(*envelope.closing)
            return
        frame = Frame(envelope.payload)
        for client in clients:
            client.offer(frame)
        key = WebSocket.key_of(envelope.path)
        to, room, size = envelope.client_id or "", envelope.room_id or "", len(envelope.payload)
        self.journal.message(SocketMessage(key, "out", to, room, clients, size))

    def adopt(self, handlers: Mapping[str, Any]) -> None:
        """Make these handlers, by path, the newest: open connections go on with them."""
        self._handlers = handlers
        for client, adopt in tuple(self._members.items()):
            adopt(handlers.get(client.path))

    def watch(self, task: asyncio.Task[Any]) -> None:
        """Hold a task of a connection until it is done, so that closing can wait for it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def open(self) -> None:
        """Take connections again, after `close`."""
        self.is_closing = False

    async def close(self, timeout_s: float) -> None:
        """Close every connection with 1001 and wait for what they run; then cancel what is left."""
        self.is_closing = True
        for client in tuple(self._members):
            client.close(GOING_AWAY, "the server is shutting down")
        ends_at = asyncio.get_running_loop().time() + timeout_s
        while self._tasks and (left_s := ends_at - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._tasks, timeout=left_s)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CANCEL_S)


class _Endpoint:
    """The clients of one path, in the order they came, and where to find them."""

    __slots__ = ("clients", "names", "rooms")

    def __init__(self) -> None:
        # Dicts for their order: frames go out oldest connection first.
        self.clients: dict[Client, None] = {}
        self.rooms: dict[str, dict[Client, None]] = {}
        self.names: dict[str, dict[Client, None]] = {}

    def add(self, client: Client) -> None:
        self.clients[client] = None
        for group, key in self._groups(client):
            group.setdefault(key, {})[client] = None

    def remove(self, client: Client) -> None:
        del self.clients[client]
        for group, key in self._groups(client):
            del group[key][client]
            if not group[key]:
                del group[key]

    def find(self, room_id: str | None, client_id: str | None) -> tuple[Client, ...]:
        """A copy: a client may leave while the others are being sent to."""
        found: Collection[Client] = self.clients
        if client_id is not None:
            found = self.names.get(client_id, ())
            if room_id is not None:
                found = [client for client in found if client.room_id == room_id]
        elif room_id is not None:
            found = self.rooms.get(room_id, ())
        return tuple(found)

    def _groups(self, client: Client) -> Iterable[tuple[dict[str, dict[Client, None]], str]]:
        if client.room_id is not None:
            yield self.rooms, client.room_id
        if client.client_id is not None:
            yield self.names, client.client_id
