"""WebSockets over a hand-written Starlette loop: broadcast, echo, and one reader that is slow."""

from __future__ import annotations

import asyncio
import json
import time
from statistics import median

from websockets.asyncio.client import ClientConnection, connect

from bench import servers
from bench.table import ratio, show

ROUNDS = 7
ECHOES = 400
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
    with servers.notebook(*CELLS) as (ours, _, _), servers.module(HAND_WRITTEN) as (theirs, _):
        asyncio.run(compare(ours, theirs))


async def compare(ours: int, theirs: int) -> None:
    rows = []
    for count, events in ((100, 20), (1_000, 3)):
        rooms = {port: await Room.of(port, count) for port in (ours, theirs)}
        rates = await alternate(ours, theirs, lambda port: rooms[port].frames_per_s(events))  # noqa: B023
        rows.append((f"broadcast to {count:,}", *summary(*rates)))
        for room in rooms.values():
            await room.close()
    echoes = {
        p: await connect(f"ws://127.0.0.1:{p}/echo", compression=None) for p in (ours, theirs)
    }
    rates = await alternate(ours, theirs, lambda port: echoes_per_s(echoes[port]))
    rows.append(("echo", *summary(*rates)))
    for socket in echoes.values():
        await socket.close()
    show(
        f"WebSockets: frames per second, {ROUNDS} alternating rounds",
        ("", "notebook", "hand-written", "ratio"),
        rows,
    )
    await slow_reader(ours)


async def slow_reader(port: int) -> None:
    """The same broadcast without and with a client that never reads."""
    room = await Room.of(port, 999)
    without = [await room.frames_per_s(3) for _ in range(ROUNDS)]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET /broadcast HTTP/1.1\r\nHost: app\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    beside = [await room.frames_per_s(3) for _ in range(ROUNDS)]
    writer.close()
    await room.close()
    show(
        "Broadcast to 999: frames per second",
        ("", "median"),
        [("alone", median(without)), ("beside one that never reads", median(beside))],
    )


class Room:
    """Clients of one broadcast endpoint; the first one sends."""

    def __init__(self, sockets: list[ClientConnection]) -> None:
        self._sockets = sockets

    @classmethod
    async def of(cls, port: int, count: int) -> Room:
        url = f"ws://127.0.0.1:{port}/broadcast"
        return cls([await connect(url, compression=None, ping_interval=None) for _ in range(count)])

    async def frames_per_s(self, events: int) -> float:
        """Send so many events and wait until every client has had all of them."""
        started = time.perf_counter()
        receivers = [asyncio.ensure_future(take(s, events)) for s in self._sockets]
        for _ in range(events):
            await self._sockets[0].send(PAYLOAD)
        for receiver in receivers:
            await receiver
        return events * len(self._sockets) / (time.perf_counter() - started)

    async def close(self) -> None:
        for socket in self._sockets:
            await socket.close()


async def take(socket: ClientConnection, count: int) -> None:
    for _ in range(count):
        await socket.recv(decode=False)


async def echoes_per_s(socket: ClientConnection) -> float:
    started = time.perf_counter()
    for _ in range(ECHOES):
        await socket.send(PAYLOAD)
        await socket.recv(decode=False)
    return ECHOES / (time.perf_counter() - started)


async def alternate(ours: int, theirs: int, measure):  # type: ignore[no-untyped-def]
    rates: dict[int, list[float]] = {ours: [], theirs: []}
    for turn in range(ROUNDS + 1):
        for port in (ours, theirs) if turn % 2 else (theirs, ours):
            rate = await measure(port)
            if turn:  # the first round warms up
                rates[port].append(rate)
    return rates[ours], rates[theirs]


def summary(ours: list[float], theirs: list[float]) -> tuple[float, float, float]:
    return median(ours), median(theirs), ratio(ours, theirs)
