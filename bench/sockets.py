"""WebSockets over a hand-written Starlette loop: broadcast, echo, and one reader that is slow.

The clients are bare sockets that count bytes: a library for them takes more time than the servers.
"""

from __future__ import annotations

import json
import select
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from statistics import median

from bench import servers
from bench.http import cpu_s
from bench.table import ratio, show

ROUNDS = 7
ECHOES = 100
PAYLOAD = json.dumps({"user": "ada", "text": "x" * 200, "values": list(range(20))})
# As a client writes it, with a mask of zeros.
FRAME = b"\x81\xfe" + len(PAYLOAD).to_bytes(2, "big") + bytes(4) + PAYLOAD.encode()

CELLS = [
    '"""\n@WS /broadcast\n"""\nasync def broadcast(event: dict):\n    return event\n',
    '"""\n@WS /echo\nto: sender\n"""\nasync def echo(event: dict):\n    return event\n',
]

HAND_WRITTEN = """
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
clients = []


@app.websocket("/broadcast")
async def broadcast(socket: WebSocket):
    await socket.accept()
    clients.append(socket)
    try:
        while True:
            event = await socket.receive_json()
            for each in clients:
                await each.send_json(event)
    except WebSocketDisconnect:
        clients.remove(socket)


@app.websocket("/echo")
async def echo(socket: WebSocket):
    await socket.accept()
    try:
        while True:
            await socket.send_json(await socket.receive_json())
    except WebSocketDisconnect:
        pass
"""


def main() -> None:
    with (
        servers.notebook(*CELLS) as (ours, _, our_id),
        servers.module(HAND_WRITTEN) as (theirs, their_id),
    ):
        compare(ours, theirs, {ours: our_id, theirs: their_id})


def compare(ours: int, theirs: int, processes: Mapping[int, int]) -> None:
    rows = []
    for count, events in ((100, 30), (1_000, 5)):
        rooms = {port: Clients(port, "/broadcast", count) for port in processes}
        found = alternate(processes, lambda port: rooms[port].broadcast(events))  # noqa: B023
        rows.append((f"broadcast to {count:,}", *summary(found[ours], found[theirs])))
        for room in rooms.values():
            room.close()
    echoes = {port: Clients(port, "/echo", 16) for port in processes}
    found = alternate(processes, lambda port: echoes[port].echo(ECHOES))
    rows.append(("echo, 16 clients", *summary(found[ours], found[theirs])))
    for clients in echoes.values():
        clients.close()
    show(
        f"WebSockets: frames per second, {ROUNDS} alternating rounds; how many times better than a "
        "hand-written Starlette loop",
        ("", "notebook", "hand-written", "x", "CPU each", "x CPU"),
        rows,
    )
    slow_reader(ours)


def slow_reader(port: int) -> None:
    """The same broadcast without and with a client that never reads."""
    room = Clients(port, "/broadcast", 999)
    without = [room.broadcast(3).per_s for _ in range(ROUNDS)]
    with opened(port, "/broadcast"):
        beside = [room.broadcast(3).per_s for _ in range(ROUNDS)]
    room.close()
    show(
        "Broadcast to 999: frames per second",
        ("", "median"),
        [("alone", median(without)), ("beside one that never reads", median(beside))],
    )


@dataclass(frozen=True, slots=True)
class Round:
    """So many frames, how long they took, and what CPU time of the server."""

    frames: int
    took_s: float
    cpu_s: float = 0.0

    @property
    def per_s(self) -> float:
        return self.frames / self.took_s


class Clients:
    """Clients of one endpoint, which all send the same."""

    def __init__(self, port: int, path: str, count: int) -> None:
        self._sockets = [opened(port, path) for _ in range(count)]
        self._selector = selectors.DefaultSelector()
        for each in self._sockets:
            self._selector.register(each, selectors.EVENT_READ)
        self._sockets[0].sendall(FRAME)
        head = self._sockets[0].recv(4, socket.MSG_WAITALL)
        # Both servers write the event in the shortest form, which takes the longer head.
        assert head[1] == 126
        self._size = 4 + int.from_bytes(head[2:], "big")
        self._sockets[0].recv(self._size - 4, socket.MSG_WAITALL)
        if path == "/broadcast":
            self._read((count - 1) * self._size)

    def broadcast(self, events: int) -> Round:
        """Let the first client send, and wait until every client has had all."""
        started = time.perf_counter()
        for _ in range(events):
            self._sockets[0].sendall(FRAME)
        frames = events * len(self._sockets)
        self._read(frames * self._size)
        return Round(frames, time.perf_counter() - started)

    def echo(self, count: int) -> Round:
        """Let each client send and wait so many times, all of them at once."""
        clients = {each.fileno(): (each.recv, each.send) for each in self._sockets}
        left = dict.fromkeys(clients, count)
        size = self._size
        # Not by `selectors`: with it the client takes more time than the server.
        with select.epoll() as ready:
            for number in clients:
                ready.register(number, select.EPOLLIN)
            started = time.perf_counter()
            for _, send in clients.values():
                send(FRAME)
            while left:
                for number, _ in ready.poll():
                    receive, send = clients[number]
                    receive(size, socket.MSG_WAITALL)
                    left[number] -= 1
                    if left[number]:
                        send(FRAME)
                    else:
                        del left[number]
        return Round(count * len(self._sockets), time.perf_counter() - started)

    def close(self) -> None:
        self._selector.close()
        for each in self._sockets:
            each.close()

    def _read(self, size: int) -> None:
        while size:
            for key, _ in self._selector.select():
                assert isinstance(key.fileobj, socket.socket)
                size -= len(key.fileobj.recv(1 << 18))


def opened(port: int, path: str) -> socket.socket:
    """Open a WebSocket, without compression."""
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        received += client.recv(1)
    assert received.startswith(b"HTTP/1.1 101"), received
    return client


def alternate(
    processes: Mapping[int, int], measure: Callable[[int], Round]
) -> Mapping[int, list[Round]]:
    """Measure the servers in turn, by their ports; the first round warms up."""
    found: dict[int, list[Round]] = {port: [] for port in processes}
    for turn in range(ROUNDS + 1):
        for port in processes if turn % 2 else reversed(processes):
            before = cpu_s(processes[port])
            measured = measure(port)
            if turn:
                found[port].append(replace(measured, cpu_s=cpu_s(processes[port]) - before))
    return found


def summary(ours: list[Round], theirs: list[Round]) -> tuple[object, ...]:
    # A round is too short for the clock that counts CPU time: all rounds are taken together.
    costs = [
        sum(r.cpu_s for r in rounds) / sum(r.frames for r in rounds) for rounds in (ours, theirs)
    ]
    rates = [[r.per_s for r in rounds] for rounds in (ours, theirs)]
    return (
        *map(median, rates),
        ratio(*rates),
        f"{costs[0] * 1e6:.0f} us",
        costs[1] / costs[0],
    )
