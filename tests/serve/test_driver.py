"""The supervisor around a process that is none: what it makes of messages, errors and an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from neutrino_lab.runtime.program import Changes
from neutrino_lab.serve.control import ControlMessage
from neutrino_lab.serve.process import Exit
from neutrino_lab.serve.revision import Revision
from neutrino_lab.serve.source import NotebookSource
from neutrino_lab.serve.status import Limits, Status
from neutrino_lab.serve.supervisor import Supervisor
from tests.notebooks import write

pytestmark = pytest.mark.anyio

HELLO = '"""\n@HTTP\nGET /hello\n"""\ndef hello(): return 1\n'
DEADLINE_S = 30


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Process:
    """Answers what it is told to answer."""

    hear: Callable[[ControlMessage], None]
    runs: list[tuple[int, bool, list[str]]] = field(default_factory=list)
    pings: int = 0
    answers: Callable[[int], ControlMessage] | None = None

    def __post_init__(self) -> None:
        self._exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()

    def run(
        self,
        revision: Revision,
        changes: Changes | None,
        *,
        version: int,
        reload_modules: Collection[str],
    ) -> None:
        del revision
        self.runs.append((version, changes is None, [*reload_modules]))
        if self.answers is not None:
            asyncio.get_running_loop().call_soon(self.hear, self.answers(version))

    def ping(self) -> None:
        self.pings += 1

    async def ask(self, command: str, **details: Any) -> ControlMessage:
        raise ConnectionError(command, details)

    async def exit(self) -> Exit:
        return await asyncio.shield(self._exit)

    async def stop(self) -> Exit:
        self.end(Exit(0, 15, ""))
        return await self.exit()

    def end(self, exit_: Exit) -> None:
        if not self._exit.done():
            self._exit.set_result(exit_)


def ready(version: int) -> ControlMessage:
    return {
        "event": "ready",
        "version": version,
        "address": {"path": "/sock"},
        "modules": [],
        "files": [],
    }


class Served:
    """A supervisor, the processes that it has started and what it has told."""

    def __init__(
        self, path: Path, answers: Callable[[int], ControlMessage] | None, **limits: Any
    ) -> None:
        self.path = path
        self.processes: list[Process] = []
        self.history: list[Status] = []
        self.error: Exception | None = None
        self._answers = answers
        self._news = asyncio.Event()
        self.supervisor = Supervisor(
            NotebookSource(path),
            self._start,
            limits=Limits(backoff_s=0.01, poll_s=DEADLINE_S, **limits),
            on_change=self._changed,
        )

    async def _start(self, hear: Callable[[ControlMessage], None]) -> Process:
        if self.error is not None:
            raise self.error
        process = Process(hear, answers=self._answers)
        self.processes.append(process)
        return process

    def _changed(self, status: Status) -> None:
        self.history.append(status)
        self._news.set()

    async def until(self, state: str) -> Status:
        await self.until_so(lambda: self.supervisor.status.state == state)
        return self.supervisor.status

    async def until_so(self, condition: Callable[[], bool]) -> None:
        async def wait() -> None:
            while not condition():
                self._news.clear()
                await self._news.wait()

        await asyncio.wait_for(wait(), DEADLINE_S)


@asynccontextmanager
async def serving(
    path: Path, answers: Callable[[int], ControlMessage] | None = ready, **limits: Any
) -> AsyncIterator[Served]:
    write(path, HELLO)
    served = Served(path, answers, **limits)
    served.supervisor.start()
    try:
        yield served
    finally:
        await served.supervisor.stop()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.ipynb"


async def test_it_comes_live_and_takes_up_a_save(path: Path) -> None:
    async with serving(path) as served:
        await served.until("live")
        write(path, HELLO.replace("return 1", "return 2"))
        served.supervisor.saved()
        await served.until_so(lambda: served.supervisor.status.version == 2)
    [process] = served.processes
    assert process.runs == [(1, True, []), (2, False, [])]


async def test_a_process_that_ends_is_started_again(path: Path) -> None:
    async with serving(path) as served:
        await served.until("live")
        served.processes[0].end(Exit(7, 0, ""))
        status = await served.until("restarting")
        assert status.reason == "The process ended with exit code 7 while it served."
        assert served.supervisor.address is None
        await served.until("live")
        assert len(served.processes) == 2


@pytest.mark.parametrize(
    "said",
    [
        {"event": "ready"},
        {"event": "ready", "version": "x", "address": {}, "modules": []},
        {"event": "ready", "version": 1, "address": {"nowhere": 1}, "modules": [], "files": []},
        {"event": "cell", "cell": None},
        {"event": "busy"},
        {"event": "stats"},
        {},
    ],
    ids=str,
)
async def test_whoever_writes_nonsense_is_ended(path: Path, said: ControlMessage) -> None:
    async with serving(path, lambda _: said) as served:
        status = await served.until("problem-not-served")
        assert [each.code for each in status.findings] == ["NL803"]


@pytest.mark.parametrize(
    "error", [ValueError("embedded null byte"), MemoryError(), OSError(24, "x")]
)
async def test_whatever_a_start_raises_is_told(path: Path, error: Exception) -> None:
    write(path, HELLO)
    served = Served(path, ready)
    served.error = error
    served.supervisor.start()
    status = await served.until("problem-not-served")
    assert status.reason.startswith("The notebook's process cannot be started")
    served.error = None
    served.supervisor.retry()
    await served.until("live")
    await served.supervisor.stop()


async def test_a_loop_that_does_not_answer_is_asked_and_told_of(path: Path) -> None:
    async with serving(path, beat_s=0.01, silent_beats=2) as served:
        await served.until("live")
        served.processes[0].hear({"event": "busy", "file": "app.ipynb, cell 1", "line": 5})
        status = await served.until("problem-not-served")
        assert "app.ipynb, cell 1, line 5, keeps its event loop busy" in status.reason
        assert served.processes[0].pings > 1
        served.processes[0].hear({"event": "beat"})
        await served.until("live")


async def test_it_stops_while_a_process_is_being_started(path: Path) -> None:
    write(path, HELLO)
    begun, gate = asyncio.Event(), asyncio.Event()
    served = Served(path, ready)

    async def start(hear: Callable[[ControlMessage], None]) -> Process:
        begun.set()
        await gate.wait()
        return await served._start(hear)

    supervisor = Supervisor(NotebookSource(path), start)
    supervisor.start()
    await begun.wait()
    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0)
    gate.set()
    await stopping
    assert supervisor.status.state == "stopped"
    assert (await served.processes[0].exit()).signal == 15
