"""Interpreters that have imported all that a worker needs, and wait for a notebook to serve.

Importing FastAPI takes most of the time from Serve to the first answer. What waits here has run
nothing of any notebook: it knows of none.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neutrino_lab.serve.control import ControlMessage
from neutrino_lab.serve.process import Interpreter, Launch, WorkerProcess
from neutrino_lab.serve.worker_start import OWN_VARIABLES

# A notebook that was just begun is to have the processors for itself.
AGAIN_S = 5.0
LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A process that waits. `stamps` tell when the folders of its modules had changed last, in ns;
    there are none before its interpreter has started."""

    process: WorkerProcess
    stamps: Mapping[str, int]

    async def is_fresh(self) -> bool:
        """Whether it can serve as one that is started now: it has not seen what was installed, or
        replaced, since its own start."""
        return self.process.is_running and await asyncio.to_thread(self._is_unchanged)

    def _is_unchanged(self) -> bool:
        try:
            return all(os.stat(each).st_mtime_ns == ns for each, ns in self.stamps.items())  # noqa: PTH116
        except OSError:
            return False


class ReadyWorkers:
    """At most one process for each interpreter in use, ended when it was not needed for `idle_s`
    seconds; with 0 none is kept. All of it happens on the event loop."""

    def __init__(self, idle_s: float) -> None:
        self._idle_s = idle_s
        self._waiting: dict[object, _Waiting] = {}
        self._starting: set[object] = set()
        self._timers: dict[object, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[object]] = set()

    def expect(self, interpreter: Interpreter) -> None:
        """Have a process ready for whatever this interpreter is to serve; one that waits already is
        kept for another while."""
        if self._idle_s <= 0 or _finds_by_folder(interpreter):
            return
        kind = _kind(interpreter)
        if kind in self._waiting:
            self._end_later(kind)
        elif kind not in self._starting:
            self._cancel(kind)
            self._starting.add(kind)
            self._spawn(self._prepare(kind, interpreter))

    async def start(
        self, launch: Launch, on_message: Callable[[ControlMessage], None]
    ) -> WorkerProcess:
        """Start a worker, with a process that waits if there is one. Raises as
        `WorkerProcess.start` does."""
        kind = _kind(launch)
        self._cancel(kind)
        waiting = self._waiting.pop(kind, None)
        process: WorkerProcess | None = None
        if waiting is not None:
            try:
                if launch.folder.is_dir() and await waiting.is_fresh():
                    process = waiting.process
            finally:
                if process is None:  # also where nobody waits for the answer any more
                    self._spawn(waiting.process.stop())
        if process is None:
            process = await WorkerProcess.start(launch, on_message)
        else:
            process.begin(launch, on_message)
        if self._idle_s > 0:
            loop = asyncio.get_running_loop()
            self._cancel(kind)
            self._timers[kind] = loop.call_later(AGAIN_S, self.expect, launch)
        return process

    async def close(self) -> None:
        """End all interpreters that wait, those half started too, and keep none from now on."""
        self._idle_s = 0.0
        for timer in self._timers.values():
            timer.cancel()
        # What is half started could not be ended.
        await asyncio.gather(*self._tasks)
        waiting, self._waiting = [*self._waiting.values()], {}
        await asyncio.gather(*(each.process.stop() for each in waiting))

    async def _prepare(self, kind: object, interpreter: Interpreter) -> None:
        stamps: dict[str, int] = {}

        def hear(message: ControlMessage) -> None:
            if message["event"] == "stamps":
                stamps.update(message["stamps"])

        try:
            process = await WorkerProcess.prepare(interpreter, hear)
        except (OSError, ValueError) as error:
            # Who serves with it is told.
            LOGGER.debug("no interpreter is kept ready: %s", error)
        else:
            self._waiting[kind] = _Waiting(process, stamps)
            self._end_later(kind)
        finally:
            self._starting.discard(kind)

    def _end_later(self, kind: object) -> None:
        self._cancel(kind)
        loop = asyncio.get_running_loop()
        self._timers[kind] = loop.call_later(self._idle_s, self._end_idle, kind)

    def _end_idle(self, kind: object) -> None:
        self._timers.pop(kind, None)
        waiting = self._waiting.pop(kind, None)
        if waiting is not None:
            self._spawn(waiting.process.stop())

    def _cancel(self, kind: object) -> None:
        timer = self._timers.pop(kind, None)
        if timer is not None:
            timer.cancel()

    def _spawn(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work, name="ready worker")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _finds_by_folder(interpreter: Interpreter) -> bool:
    """Whether where modules are found depends on the folder that a process is started in."""
    listed = interpreter.environment.get("PYTHONPATH", "").split(os.pathsep)
    return any(each and not Path(each).is_absolute() for each in listed)


def _kind(interpreter: Interpreter) -> object:
    """What two processes must have in common to stand in for each other."""
    variables = interpreter.environment.items()
    return (
        interpreter.python,
        interpreter.start,
        frozenset(each for each in variables if not each[0].startswith(OWN_VARIABLES)),
        interpreter.memory_mb,
        interpreter.grace_s,
    )
