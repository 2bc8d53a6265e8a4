"""Replicas on a real Redis that are killed, ended and started at random, with calls and rooms.

What must hold: a message of a room reaches all who are connected, in order; every call to a replica
that runs is answered; each tick runs, and again at most as often as a replica was killed. The
replica that is never killed, and the Redis, hold in the end what they held at first.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from random import Random

import httpx
from redis import Redis
from websockets.sync.client import ClientConnection, connect

from bench import interrupted
from bench.soak import processes
from bench.soak.processes import Held
from bench.table import show
from tests.conformance.servers import Served, serve
from tests.notebooks import write
from tests.streams.servers import Broker, broker

SEED = 18
REPLICAS = 3
CLAIM_S = 4
BETWEEN_S = 8.0
WARM_S = 25.0
DEADLINE_S = 120.0
MESSAGES = 100
MOST_GROWN_MB, MOST_THREADS, MOST_DESCRIPTORS = 20.0, 4, 6
MOST_REDIS_MB = 3.0
CELLS = (
    *interrupted.CELLS,
    '"""\n@WS /room/{room_id}\nto: room\n"""\ndef talk(event: str):\n    return event',
    '"""\n@HTTP POST /double\nbody: n:int\n"""\ndef double(n):\n    return 2 * n',
)


class Replicas:
    """The replicas that run, a socket to each, and what has been done to them."""

    def __init__(self, folder: Path, redis: Broker) -> None:
        self.folder = folder
        self.redis = redis
        self.random = Random(SEED)
        self.done: Counter[str] = Counter()
        self.faults: list[str] = []
        self._notebook = write(folder / "app.ipynb", *CELLS)
        self._running: list[tuple[Served, ClientConnection, ExitStack]] = []

    def __enter__(self) -> Replicas:
        for _ in range(REPLICAS):
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        while self._running:
            self._running.pop()[2].close()

    @property
    def pid(self) -> int:
        """The replica that is never interrupted."""
        return self._running[0][0].process.pid

    def start(self) -> None:
        self.done["started"] += 1
        stack = ExitStack()
        environment = {
            "NEUTRINO_BUS": f"redis://127.0.0.1:{self.redis.port}/0?claim_s={CLAIM_S}",
            "TICKS": str(self.folder / "ticks"),
        }
        folder = self.folder / str(self.done["started"])
        served = stack.enter_context(serve("run", self._notebook, folder, **environment))
        deadline = time.monotonic() + DEADLINE_S
        while httpx.get(f"http://{served.address}/readyz", timeout=60).status_code != 200:
            assert time.monotonic() < deadline, "it never gets ready"
            time.sleep(0.05)
        socket = connect(f"ws://{served.address}/room/red", open_timeout=DEADLINE_S)
        self._running.append((served, stack.enter_context(socket), stack))

    def interrupt(self) -> None:
        """End one of them, by force or not, and start another one."""
        served, _, stack = self._running.pop(self.random.randrange(1, len(self._running)))
        if self.random.random() < 0.7:
            served.process.kill()
            self.done["killed"] += 1
        else:
            served.process.terminate()
            self.done["ended"] += 1
        self.talk()
        self.call()
        stack.close()
        self.start()

    def talk(self) -> None:
        """What one client says, all others hear, wherever they are connected."""
        sockets = [socket for _, socket, _ in self._running]
        sender = self.random.choice(sockets)
        sent = [f'"{self.random.random()}"' for _ in range(MESSAGES)]
        for each in sent:
            sender.send(each[1:-1])
        for socket in sockets:
            heard = [socket.recv(timeout=DEADLINE_S) for _ in sent]
            if heard != sent:
                self.faults.append("a message of a room was lost, or out of order")
        self.done["messages"] += len(sent)

    def call(self) -> None:
        for served, _, _ in self._running:
            answer = httpx.post(f"http://{served.address}/double", json={"n": 21}, timeout=60)
            if (answer.status_code, answer.text) != (200, "42"):
                self.faults.append(f"a call was answered {answer.status_code} {answer.text[:99]}")
            self.done["calls"] += 1


def main(minutes: float) -> bool:
    """Tell whether nothing was lost and nothing has grown."""
    with (
        tempfile.TemporaryDirectory() as name,
        broker("redis-server", Path(name)) as redis,
        Replicas(Path(name), redis) as replicas,
    ):
        faults = _soaked(replicas, minutes)
    for each in faults:
        print(f"FAULT: {each}")
    return not faults


def _soaked(replicas: Replicas, minutes: float) -> list[str]:
    start = interrupted_s = time.monotonic()
    before: tuple[Held, float] | None = None
    while time.monotonic() - start < 60 * minutes:
        replicas.talk()
        replicas.call()
        if time.monotonic() - interrupted_s > BETWEEN_S:
            replicas.interrupt()
            interrupted_s = time.monotonic()
        if before is None and time.monotonic() - start > WARM_S:
            before = _held(replicas)
    assert before is not None, f"it takes longer than {WARM_S:.0f} s"
    time.sleep(3 * CLAIM_S)  # what the last one that was killed has left is found and run
    after = _held(replicas)
    faults = [*replicas.faults, *_grown(before, after), *_ticks(replicas)]
    rows = [
        (when, held.memory_mb, held.threads, held.descriptors, redis_mb)
        for when, (held, redis_mb) in (("at first", before), ("at last", after))
    ]
    print(dict(sorted(replicas.done.items())))
    show("Soak of replicas", ("", "MB", "threads", "descriptors", "MB of Redis"), rows)
    return faults


def _held(replicas: Replicas) -> tuple[Held, float]:
    with Redis(port=replicas.redis.port) as client:
        used: int = client.info("memory")["used_memory"]
    return processes.held(replicas.pid), used / 1e6


def _grown(before: tuple[Held, float], after: tuple[Held, float]) -> list[str]:
    (old, old_redis_mb), (new, new_redis_mb) = before, after
    limits = (
        ("MB", old.memory_mb, new.memory_mb, MOST_GROWN_MB),
        ("threads", old.threads, new.threads, MOST_THREADS),
        ("descriptors", old.descriptors, new.descriptors, MOST_DESCRIPTORS),
        ("MB of Redis", old_redis_mb, new_redis_mb, MOST_REDIS_MB),
    )
    return [
        f"{name} have grown from {first:.0f} to {last:.0f}"
        for name, first, last, most in limits
        if last > first + most
    ]


def _ticks(replicas: Replicas) -> list[str]:
    faults = []
    for on_crash, most_again in (("rerun", replicas.done["killed"]), ("drop", 0)):
        found = interrupted.ticks(replicas.folder / "ticks", replicas.redis.port, on_crash)
        replicas.done[f"ticks of {on_crash}"] = found.ran
        replicas.done[f"ticks of {on_crash}, again"] = found.again
        if found.again > most_again:
            faults.append(f"{on_crash}: {found.again} ticks ran again")
        if found.lost and on_crash == "rerun":
            faults.append(f"{on_crash}: lost {list(found.lost)}")
    return faults


if __name__ == "__main__":
    sys.exit(not main(float(sys.argv[1])))
