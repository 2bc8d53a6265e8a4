"""A served notebook over a hand-written FastAPI app and a bare ASGI callable.

The client shares the machine, so rates say less than what a request costs the server in CPU time.
"""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path
from statistics import median

from bench import servers
from bench.table import ratio, show

CONNECTIONS = 16
ROUNDS = 15
ROUND_S = 0.3
BODY = {"x": [i / 7 for i in range(100)], "y": [i / 3 for i in range(100)]}

CELLS = [
    f'''"""
@HTTP
{head}
"""
{prefix}def {name}{suffix}
'''
    for prefix, tag in (("", "sync"), ("async ", "async"))
    for name, head, suffix in (
        (f"plain_{tag}", f"GET /{tag}/plain", "():\n    return {'hello': 'world'}"),
        (
            f"values_{tag}",
            f"GET /{tag}/items/{{item_id}}\nquery: q:str, limit:int=10",
            "(item_id: int, q: str, limit: int = 10):\n"
            "    return {'id': item_id, 'q': q, 'limit': limit}",
        ),
        (
            f"lists_{tag}",
            f"POST /{tag}/sum\nbody: x:list[float], y:list[float]",
            "(x: list[float], y: list[float]):\n    return {'x': sum(x), 'y': sum(y)}",
        ),
    )
]

HAND_WRITTEN = "from fastapi import Body, FastAPI\n\napp = FastAPI()\n" + "".join(
    f"""
@app.get("/{tag}/plain")
{prefix}def plain_{tag}():
    return {{"hello": "world"}}


@app.get("/{tag}/items/{{item_id}}")
{prefix}def values_{tag}(item_id: int, q: str, limit: int = 10):
    return {{"id": item_id, "q": q, "limit": limit}}


@app.post("/{tag}/sum")
{prefix}def lists_{tag}(x: list[float] = Body(), y: list[float] = Body()):
    return {{"x": sum(x), "y": sum(y)}}
"""
    for prefix, tag in (("", "sync"), ("async ", "async"))
)

ROUTES = 1_000
ROUTE = '''"""
@HTTP
GET /routes/{number}/{{x}}
"""
async def route_{number}(x: int):
    return x
'''

RAW = """
import json

BODY = b'{"hello":"world"}'
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-length", b"17"), (b"content-type", b"application/json")],
}


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send(START)
    await send({"type": "http.response.body", "body": BODY})
"""

REQUESTS = {
    f"{label}, {word}": _request
    for tag, word in (("sync", "def"), ("async", "async def"))
    for label, _request in (
        ("GET plain", f"GET /{tag}/plain"),
        ("GET path and query", f"GET /{tag}/items/7?q=a&limit=3"),
        ("POST 2 x 100 floats", f"POST /{tag}/sum"),
    )
}


def main() -> None:
    with (
        servers.notebook(*CELLS) as (ours, _, our_id),
        servers.module(HAND_WRITTEN) as (theirs, their_id),
        servers.module(RAW) as (raw, raw_id),
    ):
        processes = {ours: our_id, theirs: their_id, raw: raw_id}
        rows = []
        for label, line in REQUESTS.items():
            clients = {port: Client(port, encoded(line)) for port in processes}
            rates: dict[int, list[float]] = {port: [] for port in processes}
            costs: dict[int, list[float]] = {port: [] for port in processes}
            for client in clients.values():
                client.rate(0.2)
            for turn in range(ROUNDS):
                for port in processes if turn % 2 else reversed(processes):
                    before = cpu_s(processes[port])
                    rate = clients[port].rate(ROUND_S)
                    rates[port].append(rate)
                    costs[port].append((cpu_s(processes[port]) - before) / (rate * ROUND_S))
            rows.append(
                (
                    label,
                    median(rates[ours]),
                    ratio(rates[ours], rates[theirs]),
                    f"{median(costs[ours]) * 1e6:.0f} us",
                    ratio(costs[theirs], costs[ours]),
                    ratio(costs[raw], costs[ours]),
                )
            )
        show(
            f"HTTP: {CONNECTIONS} connections, {ROUNDS} alternating rounds; how many times better "
            "than hand-written FastAPI, and than a bare ASGI callable",
            ("endpoint", "per second", "x FastAPI", "CPU each", "x FastAPI", "x bare ASGI"),
            rows,
        )
    routes()


def routes() -> None:
    """What the last of many routes costs over the first."""
    with servers.notebook(*(ROUTE.format(number=number) for number in range(ROUTES))) as (
        port,
        _,
        pid,
    ):
        lines = [f"GET /routes/{number}/7" for number in (0, ROUTES - 1)]
        clients = [Client(port, encoded(line)) for line in lines]
        costs: list[list[float]] = [[], []]
        for turn in range(ROUNDS + 1):
            for client, found in zip(clients, costs, strict=True):
                before = cpu_s(pid)
                rate = client.rate(ROUND_S)
                if turn:
                    found.append((cpu_s(pid) - before) / (rate * ROUND_S))
    show(
        f"Routes: CPU of one request, the last of {ROUTES:,} over the first",
        ("", "first", "last", "ratio"),
        [("GET with a path", *(f"{median(c) * 1e6:.0f} us" for c in costs), ratio(*costs[::-1]))],
    )


def cpu_s(process_id: int) -> float:
    """The CPU time that a process has taken, in seconds."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def encoded(line: str) -> bytes:
    verb, target = line.split(" ")
    body = json.dumps(BODY).encode() if verb == "POST" else b""
    head = f"{verb} {target} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


class Client:
    """Keeps one request under way on each connection, cheaply: the server is the limit."""

    def __init__(self, port: int, request: bytes) -> None:
        self._request = request
        self._sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
        for each in self._sockets:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._size = self._response_size()

    def rate(self, seconds: float) -> float:
        """Requests per second over so many seconds."""
        request, connections = self._request, self._sockets
        started = time.perf_counter()
        deadline, done = started + seconds, 0
        while time.perf_counter() < deadline:
            for each in connections:
                each.sendall(request)
            for each in connections:
                self._take(each)
            done += len(connections)
        return done / (time.perf_counter() - started)

    def _take(self, connection: socket.socket) -> None:
        left = self._size
        while left > 0:
            left -= len(connection.recv(left))

    def _response_size(self) -> int:
        """The length of a response in bytes; all answers to one request are equally long."""
        first = self._sockets[0]
        first.sendall(self._request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += first.recv(65536)
        assert received.startswith(b"HTTP/1.1 200"), received
        head, _, body = received.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        while len(body) < length:
            body += first.recv(65536)
        return len(head) + 4 + length
