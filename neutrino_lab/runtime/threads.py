"""Daemon threads in which plain functions run beside the event loop, and the one way to call both.

Not anyio's pool: HTTP waits for that one, and its threads keep a process from ending.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import inspect
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

IDLE_S = 10.0

# So many calls get a thread each at once; of more, the rest waits a moment for these to be free.
EAGER = 4
GROWTH_S = 0.002


class Threads:
    """At most `limit` threads, started as they are needed and gone when idle for a while.

    What waits for a free thread waits in order. A caller that is cancelled leaves its function to
    finish unheard, since no thread can be stopped.
    """

    def __init__(self, name: str, limit: int) -> None:
        self._name = name
        self._limit = limit
        self._calls: deque[_Call] = deque()
        self._lock = threading.Lock()
        self._running = 0
        # Each idle thread waits at a queue of its own: whoever takes one from here has woken it,
        # and nobody else, however late it notices.
        self._idle: list[SimpleQueue[None]] = []
        self._results: _Results | None = None
        self._growth: asyncio.TimerHandle | None = None

    async def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call the function in a thread, in a copy of the caller's context."""
        loop = asyncio.get_running_loop()
        if self._results is None or self._results.loop is not loop:
            self._results = _Results(loop)
            self._growth = None
        future = loop.create_future()
        call = _Call(contextvars.copy_context(), function, args, self._results, future)
        with self._lock:
            self._calls.append(call)
            if len(self._calls) <= EAGER:
                self._wake()
            elif self._growth is None:
                self._growth = loop.call_later(GROWTH_S, self._grow, loop)
        return await future

    def _grow(self, loop: asyncio.AbstractEventLoop) -> None:
        """Put more threads to a burst that the few have not worked off in a moment.

        A thousand quick functions are done by a few threads in half the time that hundreds take
        fighting for the interpreter; functions that wait get twice as many each time.
        """
        self._growth = None
        with self._lock:
            is_growing = True
            for _ in range(min(len(self._calls), max(self._running - len(self._idle), EAGER))):
                is_growing = self._wake()
            if self._calls and is_growing:
                self._growth = loop.call_later(GROWTH_S, self._grow, loop)

    def _wake(self) -> bool:
        """Set one more thread to work; false where all there may be are at it."""
        if self._idle:
            self._idle.pop().put(None)
        elif self._running < self._limit:
            self._running += 1
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        else:
            return False
        return True

    def _work(self) -> None:
        woken: SimpleQueue[None] = SimpleQueue()
        while (call := self._next(woken)) is not None:
            call.run()
            del call  # or an idle thread would keep the last call's arguments alive

    def _next(self, woken: SimpleQueue[None]) -> _Call | None:
        while True:
            with self._lock:
                if self._calls:
                    return self._calls.popleft()
                self._idle.append(woken)
            try:
                woken.get(timeout=IDLE_S)
            except Empty:
                with self._lock:
                    if woken in self._idle:
                        self._idle.remove(woken)
                        self._running -= 1
                        return None
                woken.get()  # it was woken just now


class _Results:
    """Results on their way back to a loop: however many there are, the loop is woken once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._done: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._lock = threading.Lock()

    def add(self, future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
        with self._lock:
            self._done.append((future, result, error))
            if len(self._done) > 1:
                return
        with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            self.loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        with self._lock:
            done, self._done = self._done, deque()
        for future, result, error in done:
            if future.done():
                continue
            if error is None:
                future.set_result(result)
            elif isinstance(error, StopIteration):  # a future refuses it, as a coroutine does
                future.set_exception(RuntimeError(f"the function raised {error!r}"))
            else:
                future.set_exception(error)


@dataclass(frozen=True, slots=True)
class _Call:
    context: contextvars.Context
    function: Callable[..., Any]
    args: tuple[Any, ...]
    results: _Results
    future: asyncio.Future[Any]

    def run(self) -> None:
        if self.future.cancelled():
            return
        try:
            result = self.context.run(self.function, *self.args)
        except BaseException as error:  # noqa: BLE001 - raised again where the caller waits
            self.results.add(self.future, None, error)
        else:
            self.results.add(self.future, result, None)


def is_async(function: Callable[..., Any]) -> bool:
    """Tell whether a call gives a coroutine, for partials and callable objects too."""
    while isinstance(function, functools.partial):
        function = function.func
    call = getattr(type(function), "__call__", None)  # noqa: B004 - the method itself is asked
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


async def call(function: Callable[..., Any], threads: Threads) -> Any:
    """Call a coroutine function on the loop and a plain one in a thread; await what it gives."""
    if is_async(function):
        return await function()
    result = await threads.run(function)
    return await result if inspect.isawaitable(result) else result
