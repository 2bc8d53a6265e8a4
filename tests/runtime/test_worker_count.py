"""Several workers of one server share nothing, so they need a bus."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.errors import BusError
from neutrino_lab.runtime.settings import read
from neutrino_lab.runtime.spec import App
from neutrino_lab.runtime.worker_count import asked_for
from tests.conformance.servers import build
from tests.notebooks import write

REASON = (
    "2 workers would share nothing: each would run every schedule, and know its own WebSocket "
    "clients alone; name a Redis, or start one worker"
)


@pytest.mark.parametrize(
    ("environment", "command", "workers"),
    [
        ({}, "uvicorn main:app", 1),
        ({}, "/venv/bin/uvicorn main:app --workers 4", 4),
        ({}, "/venv/site-packages/uvicorn/__main__.py main:app --workers=3", 3),
        ({}, "gunicorn -w 2 main:app", 2),
        ({"WEB_CONCURRENCY": "5"}, "uvicorn main:app", 5),
        ({"WORKERS": "2"}, "uvicorn main:app", 2),
        ({"WORKERS": "2"}, "uvicorn main:app --workers 1", 1),
        ({"WORKERS": "many"}, "uvicorn main:app", 1),
        ({}, "pytest -w 7", 1),
        ({}, "", 1),
    ],
)
def test_how_many_workers_there_are(
    environment: dict[str, str], command: str, workers: int
) -> None:
    assert asked_for(environment, command.split()) == workers


def test_several_without_a_shared_bus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKERS", "2")
    with pytest.raises(BusError) as refused:
        Engine.of(read({}), App("shop", (), ()))
    assert str(refused.value) == REASON


def test_a_server_of_several_ends_and_says_why(tmp_path: Path) -> None:
    notebook = write(tmp_path / "shop.ipynb", '"""\n@HTTP\nGET /\n"""\ndef f(): return 1')
    command = [sys.executable, "-m", "uvicorn", "main:app", "--port", "0", "--workers", "2"]
    ran = subprocess.run(
        command, cwd=build(notebook), capture_output=True, text=True, timeout=120, check=False
    )
    assert f"NEUTRINO_BUS: {REASON}" in ran.stderr
    assert "Application startup complete" not in ran.stderr
