"""A Jupyter server in a process of its own, which can be killed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.jupyter_process import DEADLINE_S, JupyterServer
from tests.notebooks import write
from tests.supervised import is_gone

PIDS = (
    '"""\n@HTTP\nGET /pids\n"""\nimport os\ndef pids():\n    return [os.getpid(), os.getppid()]\n'
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[JupyterServer]:
    found = JupyterServer(tmp_path)
    yield found
    found.kill()


def serve(server: JupyterServer, folder: Path) -> list[int]:
    """Serve a notebook and give the processes behind it."""
    write(folder / "a.ipynb", PIDS)
    server.until_it_answers("api/status")
    body = {"path": "a.ipynb", "trusted": True}
    served = server.ask("POST", "neutrino/api/served", body)
    pids: list[int] = server.until_it_answers(f"neutrino/live/{served['id']}/pids")
    return pids


def test_a_killed_server_leaves_no_process(server: JupyterServer, tmp_path: Path) -> None:
    pids = serve(server, tmp_path)
    server.process.kill()
    assert [is_gone(pid) for pid in pids] == [True, True]


def test_a_killed_server_leaves_no_check(server: JupyterServer, tmp_path: Path) -> None:
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


def test_a_server_that_is_shut_down_stops_everything(server: JupyterServer, tmp_path: Path) -> None:
    pids = serve(server, tmp_path)
    server.process.terminate()
    assert [is_gone(pid) for pid in pids] == [True, True]
    server.process.wait(DEADLINE_S)
    assert list((tmp_path / "run").glob("neutrino-*")) == []
