"""A Jupyter server in a process of its own, which can be killed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks import write
from tests.supervised import is_gone

PIDS = (
    '"""\n@HTTP\nGET /pids\n"""\nimport os\ndef pids():\n    return [os.getpid(), os.getppid()]\n'
)
DEADLINE_S = 30


class Server:
    """A `jupyter server` with the extension and a known token."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        own = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_RUNTIME_DIR": "run",
            "IPYTHONDIR": "ipython",
        }
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jupyter_server",
                "--allow-root",
                "--no-browser",
                f"--port={self.port}",
                "--ServerApp.port_retries=0",
                "--IdentityProvider.token=known",
                "--ServerApp.jpserver_extensions={'neutrino_lab': True}",
                f"--ServerApp.root_dir={folder}",
            ],
            env={**os.environ, **{name: str(folder / part) for name, part in own.items()}},
            stderr=subprocess.DEVNULL,
        )

    def ask(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{path}",
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={"Authorization": "token known"},
        )
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
            return json.loads(answer.read() or "null")

    def until_it_answers(self, path: str) -> Any:
        """Ask again and again: nothing tells this process when another one is ready."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                return self.ask("GET", path)
            except OSError:
                assert time.monotonic() < deadline, f"{path} never answered"
                time.sleep(0.05)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    found = Server(tmp_path)
    yield found
    found.process.kill()
    found.process.wait()


def serve(server: Server, folder: Path) -> list[int]:
    """Serve a notebook and give the processes behind it."""
    write(folder / "a.ipynb", PIDS)
    server.until_it_answers("api/status")
    body = {"path": "a.ipynb", "trusted": True}
    served = server.ask("POST", "neutrino/api/served", body)
    pids: list[int] = server.until_it_answers(f"neutrino/live/{served['id']}/pids")
    return pids


def test_a_killed_server_leaves_no_process(server: Server, tmp_path: Path) -> None:
    pids = serve(server, tmp_path)
    server.process.kill()
    assert [is_gone(pid) for pid in pids] == [True, True]


def test_a_killed_server_leaves_no_check(server: Server, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    os.mkfifo(note)
    hang = f"import os, time\nwith open({str(note)!r}, 'w') as told: told.write(str(os.getpid()))"
    write(tmp_path / "a.ipynb", f"{hang}\ntime.sleep(600)", PIDS)
    server.until_it_answers("api/status")
    body = {"path": "a.ipynb", "trusted": True}
    with ThreadPoolExecutor() as pool:
        checking = pool.submit(server.ask, "POST", "neutrino/api/checks", body)
        pid = int(note.read_text())
        server.process.kill()
        assert is_gone(pid)
        # Nobody is left to answer.
        assert isinstance(checking.exception(DEADLINE_S), OSError)


def test_a_server_that_is_shut_down_stops_everything(server: Server, tmp_path: Path) -> None:
    pids = serve(server, tmp_path)
    server.process.terminate()
    assert [is_gone(pid) for pid in pids] == [True, True]
    server.process.wait(DEADLINE_S)
    assert list((tmp_path / "run").glob("neutrino-*")) == []
