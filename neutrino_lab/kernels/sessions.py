"""Sessions: a kernel that a user keeps, its folder, and all that was run in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from neutrino_lab.kernels.changes import Changes
from neutrino_lab.kernels.endings import Status
from neutrino_lab.kernels.errors import KernelsError, NoKernelError, SessionExpiredError
from neutrino_lab.kernels.executions import Execution, Result
from neutrino_lab.kernels.isolation import GATEWAY, Isolation
from neutrino_lab.kernels.kernel import Kernel
from neutrino_lab.kernels.outputs import Output
from neutrino_lab.kernels.tasks import call_off

SessionState = Literal["starting", "idle", "busy", "restarting", "ended"]
_MOST_CELLS = 2000
_MOST_HISTORY_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Cell:
    """What was run in a session, and what came of it; `count` is the kernel's own number."""

    id: str
    code: str
    outputs: list[Output]
    count: int | None
    status: Status
    duration_ms: int

    @property
    def size(self) -> int:
        """Roughly how many characters it holds."""
        return len(self.code) + sum(len(str(each)) for each in self.outputs)

    def as_dict(self) -> dict[str, Any]:
        """Give it in JSON types, as the API answers it."""
        return {
            "execution_id": self.id,
            "code": self.code,
            "outputs": self.outputs,
            "execution_count": self.count,
            "status": self.status,
            "duration_ms": self.duration_ms,
        }


