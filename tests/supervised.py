"""A served notebook without Jupyter: a supervisor with a real worker, and what it has told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from neutrino_lab.serve.process import Launch, WorkerProcess
from neutrino_lab.serve.runtime_dir import RuntimeDir
from neutrino_lab.serve.source import NotebookSource
from neutrino_lab.serve.status import Limits, Stats, Status
from neutrino_lab.serve.supervisor import Supervisor
from tests.notebooks import write

PREFIX = "/user/a%40b/neutrino/live/1234"
DEADLINE_S = 30
# A loaded machine must not make a loop look busy; the tests about that say so themselves.
QUICK = Limits(start_s=20, backoff_s=0.01, poll_s=0.05, silent_beats=60, stalled_beats=60)


class Served:
    """The supervisor of one notebook, with its history."""

    def __init__(
        self,
        path: Path,
        *,
        limits: Limits = QUICK,
        python: str = sys.executable,
        environment: Mapping[str, str] | None = None,
        memory_mb: int = 0,
        socket: Path | None = None,
    ) -> None:
        self.path = path
        self.history: list[Status] = []
        self.stats: Stats = ()
        self.runtime_dir = RuntimeDir(path.parent / "runtime")
        self._runs = self.runtime_dir.runs()
        self._news = asyncio.Event()
        self.supervisor = Supervisor(
            NotebookSource(path),
            lambda hear: WorkerProcess.start(
                Launch(
                    python=python,
                    start=self.runtime_dir.start,
                    folder=path.parent,
                    socket=socket or self.runtime_dir.socket(),
                    runs=self._runs,
                    root_path=PREFIX,
                    environment=os.environ if environment is None else environment,
                    memory_mb=memory_mb,
                    grace_s=0.5,
                ),
                hear,
            ),
            limits=limits,
            on_change=self._changed,
            on_stats=self._used,
        )

    @property
    def status(self) -> Status:
        return self.supervisor.status

    @property
    def states(self) -> list[str]:
        """The states it has been in, each change once."""
        states = [each.state for each in self.history]
        return [s for s, before in zip(states, [None, *states], strict=False) if s != before]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds, looking whenever something was told."""

        async def wait() -> None:
            while not condition():
                self._news.clear()
                await self._news.wait()

        try:
            await asyncio.wait_for(wait(), DEADLINE_S)
        except asyncio.TimeoutError:
            raise AssertionError(f"it did not come to that: {self.status}") from None

    async def until_state(self, state: str) -> Status:
        await self.until(lambda: self.status.state == state)
        return self.status

    async def save(self, *cells: str) -> None:
        """Save, as Jupyter tells of it, and wait until that has been dealt with."""
        told = len(self.history)
        write(self.path, *cells)
        self.supervisor.saved()
        await self.until(lambda: len(self.history) > told)

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """Call an endpoint of the worker itself."""
        address = self.supervisor.address
        assert address is not None
        connector = aiohttp.UnixConnector(address.path) if address.path else None
        url = f"http://127.0.0.1:{address.port or 80}{path}"
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.get(url, headers=headers) as answer,
        ):
            is_json = answer.content_type == "application/json"
            return answer.status, await (answer.json() if is_json else answer.text())

    def _changed(self, status: Status) -> None:
        self.history.append(status)
        self._news.set()

    def _used(self, stats: Stats) -> None:
        self.stats = stats
        self._news.set()


@contextlib.asynccontextmanager
async def serving(path: Path, *cells: str, **options: Any) -> AsyncIterator[Served]:
    """Serve cells as a notebook for as long as the block lasts."""
    write(path, *cells)
    served = Served(path, **options)
    served.supervisor.start()
    try:
        yield served
    finally:
        await served.supervisor.stop()
        served.runtime_dir.close()


def is_gone(pid: int, timeout_s: float = DEADLINE_S) -> bool:
    """Wait for the end of a process that need not be our child."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], timeout_s)[0])
    finally:
        os.close(handle)
