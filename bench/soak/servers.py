"""The two ways to serve a notebook while it is edited, as the soak drives them."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from queue import Queue
from random import Random
from typing import Protocol

import httpx

from bench.soak import notebook, processes

START_S = 240.0
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")


class Server(Protocol):
    """A notebook that is served; `pid` is the process that lives as long as it is not killed."""

    name: str
    path: Path
    pid: int
    http: httpx.Client

    def version(self) -> int:
        """Which version answers; -1 where none does."""

    def problems(self) -> int:
        """How often, or since which save, a problem was told; it grows with each broken save."""

    def socket(self) -> tuple[str, dict[str, str]]:
        """The address of the WebSocket and the headers that it asks for."""

    def kill(self, random: Random) -> str:
        """End a process hard, and say which."""

    def told(self) -> str:
        """What is said of its state."""


class _Process:
    """A server in a process of its own, with what it has printed."""

    def __init__(self, command: list[str], cwd: Path, environment: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self._ports: Queue[int] = Queue()
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=cwd,
            env={**environment, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.port = self._ports.get(timeout=START_S)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if match := _ADDRESS.search(line):
                self._ports.put(int(match[1]))

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self._reader.join()


def _version(http: httpx.Client) -> int:
    try:
        answer = http.get("version")
        return int(answer.json()) if answer.status_code == 200 else -1
    except (httpx.HTTPError, ValueError):
        return -1


class Run:
    """`neutrino run`; killed, it is started again, as by whoever looks after services."""

    name = "neutrino run"

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self.path = path
        self._environment = environment
        self._told = 0

    def __enter__(self) -> Run:
        notebook.save(self.path, 0)
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self._process.end()

    def _start(self) -> None:
        command = ["-m", "neutrino_lab.cli", "run", str(self.path), "--port", "0"]
        self._process = _Process(command, self.path.parent, self._environment)
        self.pid = self._process.process.pid
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self._process.port}/", timeout=60)

    def version(self) -> int:
        return _version(self.http)

    def problems(self) -> int:
        return self._told + sum(each.startswith("Not swapped in") for each in self._process.lines)

    def socket(self) -> tuple[str, dict[str, str]]:
        return f"ws://127.0.0.1:{self._process.port}/ws", {}

    def kill(self, random: Random) -> str:
        self._told = self.problems()
        self._process.process.kill()
        self._process.process.wait()
        self.http.close()
        self._start()
        return "neutrino run"

    def told(self) -> str:
        return "\n".join(self._process.lines[-20:])


class Jupyter:
    """A Jupyter server with the extension, and one notebook that it serves."""

    name = "JupyterLab"

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self.path = path
        self._environment = environment
        self._token = secrets.token_hex(8)

    def __enter__(self) -> Jupyter:
        notebook.save(self.path, 0)
        command = [
            *("-m", "jupyter_server", "--allow-root", "--no-browser", "--ip=127.0.0.1"),
            *("--port=0", f"--ServerApp.root_dir={self.path.parent}"),
            f"--IdentityProvider.token={self._token}",
        ]
        self._process = _Process(command, self.path.parent, self._environment)
        self.pid = self._process.process.pid
        self.api = httpx.Client(
            base_url=f"http://127.0.0.1:{self._process.port}/neutrino/",
            headers={"Authorization": f"token {self._token}"},
            timeout=60,
        )
        self.http = self.api
        self.serve()
        return self

    def __exit__(self, *_: object) -> None:
        self.api.close()
        self.http.close()
        self._process.end()

    def serve(self) -> None:
        asked = {"path": self.path.name, "trusted": True}
        self.id = self.api.post("api/served", json=asked).raise_for_status().json()["id"]
        self.http = httpx.Client(
            base_url=f"{self.api.base_url}live/{self.id}/", headers=self.api.headers, timeout=60
        )

    def version(self) -> int:
        return _version(self.http)

    def _served(self) -> dict[str, object]:
        found: dict[str, object] = self.api.get(f"api/served/{self.id}").json()
        return found

    def problems(self) -> int:
        served = self._served()
        is_told = served["state"] == "problem-serving-previous" and served["reason"]
        return int(str(served["version"])) if is_told else -1

    def socket(self) -> tuple[str, dict[str, str]]:
        url = str(self.http.base_url).replace("http", "ws", 1)
        return f"{url}ws", {"Authorization": f"token {self._token}"}

    def kill(self, random: Random) -> str:
        guards = processes.children(self.pid)
        workers = [each for guard in guards for each in processes.children(guard)]
        kind, among = random.choice([("worker", workers), ("guard", guards)])
        for each in among:
            os.kill(each, signal.SIGKILL)
        deadline = time.monotonic() + START_S
        while set(workers) & set(processes.marked(str(self.path.parent.parent))):
            if time.monotonic() > deadline:
                return f"{kind}, and a worker outlived it"
            time.sleep(0.02)
        return kind

    def told(self) -> str:
        log = "\n".join(self._process.lines[-20:])
        return f"{self._served()}\n{log}"
