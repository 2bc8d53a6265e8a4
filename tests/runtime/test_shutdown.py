"""The end of a served app: an app under plain uvicorn in a process of its own, and its signals."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.wire import WAIT_S, closing, hear, until

ROOT = Path(__file__).parents[2]

APP = """
import sys
from neutrino_lab.runtime.app import create_app
from tests.wire import get, program_of, schedule, ws

LOG = "def log(word):\\n    with open({log!r}, 'a') as file:\\n        file.write(word + ' ')\\n"
FOREVER = "    try:\\n        while True:\\n            yield 'x' * 1000\\n{{}}"
FINALLY = "    finally: log({{!r}})\\n"

app = create_app(*program_of(
    ws("/echo", LOG + "import asyncio, time\\nasync def echo(event): return event"),
    ws("/eager", "async def a():\\n" + FOREVER.format("") + FINALLY.format("eager"), type="stream"),
    ws(
        "/plain",
        "def b():\\n" + FOREVER.format("            time.sleep(0.05)\\n") + FINALLY.format("plain"),
        type="stream",
    ),
    ws(
        "/waiting",
        "async def c():\\n" + FOREVER.format("            await asyncio.sleep(60)\\n")
        + FINALLY.format("waiting"),
        type="stream",
    ),
    ws("/sleep", "def d(event):\\n    log('asleep')\\n    time.sleep(60)\\n"),
    ws("/busy", "async def e(event):\\n    log('busy')\\n    while True: pass\\n"),
    get("/slow", "def f():\\n    log('slow')\\n    time.sleep(60)\\n"),
    schedule("def g():\\n    log('tick')\\n    time.sleep(60)\\n", interval="1s"),
)).asgi
"""


class Process:
    """A served app, and what its functions have written."""

    def __init__(self, address: str, process: subprocess.Popen[str], log: Path) -> None:
        self.address = address
        self.process = process
        self._log = log

    @property
    def words(self) -> list[str]:
        return self._log.read_text(encoding="utf-8").split()

    def connect(self, path: str) -> Any:
        return connect(f"ws://{self.address}{path}", compression=None, close_timeout=0.1)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal; give the exit code. What could hold it takes longer than the wait."""
        self.process.send_signal(number)
        return self.process.wait(WAIT_S)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Process]:
    with serving(tmp_path) as process:
        yield process


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Process]:
    log = folder / "log"
    log.touch()
    (folder / "main.py").write_text(APP.format(log=str(log)), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "main:app", "--port", str(port), *options]
    with (
        (folder / "output").open("w", encoding="utf-8") as output,
        subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        try:
            until(lambda: is_listening(port))
            yield Process(f"127.0.0.1:{port}", process, log)
        finally:
            process.kill()


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_sockets_with_1001_and_the_process_exits_0(
    served: Process, number: int
) -> None:
    with served.connect("/echo") as socket:
        socket.send("hi")
        assert hear(socket) == "hi"
        assert served.end(number) == 0
        assert closing(socket) == (1001, "the server is shutting down")


@pytest.mark.parametrize("path", ["/eager", "/plain", "/waiting"])
def test_generators_end_with_their_finally(served: Process, path: str) -> None:
    with served.connect(path) as socket:
        hear(socket)
        assert served.end() == 0
        assert path[1:] in served.words


@pytest.mark.parametrize(
    ("path", "word", "code"), [("/sleep", "asleep", 1001), ("/busy", "busy", None)]
)
def test_a_function_that_does_not_return_does_not_hold_it(
    served: Process, path: str, word: str, code: int | None
) -> None:
    with served.connect(path) as socket:
        socket.send("go")
        until(lambda: word in served.words)
        assert served.end() == 0
        if code is not None:
            assert closing(socket)[0] == code


def test_a_request_and_a_run_under_way_do_not_hold_it(served: Process) -> None:
    host, port = served.address.split(":")
    with socket.create_connection((host, int(port))) as asking:
        asking.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(lambda: {"slow", "tick"} <= set(served.words))
        assert served.end() == 0


@pytest.mark.parametrize("options", [(), ("--ws", "websockets")])
def test_a_client_that_reads_nothing_does_not_hold_it(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    with serving(tmp_path, *options) as served, served.connect("/eager") as socket:
        hear(socket)
        assert served.end() == 0
        assert served.words == ["eager"]


def test_a_second_interrupt_forces_the_end(served: Process) -> None:
    with served.connect("/sleep") as socket:
        socket.send("go")
        until(lambda: "asleep" in served.words)
        served.process.send_signal(signal.SIGINT)
        assert served.end(signal.SIGINT) in (0, 130, -signal.SIGINT)
