"""Through a Jupyter server: the rate of the proxy, from Serve or a save to the answer, memory."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from queue import Queue
from statistics import median

import httpx

from bench import compiling, servers
from bench.http import Client, cpu_s
from bench.table import percentile, ratio, show
from neutrino_lab.serve.ready import AGAIN_S
from tests.notebooks import notebook, write

TOKEN = "bench"
# The cost of one request differs by a third from one second to the next, with what else the host of
# a virtual machine does, so many short rounds in turn tell more than a few long ones.
ROUNDS = 30
ROUND_S = 0.2
TIMES = 15
STARTS = 7
# When the next interpreter has begun, and has imported everything.
READY_S = AGAIN_S + 5
CYCLES = int(os.environ.get("BENCH_CYCLES", "40"))

HELLO = '"""\n@HTTP\nGET /hello\n"""\ndef hello():\n    return {"hello": "world"}\n'
HAND_WRITTEN = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/hello")
def hello():
    return {"hello": "world"}
"""
FASTER = "uvicorn"
SLOWER = "uvicorn with h11"
OTHER = "jupyter-server-proxy"
QUICKSTART = Path(__file__).parent.parent / "examples" / "quickstart.ipynb"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_PORT = re.compile(r"http://127\.0\.0\.1:(\d+)")


def main() -> None:
    if find_spec("jupyter_server_proxy") is None:
        raise SystemExit(f"{OTHER} is not installed: python -m pip install --group bench")
    with tempfile.TemporaryDirectory() as folder, jupyter(Path(folder)) as lab:
        rates(lab)
        times(lab)
        memory(lab)


class Lab:
    """A Jupyter server with the extension, and a client of it."""

    def __init__(self, root: Path, port: int, pid: int) -> None:
        self.root = root
        self.port = port
        self.pid = pid
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"token {TOKEN}"},
            timeout=60,
        )

    def serve(self, path: str, **options: bool) -> str:
        """Press Serve; gives the id."""
        asked = {"path": path, "trusted": True, "options": options}
        id_: str = (
            self.http.post("/neutrino/api/served", json=asked).raise_for_status().json()["id"]
        )
        return id_

    def stop(self, id_: str) -> None:
        self.http.delete(f"/neutrino/api/served/{id_}").raise_for_status()

    def wait(self, url: str, expected: str = "") -> None:
        """Ask until there is an answer, or this one."""
        while True:
            answer = self.http.get(url)
            if answer.status_code == 200 and expected in answer.text:
                return
            time.sleep(0.002)


class HeadReader(Client):
    """For answers whose heads differ in length: Jupyter sets a new cookie in each."""

    def _take(self, connection: socket.socket) -> None:
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += connection.recv(65536)
        found = _LENGTH.search(received)
        assert found is not None
        left = end + 4 + int(found[1]) - len(received)
        while left > 0:
            left -= len(connection.recv(left))


def rates(lab: Lab) -> None:
    """Requests per second to one endpoint: at ports of its own, through us, through
    jupyter-server-proxy, which asks the faster one."""
    write(lab.root / "hello.ipynb", HELLO)
    id_ = lab.serve("hello.ipynb", own_port=True)
    lab.wait(f"/neutrino/live/{id_}/hello")
    own = lab.http.get(f"/neutrino/api/served/{id_}/port").raise_for_status().json()
    with (
        servers.module(HAND_WRITTEN, "--http", "h11", "--loop", "asyncio") as (slower, _),
        servers.module(HAND_WRITTEN) as (faster, _),
    ):
        paths = {
            FASTER: (faster, "/hello"),
            SLOWER: (slower, "/hello"),
            "a port of its own, with its key": (int(_PORT.findall(own["url"])[0]), "/hello"),
            "through the Jupyter server": (lab.port, f"/neutrino/live/{id_}/hello"),
            OTHER: (lab.port, f"/proxy/{faster}/hello"),
        }
        clients = {
            name: HeadReader(port, request(path, own["key"]))
            for name, (port, path) in paths.items()
        }
        rates: dict[str, list[float]] = {name: [] for name in paths}
        costs: dict[str, list[float]] = {name: [] for name in paths}
        for turn in range(ROUNDS + 1):
            for name in paths if turn % 2 else reversed(paths):
                before, started = cpu_s(lab.pid), time.perf_counter()
                rate = clients[name].rate(ROUND_S)
                if turn:
                    # The last requests of a slow server end after the round.
                    count = rate * (time.perf_counter() - started)
                    rates[name].append(rate)
                    costs[name].append((cpu_s(lab.pid) - before) / count)
    lab.stop(id_)
    show(
        "Proxy: requests per second, 16 connections",
        ("", "rate", f"over {FASTER}", f"over {SLOWER}", f"over {OTHER}", "CPU of Jupyter"),
        [
            (
                name,
                median(found),
                *(ratio(found, rates[base]) for base in (FASTER, SLOWER, OTHER)),
                f"{median(costs[name]) * 1e6:.0f} us",
            )
            for name, found in rates.items()
        ],
    )


