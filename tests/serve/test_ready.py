"""Processes that wait with FastAPI imported: what is served from one is what any worker serves."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from neutrino_lab.serve.control import ControlMessage
from neutrino_lab.serve.process import Interpreter, Launch, WorkerProcess
from neutrino_lab.serve.ready import ReadyWorkers
from neutrino_lab.serve.runtime_dir import RuntimeDir
from neutrino_lab.serve.source import NotebookSource
from neutrino_lab.serve.supervisor import Supervisor
from tests.notebooks import write
from tests.supervised import DEADLINE_S, QUICK, Served, is_gone

pytestmark = pytest.mark.anyio

SEEN = """\"\"\"
@HTTP
GET /seen
\"\"\"
import os, sys
def seen():
    own = {name: text for name, text in os.environ.items() if name.startswith("NEUTRINO_")}
    return [os.getcwd(), own, sys.path[0], os.getppid(), __name__]
"""
ENVIRONMENT = {**os.environ, "NEUTRINO_TIMEZONE": "Asia/Tokyo", "NEUTRINO_THREADS": "3"}


# It imports no FastAPI before the package is there.
IMPORTS_LATER = """
import os, sys, time

class Later:
    def find_spec(self, name, path=None, target=None):
        while name == "fastapi" and not os.path.exists(os.path.join(FOLDER, "installed.py")):
            time.sleep(0.005)

FOLDER = os.path.dirname(__file__)
sys.meta_path.insert(0, Later())
"""


class Ready:
    """Ready workers, and the processes that they have prepared."""

    def __init__(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        idle_s: float,
        environment: Mapping[str, str] = ENVIRONMENT,
    ) -> None:
        self.environment = environment
        self.runtime_dir = RuntimeDir(folder / "ready")
        self.prepared: asyncio.Queue[WorkerProcess] = asyncio.Queue()
        self.has_told = asyncio.Event()
        self.workers = ReadyWorkers(idle_s)
        self.interpreter = Interpreter(
            python=sys.executable,
            start=self.runtime_dir.start,
            environment={**environment, "NEUTRINO_TIMEZONE": "UTC", "NEUTRINO_API_KEYS": "x"},
        )
        prepare = WorkerProcess.prepare

        async def noted(
            interpreter: Interpreter, on_message: Callable[[ControlMessage], None]
        ) -> WorkerProcess:
            def hear(message: ControlMessage) -> None:
                on_message(message)
                self.has_told.set()

            process = await prepare(interpreter, hear)
            self.prepared.put_nowait(process)
            return process

        monkeypatch.setattr(WorkerProcess, "prepare", noted)

    async def next(self) -> WorkerProcess:
        process = await asyncio.wait_for(self.prepared.get(), DEADLINE_S)
        await asyncio.sleep(0)  # it is only now among those that wait
        return process

    async def serve(self, path: Path) -> tuple[Served, list[object]]:
        served = Served(path)
        served.supervisor = Supervisor(
            NotebookSource(path),
            lambda hear: self.workers.start(
                Launch(
                    python=sys.executable,
                    start=self.runtime_dir.start,
                    folder=path.parent,
                    socket=self.runtime_dir.socket(),
                    runs=self.runtime_dir.runs(),
                    root_path="",
                    environment=self.environment,
                ),
                hear,
            ),
            limits=QUICK,
            on_change=served._changed,
        )
        served.supervisor.start()
        await served.until_state("live")
        status, seen = await served.get("/seen")
        assert status == 200
        return served, seen


@pytest.fixture(name="ready")
async def some_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ready]:
    write(tmp_path / "a.ipynb", SEEN)
    found = Ready(tmp_path, monkeypatch, 600)
    yield found
    await found.workers.close()
    found.runtime_dir.close()


def guard_of(process: WorkerProcess) -> int:
    return process._process.pid


async def test_one_that_waits_serves_as_one_that_is_started(ready: Ready, tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    first, started = await ready.serve(path)
    await first.supervisor.stop()
    ready.workers.expect(ready.interpreter)
    waiting = await ready.next()
    second, begun = await ready.serve(path)
    await second.supervisor.stop()
    own = {"NEUTRINO_TIMEZONE": "Asia/Tokyo", "NEUTRINO_THREADS": "3"}
    told = [str(tmp_path), own, str(tmp_path)]
    assert (started[:3], begun[:3]) == (told, told)
    assert (started[4], begun[4]) == ("__main__", "__main__")
    assert started[3] != begun[3] == guard_of(waiting)


async def test_one_is_kept_however_often_it_is_asked_for(ready: Ready) -> None:
    for _ in range(3):
        ready.workers.expect(ready.interpreter)
    process = await ready.next()
    ready.workers.expect(ready.interpreter)
    await ready.workers.close()
    assert ready.prepared.empty()
    assert is_gone(guard_of(process))


async def test_one_that_has_died_is_not_used(ready: Ready, tmp_path: Path) -> None:
    ready.workers.expect(ready.interpreter)
    process = await ready.next()
    process.kill()
    await process.exit()
    served, seen = await ready.serve(tmp_path / "a.ipynb")
    await served.supervisor.stop()
    assert seen[3] != guard_of(process)


async def test_one_with_another_environment_is_not_used(ready: Ready, tmp_path: Path) -> None:
    other = Interpreter(
        python=sys.executable,
        start=ready.runtime_dir.start,
        environment={**ENVIRONMENT, "OMP_NUM_THREADS": "1"},
    )
    ready.workers.expect(other)
    process = await ready.next()
    served, seen = await ready.serve(tmp_path / "a.ipynb")
    await served.supervisor.stop()
    assert seen[3] != guard_of(process)


async def test_one_that_has_begun_before_a_package_was_installed_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.ipynb", SEEN, "import installed")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(IMPORTS_LATER)
    environment = {**ENVIRONMENT, "PYTHONPATH": str(tmp_path / "site")}
    ready = Ready(tmp_path, monkeypatch, 600, environment)
    ready.workers.expect(ready.interpreter)
    process = await ready.next()
    await asyncio.wait_for(ready.has_told.wait(), DEADLINE_S)
    (tmp_path / "site" / "installed.py").touch()
    served, seen = await ready.serve(tmp_path / "a.ipynb")
    await served.supervisor.stop()
    await ready.workers.close()
    ready.runtime_dir.close()
    assert seen[3] != guard_of(process)


async def test_none_waits_elsewhere_where_modules_are_found_from_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.ipynb", SEEN, "import beside")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "beside.py").touch()
    ready = Ready(tmp_path, monkeypatch, 600, {**ENVIRONMENT, "PYTHONPATH": "src"})
    ready.workers.expect(ready.interpreter)
    served, _ = await ready.serve(tmp_path / "a.ipynb")
    await served.supervisor.stop()
    await ready.workers.close()
    ready.runtime_dir.close()
    assert ready.prepared.empty()


async def test_one_that_nobody_needs_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    idle = Ready(tmp_path, monkeypatch, 0.01)
    idle.workers.expect(idle.interpreter)
    process = await idle.next()
    await asyncio.wait_for(process.exit(), DEADLINE_S)
    await idle.workers.close()
    idle.runtime_dir.close()


async def test_none_is_kept_where_that_is_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = Ready(tmp_path, monkeypatch, 0)
    off.workers.expect(off.interpreter)
    await off.workers.close()
    with suppress(asyncio.QueueEmpty):
        raise AssertionError(off.prepared.get_nowait())
    off.runtime_dir.close()
