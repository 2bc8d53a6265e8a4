"""A real service on this machine; its kernels are shared where they can be."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import pytest

from neutrino_lab.kernels import local
from neutrino_lab.kernels.executions import Result
from neutrino_lab.kernels.isolation import Isolation
from neutrino_lab.kernels.limits import Limits
from neutrino_lab.kernels.service import Request, Service
from neutrino_lab.kernels.settings import Settings

T = TypeVar("T")
DEADLINE_S = 120
USER = "ada"


class Runs:
    """A service on a loop of its own, driven from ordinary tests."""

    def __init__(self, settings: Settings) -> None:
        self.loop = asyncio.new_event_loop()
        self.records: list[dict[str, Any]] = []
        self._stack = AsyncExitStack()
        entered = self._stack.enter_async_context(
            local.service(settings, audit=self.records.append)
        )
        self.service: Service = self.wait(entered)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, DEADLINE_S))

    def session(self, owner: str = USER, **options: Any) -> str:
        """Open a session, and wait until its kernel has started."""

        async def opened() -> str:
            session = await self.service.open_session(owner, **options)
            await session.kernel()
            return session.id

        return self.wait(opened())

    def run(
        self, code: str, session_id: str | None = None, owner: str = USER, **options: Any
    ) -> Result:
        return self.wait(self.running(code, session_id, owner, **options))

    async def running(
        self, code: str, session_id: str | None = None, owner: str = USER, **options: Any
    ) -> Result:
        request = Request(code, session_id=session_id, **options)
        return await (await self.service.execute(owner, request)).finished()

    def close(self) -> None:
        self.wait(self._stack.aclose())
        self.loop.close()


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    """A service whose kernels may be used by all tests of a module."""
    isolation = Isolation(kind="process", limits=Limits(memory_mb=1024, processes=128))
    found = Runs(Settings(isolation=isolation, pool=1, timeout_s=30.0, per_minute=0))
    yield found
    found.close()


@pytest.fixture(scope="module")
def session(runs: Runs) -> str:
    """A session that tests share: what they leave behind must harm no other."""
    return runs.session()
