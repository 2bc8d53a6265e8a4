"""WARP: frames a second that a client reads, ours beside the published one where it is installed.

Each runs in a process of its own; the server writes the frames beforehand, and waits for nobody.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bench.table import ratio, show
from neutrino_lab.runtime.streams.warp.client import Client
from neutrino_lab.runtime.streams.warp.links import Address

FRAMES = 5_000
ROUNDS = 5
NODE, LANE = "/stock/AAAA", "status"
END_S = 120
PUBLISHED = "swimos"


def main() -> None:
    clients = ["ours", *([PUBLISHED] if importlib.util.find_spec(PUBLISHED) else [])]
    rates: dict[str, list[float]] = {client: [] for client in clients}
    for _ in range(ROUNDS):
        for client in clients:
            rates[client].append(measured(client))
    rows = [
        (each, median(found), ratio(found, rates[clients[-1]])) for each, found in rates.items()
    ]
    show("WARP: frames a second", ("", "frames/s", f"over {clients[-1]}"), rows)


def measured(client: str) -> float:
    """The rate at which a client reads the frames, in a process that is ended: the published one
    has a thread that never does."""
    return asyncio.run(_measured(client))


async def _measured(client: str) -> float:
    async with serve(_send, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        command = [sys.executable, "-m", "bench.warp", client, f"ws://127.0.0.1:{port}"]
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        said, _ = await asyncio.wait_for(process.communicate(), END_S)
        return float(said)


async def _send(socket: ServerConnection) -> None:
    head = f'(node:"{NODE}",lane:{LANE})'
    prices = ((n, 20 + n % 700 / 100) for n in range(1, FRAMES + 1))
    frames = [
        f"@event{head}{{timestamp:{n},price:{price:.2f},volume:{n * 7},bid:60.23,ask:23.15}}"
        for n, price in prices
    ]
    try:
        await socket.recv()
        for frame in (f"@linked{head}", *frames, f"@synced{head}"):
            await socket.send(frame)
        await socket.wait_closed()
    except ConnectionClosed:
        pass


class Count:
    """From the first value to the last."""

    def __init__(self) -> None:
        self.begun = 0.0

    def take(self, value: Any) -> float:
        """The rate, once the last has come; until then 0."""
        self.begun = self.begun or time.perf_counter()
        is_last = isinstance(value, dict) and value.get("timestamp") == FRAMES
        return FRAMES / (time.perf_counter() - self.begun) if is_last else 0.0


def read_ours(host: str) -> float:
    async def read() -> float:
        client, count = Client(), Count()
        link = client.open(Address(host, NODE, LANE))
        while True:
            for entry in await link.take():
                if isinstance(entry, tuple) and (rate := count.take(entry[0])):
                    return rate

    return asyncio.run(read())


def read_published(host: str) -> float:
    swimos = importlib.import_module(PUBLISHED)
    done, count, rates = threading.Event(), Count(), list[float]()

    def did_set(value: Any, _old: Any) -> None:
        if rate := count.take(value):
            rates.append(rate)
            done.set()

    client = swimos.SwimClient().start()
    link = client.downlink_value().set_host_uri(host).set_node_uri(NODE).set_lane_uri(LANE)
    link.did_set(did_set).open()
    done.wait(END_S)
    return rates[0]


READERS: dict[str, Callable[[str], float]] = {"ours": read_ours, PUBLISHED: read_published}

if __name__ == "__main__":
    if len(sys.argv) < 3:
        main()
    else:
        print(READERS[sys.argv[1]](sys.argv[2]), flush=True)
        os._exit(0)
