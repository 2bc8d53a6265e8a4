"""Real brokers for tests, each in a process of its own on a free port."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

WAIT_S = 30.0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Broker:
    """A broker that can be ended and started again on its port."""

    def __init__(self, name: str, folder: Path, *more: str) -> None:
        command = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if command is None:
            pytest.skip(f"{name} is not installed; `make unit` installs it where it may")
        self.port = free_port()
        self._folder = folder
        options = {
            "redis-server": ["--port", str(self.port), "--dir", str(folder), "--appendonly", "yes"],
            "nats-server": ["-p", str(self.port), "-a", "127.0.0.1", "-js", "-sd", str(folder)],
        }
        self._command = [command, *options[name], *more]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(self._command, cwd=self._folder, **quiet)  # type: ignore[call-overload]
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert time.monotonic() < deadline, "the broker does not listen"
                time.sleep(0.02)
            else:
                return

    def freeze(self) -> None:
        """Let it answer nothing, with its connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self.thaw()
            self._process.terminate()
            self._process.wait(WAIT_S)
            self._process = None


@contextmanager
def broker(name: str, folder: Path, *options: str) -> Iterator[Broker]:
    made = Broker(name, folder, *options)
    made.start()
    try:
        yield made
    finally:
        made.stop()
