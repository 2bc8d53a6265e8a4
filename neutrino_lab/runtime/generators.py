"""Users' generators, plain and asynchronous, stepped alike; each is closed, whatever ends it."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, TypeAlias

END: Any = object()
"""What `next` gives after the last value, or once it was left."""

Run: TypeAlias = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Calls a function in a thread."""


async def stepped(result: Any, run: Run) -> OnLoop | InThreads:
    """Step through what a generator function gave, in the task of the caller; plain generators
    are run by `run`. Raises TypeError for what is no generator."""
    if inspect.isawaitable(result):
        result = await result
    if isinstance(result, AsyncIterator):
        return OnLoop(result)
    if isinstance(result, Iterator):
        return InThreads(result, run)
    raise TypeError(f"a stream has to yield its values, but this gave {type(result).__name__}")


class OnLoop:
    """An async iterator, stepped by the task that asks: nothing stands between the two."""

    def __init__(self, generator: AsyncIterator[Any]) -> None:
        self._generator = generator

    async def next(self) -> Any:
        """Give the next value, END after the last. Raises what the generator raises."""
        try:
            return await self._generator.__anext__()
        except StopAsyncIteration:
            return END

    async def close(self) -> None:
        """End the generator, and wait for its `finally`."""
        close = getattr(self._generator, "aclose", None)
        if close is not None:
            await close()


class InTask:
    """An async iterator, run from start to end in one task of its own.

    Cancelling that task is what ends it: its `finally` may then still await, and what it holds
    open across its steps (a timeout, a task group) stays in one task.
    """

    def __init__(self, generator: AsyncIterator[Any]) -> None:
        self._generator = generator
        self._is_left = False
        self._ready: asyncio.Queue[Any] = asyncio.Queue()
        self._room = asyncio.Semaphore(1)
        self._task = asyncio.ensure_future(self._pump())
        self._task.add_done_callback(lambda _: self._ready.put_nowait(END))

    async def next(self) -> Any:
        """Give the next value, END after the last. Raises what the generator raises."""
        value = await self._ready.get()
        self._room.release()
        # One that cancels itself has not come to its end.
        if value is END and not (self._is_left and self._task.cancelled()):
            self._task.result()
        return value

    def leave(self) -> None:
        """Cancel the task without waiting for it."""
        self._is_left = True
        self._task.cancel()

    async def close(self) -> None:
        """Cancel the task and wait for it. Raises what its `finally` raises."""
        self.leave()
        await asyncio.wait((self._task,))
        if not self._task.cancelled():
            self._task.result()

    async def _pump(self) -> None:
        try:
            async for value in self._generator:
                await self._room.acquire()
                self._ready.put_nowait(value)
                # It may swallow its cancellation; it ends at its next step all the same.
                if self._is_left:
                    break
        except (SystemExit, KeyboardInterrupt) as error:
            # A task would carry it to the event loop and end the server.
            raise RuntimeError(f"the stream raised {type(error).__name__}") from error
        finally:
            close = getattr(self._generator, "aclose", None)
            if close is not None:
                await close()


class InThreads:
    """A plain iterator, each step in a thread, which cannot be stopped: one that is closed in the
    middle of a step is closed as soon as that ends."""

    def __init__(self, generator: Iterator[Any], run: Run) -> None:
        self._generator = generator
        self._run = run
        self._lock = threading.Lock()
        self._is_stepping = False
        self._is_left = False
        self._is_closed = False

    async def next(self) -> Any:
        """Give the next value, END after the last. Raises what the generator raises."""
        return END if self._is_left else await self._run(self._next)

    def leave(self) -> None:
        """Ask for no more values; the step that runs in a thread goes on."""
        self._is_left = True

    async def close(self) -> None:
        """End the generator; where a step of it runs, right after that."""
        with self._lock:
            self._is_closed = True
            if self._is_stepping:
                return
        await self._run(self._close)

    def _next(self) -> Any:
        with self._lock:
            if self._is_closed:
                return END
            self._is_stepping = True
        try:
            return next(self._generator, END)
        finally:
            with self._lock:
                self._is_stepping = False
                is_closed = self._is_closed
            if is_closed:
                self._close()

    def _close(self) -> None:
        close = getattr(self._generator, "close", None)
        if close is not None:
            close()
