"""Saves, calls, sockets, kills and broken notebooks at random, with `neutrino run` and in Jupyter.

What must hold: each save that was written answers, or is told as a problem while the last good
version goes on answering; nothing goes back to an older version; sockets stay open across saves.
In the end no process, thread, descriptor or file is left, and memory is where it was.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from bench.soak import notebook, processes
from bench.soak.callers import Callers
from bench.soak.processes import Held
from bench.soak.servers import Jupyter, Run, Server
from bench.table import show

SEED = 20
SOCKETS = 8
DEADLINE_S = 120.0
# A notebook whose process dies more than five times in two minutes is given up, as it should be.
BETWEEN_KILLS_S = 30.0
# What a process loads on first use is there by then.
WARM_S = 25.0
# Threads that wait for work end after ten seconds.
IDLE_S = 20.0
MOST_GROWN_MB = 30.0
MOST_THREADS, MOST_DESCRIPTORS = 4, 6


class Fault(Exception):  # noqa: N818 - it is what the soak looks for
    """Something was lost or left."""


class Soak:
    """One served notebook, what has been done to it, and what is expected of it."""

    def __init__(self, server: Server, random: Random) -> None:
        self.server = server
        self.random = random
        self.done: Counter[str] = Counter()
        self.version = 0
        self.good = 0
        self.sockets: list[ClientConnection] = []
        self.killed_s = time.monotonic()  # or started
        self.save()

    def act(self) -> None:
        """Do one thing at random, and check what it must come to."""
        actions: dict[Callable[[], None], int] = {
            self.save: 6,
            self.save_often: 2,
            self.break_: 4,
            self.call: 10,
            self.open_socket: 5,
            self.talk: 8,
            self.drop_socket: 4,
            self.kill: 4 if time.monotonic() - self.killed_s > BETWEEN_KILLS_S else 0,
        }
        action = self.random.choices(list(actions), list(actions.values()))[0]
        action()
        self.done[action.__name__.strip("_")] += 1

    def save(self) -> None:
        self.version += 1
        notebook.save(self.server.path, self.version)
        self.until_live()

    def save_often(self) -> None:
        for _ in range(self.random.randint(2, 6)):
            self.version += 1
            notebook.save(self.server.path, self.version)
            time.sleep(self.random.random() / 10)
        self.until_live()

    def until_live(self) -> None:
        self.good = self.version
        self._until(lambda: self.server.version() == self.good, f"version {self.good} answers")

    def break_(self) -> None:
        """Save what cannot be served: it is told, and what was served before is still there."""
        told = self.server.problems()
        self.version += 1
        name = notebook.break_(self.server.path, self.version, self.random)
        self._until(lambda: self.server.problems() > told, f"a notebook that {name} is told")
        self._until(lambda: self.server.version() == self.good, f"{self.good} answers after that")
        self.talk()
        self.save()

    def call(self) -> None:
        text, many = "é" * self.random.randint(1, 50), self.random.choice([1, 1, 20_000])
        answer = self.server.http.post("echo", json={"text": text, "many": many})
        if (answer.status_code, answer.json()) != (200, text * many):
            raise Fault(f"an echo is answered {answer.status_code}: {answer.text[:200]}")

    def open_socket(self) -> None:
        if len(self.sockets) < SOCKETS:
            url, headers = self.server.socket()
            opened = connect(url, additional_headers=headers, open_timeout=DEADLINE_S)
            self.sockets.append(opened.__enter__())

    def talk(self) -> None:
        """A socket is open until its process is killed, whatever has been saved meanwhile."""
        for socket in self.sockets:
            text = f"hello {self.random.random()}"
            socket.send(text)
            if (heard := socket.recv(timeout=DEADLINE_S)) != f'"{text}"':
                raise Fault(f"{self.server.name}: a socket answered {heard!r}, not {text!r}")

    def drop_socket(self) -> None:
        if self.sockets:
            socket = self.sockets.pop(self.random.randrange(len(self.sockets)))
            if self.random.random() < 0.5:
                socket.close()
            else:
                socket.socket.close()  # as when a network fails
                socket.close()

    def kill(self) -> None:
        """End a process hard; the last good version is there again."""
        self.killed_s = time.monotonic()
        was = self.server.kill(self.random)
        self.done[f"killed: {was}"] += 1
        for socket in self.sockets:
            try:
                socket.recv(timeout=DEADLINE_S)
            except (ConnectionClosed, OSError):
                continue
            raise Fault("a socket outlived its process")
        self.sockets.clear()
        self._until(lambda: self.server.version() == self.good, f"{self.good} is back: {was}")

    @property
    def is_warm(self) -> bool:
        return time.monotonic() - self.killed_s > WARM_S

    def rest(self) -> None:
        """Close what is open, and wait until nothing is under way."""
        for socket in self.sockets:
            socket.close()
        self.sockets.clear()
        self.until_live()

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            if time.monotonic() > deadline:
                raise Fault(f"{self.server.name}: never: {what}; {self.server.told()}")
            time.sleep(0.05)


def main(minutes: float) -> bool:
    """Tell whether nothing was lost and nothing is left."""
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    try:
        faults = soaked(folder, minutes)
        faults += [f"left running: {each}" for each in _gone(str(folder)).values()]
        faults += [f"left behind: {each}" for each in _files(folder / "tmp", folder / "run")]
    finally:
        shutil.rmtree(folder)
    for each in faults:
        print(f"FAULT: {each}")
    print("" if faults else "\nnothing was lost, and nothing is left")
    return not faults


def soaked(folder: Path, minutes: float) -> list[str]:
    for name in ("tmp", "run", "lab", "one"):
        (folder / name).mkdir()
    environment = {**os.environ, "TMPDIR": str(folder / "tmp"), "HOME": str(folder)}
    environment["JUPYTER_RUNTIME_DIR"] = str(folder / "run")
    faults: list[str] = []
    with ExitStack() as stack:
        servers: list[Server] = [
            stack.enter_context(Run(folder / "one" / "app.ipynb", environment)),
            stack.enter_context(Jupyter(folder / "lab" / "app.ipynb", environment)),
        ]
        soaks = [Soak(each, Random(SEED)) for each in servers]
        turns = Random(SEED)
        end = time.monotonic() + 60 * minutes
        before: dict[int, Held] = {}
        with Callers(servers) as callers:
            try:
                while time.monotonic() < end:
                    soak = turns.choice(soaks)
                    soak.act()
                    if soak.server.pid not in before and soak.is_warm:
                        before |= _measured([soak])
                callers.stop()
                after = _measured(soaks)
                idle = time.monotonic() + IDLE_S
                while [*_grown(before, after)] and time.monotonic() < idle:
                    time.sleep(0.5)
                    after = {pid: processes.held(pid) for pid in after}
            except Fault as fault:
                return [str(fault)]
            faults += callers.faults
        faults += list(_grown(before, after))
        _show(soaks, before, after)
    return faults


def _measured(soaks: list[Soak]) -> dict[int, Held]:
    """What the servers hold that are never killed, while nothing is under way."""
    for each in soaks:
        each.rest()
    return {each.server.pid: processes.held(each.server.pid) for each in soaks}


def _grown(before: dict[int, Held], after: dict[int, Held]) -> Iterator[str]:
    for pid in before.keys() & after.keys():
        old, new = before[pid], after[pid]
        if new.memory_mb > old.memory_mb + MOST_GROWN_MB:
            yield f"memory has grown from {old.memory_mb:.0f} to {new.memory_mb:.0f} MB"
        if new.threads > old.threads + MOST_THREADS:
            yield f"threads have grown from {old.threads} to {new.threads}"
        if new.descriptors > old.descriptors + MOST_DESCRIPTORS:
            yield f"descriptors have grown from {old.descriptors} to {new.descriptors}"


def _show(soaks: list[Soak], before: dict[int, Held], after: dict[int, Held]) -> None:
    rows = []
    for each in soaks:
        for when, held in (("at first", before), ("at last", after)):
            if found := held.get(each.server.pid):
                rows.append(
                    (
                        f"{each.server.name}, {when}",
                        found.memory_mb,
                        found.threads,
                        found.descriptors,
                    )
                )
        print(each.server.name, dict(sorted(each.done.items())))
    show("Soak of services", ("", "MB", "threads", "descriptors"), rows)


def _gone(mark: str) -> dict[int, str]:
    """Wait for what is still ending, and give what never does."""
    deadline = time.monotonic() + 30
    while (left := processes.marked(f"={mark}")) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _files(*folders: Path) -> list[str]:
    ours = [each for folder in folders for each in folder.rglob("*")]
    return [
        str(each) for each in ours if each.name.startswith(("neutrino", "tmp")) or each.is_socket()
    ]


if __name__ == "__main__":
    sys.exit(not main(float(sys.argv[1])))
