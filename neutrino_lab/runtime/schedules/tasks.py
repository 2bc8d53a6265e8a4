"""Coroutines that run as tasks of their own, the first step of each where it is started.

Most runs of `async def` functions end in their first step. A task for each, its context and its
turn of the event loop cost as much as all the rest of such a run.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Coroutine
from contextvars import Context, copy_context
from typing import Any, TypeAlias

from ..eager import Rest

Work: TypeAlias = Coroutine[Any, Any, None]


class Tasks:
    """The tasks of one event loop that are under way."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._spare: _Spare | None = None

    def __len__(self) -> int:
        """How many are under way; what waits for work is not."""
        return len(self._tasks)

    def start(self, work: Work) -> None:
        """Run it as a task, from the loop's next turn on."""
        self._hold(asyncio.get_running_loop().create_task(work))

    def begin(self, work: Work) -> None:
        """Take its first step now, as a task and in a context of its own, and the rest in the turns
        of the loop; or `start` it, where this is not known to be the same."""
        spare = self._spare
        if spare is None or not spare.is_free:
            self.start(work)
            if spare is None or spare.task.done():  # somebody has cancelled all tasks
                self._spare = _made()
        elif not spare.take(work):
            self._spare = None
            if not spare.is_empty:
                self._hold(spare.task)
            spare.end()

    async def stop(self, timeout_s: float) -> None:
        """Give what is under way a moment to end, and then cancel it."""
        tasks = set(self._tasks)
        if tasks:
            _, left = await asyncio.wait(tasks, timeout=timeout_s)
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left, timeout=timeout_s)
        if self._spare is not None:
            spare, self._spare = self._spare, None
            spare.end()
            await asyncio.wait({spare.task}, timeout=timeout_s)

    def _hold(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _made() -> _Spare | None:
    loop = asyncio.get_running_loop()
    # Before 3.11 a cancellation cannot be taken back, and a factory may make other tasks.
    is_usual = sys.version_info >= (3, 11) and loop.get_task_factory() is None
    return _Spare(loop) if is_usual else None


class _Spare:
    """A task that waits for work which has begun as this task, and has to wait."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._wanted: asyncio.Future[None] = loop.create_future()
        self._rest: Rest | BaseException | None = None
        self._is_waiting = False
        self._links: tuple[int, int] | None = None
        self.task = loop.create_task(self._wait())

    @property
    def is_free(self) -> bool:
        """Whether work can begin: this waits, and the loop runs no other task."""
        is_waiting = self._is_waiting and not self._wanted.done()
        return is_waiting and asyncio.current_task(self._loop) is None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to do of the work that was taken."""
        return self._rest is None

    def take(self, work: Work) -> bool:
        """Take the first step of work as this task; tell whether that was all, and the next may be
        taken."""
        if self._links is None:
            self._links = self._counted()
        context, loop = copy_context(), self._loop
        self._is_waiting = False
        asyncio._enter_task(loop, self.task)
        try:
            waits_for = context.run(work.send, None)
            self._rest = Rest(_Within(context, work), waits_for)
        except StopIteration:
            self._is_waiting = True
        except BaseException as error:  # noqa: BLE001 - raised again by the task
            self._rest = error
        finally:
            asyncio._leave_task(loop, self.task)
        if self._rest is not None:
            return False
        # Where the work has cancelled the task, waits for its end, or keeps something under it,
        # what begins next is to find another one.
        is_found: Any = getattr(self.task, "_callbacks", None)
        return not (self._wanted.done() or is_found or self._links != self._counted())

    def end(self) -> None:
        """Let the task do the rest of the work, if there is any, and end."""
        self._is_waiting = False
        if not self._wanted.done():
            self._wanted.set_result(None)

    async def _wait(self) -> None:
        self._is_waiting = not self._wanted.done()
        try:
            await self._wanted
        except asyncio.CancelledError as error:
            if self._rest is None or sys.version_info < (3, 11):
                raise
            # It came after the work had begun, and is for it to see, as the task's only one.
            self.task.uncancel()
            self.task.cancel(*error.args)
        rest, self._rest = self._rest, None
        if isinstance(rest, BaseException):
            raise rest
        if rest is not None:
            await rest

    def _counted(self) -> tuple[int, int]:
        return sys.getrefcount(self.task), weakref.getweakrefcount(self.task)


class _Within:
    """Steps of a coroutine, each in a context."""

    __slots__ = ("_context", "_steps")

    def __init__(self, context: Context, steps: Work) -> None:
        self._context = context
        self._steps = steps

    def send(self, value: Any) -> Any:
        return self._context.run(self._steps.send, value)

    def throw(self, error: BaseException) -> Any:
        return self._context.run(self._steps.throw, error)
