"""Users' generators, plain and asynchronous, stepped alike; each is closed, whatever ends it."""

from __future__ import annotations

import inspect
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

from ..threads import Threads

END: Any = object()
"""What `next` gives after the last value."""


class Source(Protocol):
    async def next(self) -> Any: ...

    async def close(self) -> None:
        """End the generator, so that its `finally` runs."""
        ...


async def source(result: Any, threads: Threads) -> Source:
    """Step through what a generator function gave. Raises TypeError for what is no generator."""
    if inspect.isawaitable(result):
        result = await result
    if isinstance(result, AsyncIterator):
        return _OnLoop(result)
    if isinstance(result, Iterator):
        return _InThreads(result, threads)
    raise TypeError(f"a stream has to yield its values, but this gave {type(result).__name__}")


class _OnLoop:
    def __init__(self, generator: AsyncIterator[Any]) -> None:
        self._generator = generator

    async def next(self) -> Any:
        try:
            return await self._generator.__anext__()
        except StopAsyncIteration:
            return END

    async def close(self) -> None:
        close = getattr(self._generator, "aclose", None)
        if close is not None:
            await close()


class _InThreads:
    """Each step in a thread. One that sleeps when it is closed is closed as soon as it wakes."""

    def __init__(self, generator: Iterator[Any], threads: Threads) -> None:
        self._generator = generator
        self._threads = threads
        self._lock = threading.Lock()
        self._is_stepping = False
        self._is_closed = False

    async def next(self) -> Any:
        return await self._threads.run(self._next)

    async def close(self) -> None:
        with self._lock:
            self._is_closed = True
            if self._is_stepping:
                return
        await self._threads.run(self._close)

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
