"""Starts the servers that are compared: ours from a notebook, theirs from a module."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

from tests.notebooks import write

_START_S = 180
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")


@contextmanager
def notebook(*cells: str) -> Iterator[tuple[int, Path, int]]:
    """Serve cells with `neutrino run`; gives the port, the notebook's path and the process id."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "app.ipynb", *cells)
        command = [sys.executable, "-m", "neutrino_lab.cli", "run", str(path), "--port", "0"]
        with _process(command, Path(folder)) as (port, pid):
            yield port, path, pid


@contextmanager
def module(source: str, *options: str) -> Iterator[tuple[int, int]]:
    """Serve a module's `app` with plain uvicorn; gives the port and the process id."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "main.py").write_text(source, encoding="utf-8")
        command = [sys.executable, "-m", "uvicorn", "main:app", "--port", "0", "--no-access-log"]
        command += options
        with _process(command, Path(folder)) as (port, pid):
            yield port, pid


@contextmanager
def _process(command: list[str], cwd: Path) -> Iterator[tuple[int, int]]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        ports: Queue[int] = Queue()
        reader = threading.Thread(target=_read, args=(process.stdout, ports))
        reader.start()
        try:
            yield ports.get(timeout=_START_S), process.pid
        finally:
            process.kill()
            reader.join()


def _read(lines: Iterable[str], ports: Queue[int]) -> None:
    """Tell the port that a server prints, and keep its pipe from filling up."""
    for line in lines:
        if match := _ADDRESS.search(line):
            ports.put(int(match[1]))