def times(lab: Lab) -> None:
    """From pressing Serve, from a save, and from a keystroke, until the answer is there."""
    (lab.root / "quickstart.ipynb").write_bytes(QUICKSTART.read_bytes())
    cells = compiling.cells(500)
    rows = [
        ("Serve pressed to first answer, quickstart", first_answers(lab, pause_s=READY_S)),
        ("the same, no interpreter ready", first_answers(lab, pause_s=0)),
        ("save to new answer", saves(lab)),
        ("analysis of 500 cells after an edit", measured(lambda i: analysis(lab, cells, i))),
    ]
    show(
        "JupyterLab: milliseconds",
        ("", "median", "p90"),
        [(label, median(found), percentile(found, 90)) for label, found in rows],
    )


def measured(job: Callable[[int], None]) -> list[float]:
    """How long a job takes, after one time that does not count."""
    taken = []
    for turn in range(TIMES + 1):
        started = time.perf_counter()
        job(turn)
        taken.append((time.perf_counter() - started) * 1000)
    return taken[1:]


def first_answers(lab: Lab, *, pause_s: float) -> list[float]:
    """How long it takes from Serve to an answer, after a while in which nothing is asked."""
    taken = []
    for _ in range(STARTS):
        time.sleep(pause_s)
        started = time.perf_counter()
        id_ = lab.serve("quickstart.ipynb")
        lab.wait(f"/neutrino/live/{id_}/api/hello")
        taken.append((time.perf_counter() - started) * 1000)
        lab.stop(id_)
    return taken[1:]


def first_answer(lab: Lab) -> None:
    id_ = lab.serve("quickstart.ipynb")
    lab.wait(f"/neutrino/live/{id_}/api/hello")
    lab.stop(id_)


def saves(lab: Lab) -> list[float]:
    """Save through the contents API, as a browser does."""
    write(lab.root / "saved.ipynb", HELLO)
    id_ = lab.serve("saved.ipynb")
    url = f"/neutrino/live/{id_}/hello"
    lab.wait(url)

    def save(turn: int) -> None:
        content = json.loads(notebook(HELLO.replace("world", f"world {turn}")))
        model = {"type": "notebook", "format": "json", "content": content}
        lab.http.put("/api/contents/saved.ipynb", json=model).raise_for_status()
        lab.wait(url, f"world {turn}")

    found = measured(save)
    lab.stop(id_)
    return found


def analysis(lab: Lab, cells: list[str], turn: int) -> None:
    edited = [f"{cells[0]}\nedited = {turn}", *cells[1:]]
    listed = [
        {"id": str(number), "type": "code", "source": source, "tags": []}
        for number, source in enumerate(edited)
    ]
    asked = {"path": "large.ipynb", "cells": listed}
    lab.http.post("/neutrino/api/analyses", json=asked).raise_for_status()


def memory(lab: Lab) -> None:
    """What the Jupyter server holds after many notebooks were served and stopped."""
    for _ in range(5):
        first_answer(lab)
    before = resident_mb(lab.pid)
    for _ in range(CYCLES):
        first_answer(lab)
    after = resident_mb(lab.pid)
    show(
        f"Memory of the Jupyter server, MB, {CYCLES} times served and stopped",
        ("", "resident"),
        [("before", before), ("after", after), ("KB for each", (after - before) / CYCLES * 1024)],
    )


def request(path: str, key: str) -> bytes:
    """Write a request that has what each of the servers asks for."""
    known = f"authorization: token {TOKEN}\r\nx-api-key: {key}\r\n"
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{known}\r\n".encode()


def resident_mb(pid: int) -> float:
    """The resident memory of a process, from Linux's /proc."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


@contextmanager
def jupyter(root: Path) -> Iterator[Lab]:
    """Start a Jupyter server on a folder."""
    command = [
        *(sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser"),
        *("--ip=127.0.0.1", "--port=0", f"--ServerApp.root_dir={root}"),
        f"--IdentityProvider.token={TOKEN}",
    ]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        ports: Queue[int] = Queue()
        reader = threading.Thread(target=_read, args=(process, ports))
        reader.start()
        lab = Lab(root, ports.get(timeout=60), process.pid)
        try:
            lab.wait("/api/status")
            yield lab
        finally:
            lab.http.close()
            process.terminate()
            process.wait(20)
            reader.join()


def _read(process: subprocess.Popen[str], ports: Queue[int]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if match := _PORT.search(line):
            ports.put(int(match[1]))