class Session:
    """One of a user's kernels. Its cells run one after the other.

    `changed` is about its state, `shown` about that and all that is run in it.
    """

    def __init__(  # noqa: PLR0913 - half of them by keywords
        self,
        owner: str,
        kernel_name: str,
        start: Callable[[], Coroutine[Any, Any, Kernel]],
        *,
        isolation: Isolation,
        ttl_s: float,
        name: str = "",
    ) -> None:
        self.id = uuid4().hex
        self.owner = owner
        self.name = name or f"session {self.id[:6]}"
        self.kernel_name = kernel_name
        self.isolation = isolation
        self.ttl_s = ttl_s
        self.created = self.last_used = time.time()
        self.lock = asyncio.Lock()
        self.users = 0
        self.state_lost = False
        self.cells: list[Cell] = []
        self.cells_dropped = 0
        self.is_restarting = self.is_removed = False
        self.running: Execution | None = None
        self.memory_mb: float | None = None
        self.changed = Changes()
        self.shown = Changes()
        self._bytes = 0
        self._kernel = asyncio.create_task(start())
        self._kernel.add_done_callback(_look_at)
        self._kernel.add_done_callback(lambda _: self.use())

    @property
    def kernel_now(self) -> Kernel | None:
        """Its kernel, None while that is starting or where it has failed to."""
        task = self._kernel
        is_good = task.done() and not task.cancelled() and task.exception() is None
        return task.result() if is_good else None

    @property
    def has_ended(self) -> bool:
        """Tell whether it cannot go on: its kernel did not start, or somebody else has ended it."""
        if self.is_removed or not self._kernel.done():
            return self.is_removed
        kernel = self.kernel_now
        return kernel is None or not (kernel.is_there or kernel.returning)

    @property
    def state(self) -> SessionState:
        """What the session does now; `ended` also where its kernel did not start."""
        kernel = self.kernel_now
        if kernel is None or self.is_removed:
            return "ended" if self._kernel.done() else "starting"
        if self.lock.locked():
            return "restarting" if self.is_restarting else "busy"
        return "restarting" if kernel.returning else "idle"

    @property
    def folder(self) -> Path | None:
        """Its folder on this machine, None where its kernel runs elsewhere."""
        return getattr(self._provisioner, "work", None)

    @property
    def _provisioner(self) -> Any:
        kernel = self.kernel_now
        return kernel.provisioner if kernel is not None else None

    async def kernel(self) -> Kernel:
        """Wait for its kernel. Raises what it did not start for."""
        return await asyncio.shield(self._kernel)

    def use(self) -> None:
        """Note that somebody needs it: from now on it counts as idle again."""
        self.last_used = time.time()
        self.note()

    def note(self) -> None:
        """Say that its state has changed, and later that it has come back, if it is to."""
        self.changed.note()
        self.shown.note()
        if (kernel := self.kernel_now) is not None and (returning := kernel.returning):
            returning.add_done_callback(lambda _: self.note())

    def count_connections(self, now: float) -> None:
        """Count a notebook that is open on its kernel as use."""
        if (kernel := self.kernel_now) is not None and kernel.connections:
            self.last_used = now

    def is_due(self, now: float) -> bool:
        """Tell whether nobody has used it for as long as it is kept."""
        is_used = self.lock.locked() or self.users > 0 or not self._kernel.done()
        return not is_used and now - self.last_used > self.ttl_s

    async def restart(self) -> None:
        """Give it a fresh process, after what runs. Raises NoKernelError, SessionExpiredError."""
        kernel = await self.kernel()
        async with self.lock:
            self.is_restarting = True
            self.note()
            try:
                await kernel.restart()
            except NoKernelError:
                if self.is_removed:
                    raise SessionExpiredError(self.id) from None
                raise
            finally:
                self.is_restarting = False
        self.note()

    def begin(self, execution: Execution) -> None:
        """Show what runs now to who follows it."""
        self.running = execution
        execution.changed.above = self.shown
        self.note()

    def keep(self, execution: Execution, result: Result) -> None:
        """Keep a cell for the notebook; the oldest ones go where it is too much."""
        cell = Cell(
            execution.id,
            execution.code,
            result.outputs,
            result.execution_count,
            result.status,
            result.duration_ms,
        )
        self.cells.append(cell)
        self._bytes += cell.size
        while len(self.cells) > _MOST_CELLS or self._bytes > _MOST_HISTORY_BYTES:
            self._bytes -= self.cells.pop(0).size
            self.cells_dropped += 1
        self.shown.note()

    async def abandon(self) -> Kernel | None:
        """Give up its kernel, which the caller ends."""
        if not self._kernel.done():
            await call_off(self._kernel)
        return self.kernel_now

    def measure(self) -> None:
        """See how much memory it uses. It reads files of the system's, from any thread."""
        memory = getattr(self._provisioner, "memory_mb", lambda: None)()
        self.memory_mb = None if memory is None else round(memory, 1)

    def as_dict(self) -> dict[str, Any]:
        """Give it in JSON types, with its memory measured now."""
        self.measure()
        return self.snapshot()

    def snapshot(self) -> dict[str, Any]:
        """Tell all of it; the memory is what was measured last."""
        kernel, provisioner = self.kernel_now, self._provisioner
        active = getattr(provisioner, "active_limits", dict)
        kind = getattr(provisioner, "isolation", None)
        if kind is None:
            is_ours = kernel is None or self.isolation.kind == GATEWAY
            kind = self.isolation.kind if is_ours else "kernelspec's own"
        return {
            "session_id": self.id,
            "name": self.name,
            "kernel_name": self.kernel_name,
            "kernel_id": kernel.kernel_id if kernel is not None else None,
            "state": self.state,
            "owner": self.owner,
            "created": self.created,
            "last_used": self.last_used,
            "ttl_s": self.ttl_s,
            "isolation": kind,
            "limits": self.isolation.limits.as_dict(),
            "active_limits": active(),
            "memory_mb": self.memory_mb,
        }


class Sessions:
    """All sessions, by their ids; everybody sees his own only."""

    def __init__(self) -> None:
        self.changed = Changes()
        self._held: dict[str, Session] = {}

    def add(self, session: Session) -> None:
        """Keep a session, whose changes are told as those of all."""
        self._held[session.id] = session
        session.changed.above = self.changed
        session.note()

    def get(self, id_: str, owner: str) -> Session:
        """Find one. Raises SessionExpiredError, also where it is somebody else's."""
        found = self._held.get(id_)
        if found is None or found.owner != owner or found.has_ended:
            raise SessionExpiredError(id_)
        return found

    def all(self) -> list[Session]:
        """Give all sessions, oldest first."""
        return list(self._held.values())

    def remove(self, session: Session) -> None:
        """Forget a session, which counts as ended then. Its kernel is not ended here."""
        self._held.pop(session.id, None)
        session.is_removed = True
        session.note()


def _look_at(task: asyncio.Task[Kernel]) -> None:
    """Take note of a failure: it is told to those who ask for the kernel, if anybody does."""
    if not task.cancelled() and (error := task.exception()) and not isinstance(error, KernelsError):
        task.get_loop().call_exception_handler(
            {"message": "a session's kernel did not start", "exception": error}
        )
