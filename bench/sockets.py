"""WebSockets over a hand-written Starlette loop: broadcast, echo, and one reader that is slow."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from statistics import median

from websockets.asyncio.client import ClientConnection, connect

from bench import servers
from bench.http import cpu_s
from bench.table import ratio, show

ROUNDS = 7
ECHOES = 100
PAYLOAD = json.dumps({"user": "ada", "text": "x" * 200, "values": list(range(20))})

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
        asyncio.run(compare(ours, theirs, {ours: our_id, theirs: their_id}))


async def compare(ours: int, theirs: int, processes: Mapping[int, int]) -> None:
    rows = []
    for count, events in ((100, 30), (1_000, 5)):
        rooms = {port: await Room.of(port, count) for port in processes}
        found = await alternate(processes, lambda port: rooms[port].frames(events))  # noqa: B023
        rows.append((f"broadcast to {count:,}", *summary(found[ours], found[theirs])))
        for room in rooms.values():
            await room.close()
    echoes = {
        port: [await connect(f"ws://127.0.0.1:{port}/echo", compression=None) for _ in range(16)]
        for port in processes
    }
    found = await alternate(processes, lambda port: echo(echoes[port]))
    rows.append(("echo, 16 clients", *summary(found[ours], found[theirs])))
    for socket in (*echoes[ours], *echoes[theirs]):
        await socket.close()
    show(
        f"WebSockets: frames per second, {ROUNDS} alternating rounds; how many times better than a "
        "hand-written Starlette loop",
        ("", "notebook", "hand-written", "x", "CPU each", "x CPU"),
        rows,
    )
    await slow_reader(ours)


async def slow_reader(port: int) -> None:
    """The same broadcast without and with a client that never reads."""
    room = await Room.of(port, 999)
    without = [(await room.frames(3)).per_s for _ in range(ROUNDS)]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET /broadcast HTTP/1.1\r\nHost: app\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    beside = [(await room.frames(3)).per_s for _ in range(ROUNDS)]
    writer.close()
    await room.close()
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


class Room:
    """Clients of one broadcast endpoint; the first one sends."""

    def __init__(self, sockets: list[ClientConnection]) -> None:
        self._sockets = sockets

    @classmethod
    async def of(cls, port: int, count: int) -> Room:
        url = f"ws://127.0.0.1:{port}/broadcast"
        return cls([await connect(url, compression=None, ping_interval=None) for _ in range(count)])

    async def frames(self, events: int) -> Round:
        """Send so many events and wait until every client has had all of them."""
        started = time.perf_counter()
        receivers = [asyncio.ensure_future(take(s, events)) for s in self._sockets]
        for _ in range(events):
            await self._sockets[0].send(PAYLOAD)
        for receiver in receivers:
            await receiver
        return Round(events * len(self._sockets), time.perf_counter() - started)

    async def close(self) -> None:
        for socket in self._sockets:
            await socket.close()


async def take(socket: ClientConnection, count: int) -> None:
    for _ in range(count):
        await socket.recv(decode=False)


async def echo(sockets: list[ClientConnection]) -> Round:
    """Let each client send and wait, all of them at once."""

    async def one(socket: ClientConnection) -> None:
        for _ in range(ECHOES):
            await socket.send(PAYLOAD)
            await socket.recv(decode=False)

    started = time.perf_counter()
    await asyncio.gather(*map(one, sockets))
    return Round(ECHOES * len(sockets), time.perf_counter() - started)


async def alternate(
    processes: Mapping[int, int], measure: Callable[[int], Awaitable[Round]]
) -> Mapping[int, list[Round]]:
    """Measure the servers in turn, by their ports; the first round warms up."""
    found: dict[int, list[Round]] = {port: [] for port in processes}
    for turn in range(ROUNDS + 1):
        for port in processes if turn % 2 else reversed(processes):
            before = cpu_s(processes[port])
            measured = await measure(port)
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
