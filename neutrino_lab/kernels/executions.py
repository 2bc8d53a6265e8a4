"""Executions: what became of each piece of code, as events that can be read from any point."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from neutrino_lab.kernels.endings import Status
from neutrino_lab.kernels.errors import NoExecutionError
from neutrino_lab.kernels.event_log import EventLog
from neutrino_lab.kernels.outputs import Output

State = Literal["waiting", "running", "finished"]
Phase = Literal["starting", "queued", "running"]
_REPORT_EVERY_S = 1.0


@dataclass(slots=True)
class Result:
    """A finished execution, as it is answered; `duration_ms` is in milliseconds."""

    execution_id: str
    session_id: str | None
    status: Status
    outputs: list[Output] = field(default_factory=list)
    text: str = ""
    error: dict[str, Any] | None = None
    duration_ms: int = 0
    state_lost: bool = False
    dropped: int = 0
    files: list[dict[str, Any]] = field(default_factory=list)
    execution_count: int | None = None
    is_cached: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Give it in JSON types, as the API answers it."""
        fields: dict[str, Any] = {
            "execution_id": self.execution_id,
            "session_id": self.session_id,
            "status": self.status,
            "outputs": self.outputs,
            "text": self.text,
            "duration_ms": self.duration_ms,
            "state_lost": self.state_lost,
            "files": self.files,
        }
        if self.error is not None:
            fields["error"] = self.error
        if self.execution_count is not None:
            fields["execution_count"] = self.execution_count
        if self.dropped:
            fields["dropped"] = self.dropped
        if self.is_cached:
            fields["cached"] = True
        return fields


class Execution(EventLog):
    """One piece of code: its events `started`, `output`, `progress`, `finished`, and its result.

    `phase` is what it waits for, or that it runs, `since` when (by the monotonic clock).
    """

    def __init__(self, owner: str, code: str, session_id: str | None) -> None:
        super().__init__()
        self.owner = owner
        self.code = code
        self.session_id = session_id
        self.result: Result | None = None
        self.outputs: list[Output] = []
        self.stop = asyncio.Event()
        self.created = time.time()
        self.enter("starting")

    @property
    def state(self) -> State:
        """Whether its code waits, runs, or has ended."""
        if self.is_over:
            return "finished"
        return "running" if self.phase == "running" else "waiting"

    def enter(self, phase: Phase, limit_s: float | None = None) -> None:
        """Begin a phase, which lasts no longer than a limit, if there is one."""
        self.phase, self.limit_s, self.since = phase, limit_s, time.monotonic()

    def begin(self, *, state_lost: bool, limit_s: float) -> None:
        """Note that its code runs now, for `limit_s` seconds at most, in a new kernel where
        `state_lost`."""
        self.enter("running", limit_s)
        self.tell(
            "started",
            {
                "execution_id": self.id,
                "session_id": self.session_id,
                "state_lost": state_lost,
                "limit_ms": round(1000 * limit_s),
            },
        )

    def finish(self, result: Result) -> None:
        """Note its result, after which there are no more events."""
        self.result, self.outputs = result, result.outputs
        self.tell("finished", result.as_dict())
        self.end()

    async def finished(self) -> Result:
        """Wait for the result. Raises what it failed with."""
        await self.over()
        assert self.result is not None
        return self.result

    def as_dict(self) -> dict[str, Any]:
        """Tell how it stands: the result, or the outputs so far."""
        if self.result is not None:
            return {**self.result.as_dict(), "state": self.state}
        return {
            "execution_id": self.id,
            "session_id": self.session_id,
            "state": self.state,
            "outputs": self.outputs,
        }

    def record(self, kernel_name: str, *, with_code: bool) -> dict[str, Any]:
        """Give what an audit keeps of it: its code or only the hash of that, no output, and no
        secret of ours."""
        result = self.result
        entry: dict[str, Any] = {
            "user": self.owner,
            "execution_id": self.id,
            "session_id": self.session_id or "",
            "kernel_name": kernel_name,
            "code_sha256": hashlib.sha256(self.code.encode(errors="replace")).hexdigest(),
            "code_characters": len(self.code),
            "status": result.status if result else "failed",
            "duration_ms": result.duration_ms if result else 0,
            "output_characters": len(result.text) if result else 0,
            "dropped_bytes": result.dropped if result else 0,
            "state_lost": bool(result and result.state_lost),
        }
        return {**entry, "code": self.code} if with_code else entry


@asynccontextmanager
async def reporting(execution: Execution) -> AsyncGenerator[None, None]:
    """Tell those who wait how far it is, every second after the first, until the end of the
    block."""
    task = asyncio.create_task(_report(execution))
    try:
        yield
    finally:
        task.cancel()


async def _report(execution: Execution) -> None:
    while True:
        await asyncio.sleep(_REPORT_EVERY_S)
        limit_s = execution.limit_s
        execution.tell(
            "progress",
            {
                "phase": execution.phase,
                "elapsed_ms": round(1000 * (time.monotonic() - execution.since)),
                "limit_ms": None if limit_s is None else round(1000 * limit_s),
            },
        )


class Executions:
    """Those that run, and the last of those that have finished, up to a size."""

    def __init__(self, most_bytes: int = 64 * 2**20, most: int = 2000) -> None:
        self._most_bytes = most_bytes
        self._most = most
        self._held: dict[str, Execution] = {}
        self._sizes: dict[str, int] = {}
        self._bytes = 0

    def add(self, execution: Execution) -> None:
        """Keep an execution, which may still run."""
        self._held[execution.id] = execution

    def keep_finished(self, execution: Execution) -> None:
        """Count a finished one, and forget the oldest that are too much."""
        if execution.id not in self._held:
            return
        size = 2 * len(json.dumps(execution.outputs, default=str)) + len(execution.code) + 1000
        self._sizes[execution.id] = size
        self._bytes += size
        for id_ in [*self._sizes]:
            if self._bytes <= self._most_bytes and len(self._sizes) <= self._most:
                return
            self.forget(id_)

    def forget(self, id_: str) -> None:
        """Drop an execution with all it holds; one that is unknown is no error."""
        self._held.pop(id_, None)
        self._bytes -= self._sizes.pop(id_, 0)

    def get(self, id_: str, owner: str) -> Execution:
        """Find one. Raises NoExecutionError, also where it is somebody else's."""
        found = self._held.get(id_)
        if found is None or found.owner != owner:
            raise NoExecutionError(id_)
        return found

    def running(self, owner: str | None = None) -> list[Execution]:
        """Give those that have not ended, of an owner or of all."""
        return [
            each
            for each in self._held.values()
            if not each.is_over and (owner is None or each.owner == owner)
        ]
