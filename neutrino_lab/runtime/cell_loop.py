"""The event loop that cells share with what serves them: a kernel has one for all its cells too."""

from __future__ import annotations

import asyncio
import inspect
import weakref
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import Context, copy_context
from types import CodeType
from typing import Any

from . import bytecode


class CellLoop:
    """Runs cells so that the tasks and connections they start live on the loop that serves.

    In a kernel code without `await` may start tasks, since its loop runs. So may it here: the loop
    is told to be running, wherever it runs, unless the code wants to run one itself, which a kernel
    refuses and a script does not.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._remote = _Remote(self)  # type: ignore[abstract] # its methods are delegated below

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The one in use; without a given one, that of this thread or one of our own."""
        if self._loop is None or self._loop.is_closed():
            running = asyncio._get_running_loop()
            if running is None:
                running = asyncio.new_event_loop()
                weakref.finalize(self, running.close)
            self._loop = running
        return self._loop

    @property
    def is_running(self) -> bool:
        """Whether the loop runs, in whichever thread."""
        return self._loop is not None and self._loop.is_running()

    @property
    def is_here(self) -> bool:
        """Whether the loop runs in this thread."""
        return self.is_running and asyncio._get_running_loop() is self._loop

    def use(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the loop that serves, or is going to."""
        self._loop = loop

    def run(self, code: CodeType, namespace: dict[str, Any]) -> Context:
        """Run a cell to its end, in this thread; what it awaits, on the loop. Give the context as
        the cell left it, which is not this one where it ran on the loop.

        Raises RuntimeError where it awaits and this thread is the loop's own.
        """
        if code.co_flags & inspect.CO_COROUTINE:
            left: Context = self._remote.run_until_complete(_left_by(eval(code, namespace)))  # noqa: S307
            return left
        if self.is_running and not self.is_here and _sets_signals(code, namespace):
            # Python lets the main thread alone do so.
            left = self.call(_run_there, code, namespace)
            return left
        with self._announced(runs_loops=_runs_loops(code, namespace)):
            exec(code, namespace)  # noqa: S102 - running the user's cells is the purpose
        return copy_context()

    async def run_here(self, code: CodeType, namespace: dict[str, Any]) -> None:
        """Run a cell to its end, on the loop and in its thread; in this context, too."""
        if code.co_flags & inspect.CO_COROUTINE:
            await eval(code, namespace)  # noqa: S307
        else:
            with self._announced(runs_loops=_runs_loops(code, namespace)):
                exec(code, namespace)  # noqa: S102
        # As between the cells of a kernel, tasks have their turn.
        await asyncio.sleep(0)

    def call(self, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Call something in the loop's thread and wait for it; here if the loop does not run."""
        if not self.is_running or self.is_here:
            return function(*args, **named)
        result: Future[Any] = Future()

        def there() -> None:
            try:
                result.set_result(function(*args, **named))
            except BaseException as error:  # noqa: BLE001 - raised where the caller waits
                result.set_exception(error)

        self.loop.call_soon_threadsafe(there)
        return result.result()

    def serve(self, server: Coroutine[Any, Any, None]) -> None:
        """Run a server to its end, and then end what cells have left running."""
        loop = self.loop
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(server)
        finally:
            try:
                left = asyncio.all_tasks(loop)
                for task in left:
                    task.cancel()
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
                loop.run_until_complete(loop.shutdown_asyncgens())
            finally:
                asyncio.set_event_loop(None)
                loop.close()

    @contextmanager
    def _announced(self, *, runs_loops: bool) -> Iterator[None]:
        """Let code that runs now find the loop as the running one, or none but its own."""
        running = asyncio._get_running_loop()
        if running is not None and not runs_loops:
            yield  # it is in the loop's own thread: all is as in a kernel
            return
        own = asyncio.new_event_loop() if runs_loops and running is not None else None
        current = own or self._remote
        asyncio._set_running_loop(None if runs_loops else current)
        if runs_loops or running is None:
            asyncio.set_event_loop(current)
        try:
            yield
        finally:
            asyncio._set_running_loop(running)
            asyncio.set_event_loop(running)
            if own is not None:
                own.close()


def _runs_loops(code: CodeType, namespace: dict[str, Any]) -> bool:
    if {"create_task", "ensure_future", "get_running_loop"} & {*code.co_names}:
        return False
    names = bytecode.reachable_names(code, namespace)
    # Playwright, too, refuses to work synchronously while a loop runs.
    if names & {"run_until_complete", "run_forever", "Runner", "sync_playwright"}:
        return True
    return "run" in names and bool(names & {"asyncio", "anyio", "trio", "uvloop"})


def _sets_signals(code: CodeType, namespace: dict[str, Any]) -> bool:
    names = bytecode.reachable_names(code, namespace)
    return "signal" in names and any(name.startswith("SIG") for name in names)


class _Remote(asyncio.AbstractEventLoop):
    """A loop as other threads may use it. Stopping or closing it has no effect.

    The methods that are not written here are delegated below the class.
    """

    def __init__(self, owner: CellLoop) -> None:
        self.owner = owner

    def run_until_complete(self, future: Any) -> Any:
        owner = self.owner
        if not owner.is_running:
            return owner.loop.run_until_complete(future)
        if owner.is_here:
            if inspect.iscoroutine(future):
                future.close()
            raise RuntimeError("This event loop is already running")
        return asyncio.run_coroutine_threadsafe(_awaited(future), owner.loop).result()

    def stop(self) -> None: ...

    def close(self) -> None: ...

    async def shutdown_asyncgens(self) -> None: ...

    async def shutdown_default_executor(self, *_: Any) -> None: ...


def _run_there(code: CodeType, namespace: dict[str, Any]) -> Context:
    exec(code, namespace)  # noqa: S102
    return copy_context()


async def _left_by(cell: Any) -> Context:
    await cell
    return copy_context()


async def _awaited(future: Any) -> Any:
    return await future


def _delegate(name: str, is_safe: bool) -> Callable[..., Any]:
    def method(self: _Remote, *args: Any, **named: Any) -> Any:
        own = getattr(self.owner.loop, name)
        return own(*args, **named) if is_safe else self.owner.call(own, *args, **named)

    method.__name__ = name
    return method


# Coroutine functions do nothing before they are awaited, and that happens on the loop.
_SAFE = {"call_soon_threadsafe", "get_debug", "is_closed", "is_running", "time"}
for _name, _method in vars(asyncio.AbstractEventLoop).items():
    if _name[0] != "_" and callable(_method) and _name not in vars(_Remote):
        _is_safe = _name in _SAFE or inspect.iscoroutinefunction(_method)
        setattr(_Remote, _name, _delegate(_name, _is_safe))
