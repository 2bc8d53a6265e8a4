"""Daemon threads in which plain functions run beside the event loop, and the one way to call both.

One pool for each kind of work, made for many short calls: a call costs a tenth of what it costs in
anyio's pool, whose threads also keep a process from ending.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import inspect
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias

try:  # what lets `anyio.from_thread` find the loop in a thread that anyio has not started
    from anyio._backends._asyncio import AsyncIOBackend
    from anyio._core._eventloop import claim_worker_thread
except ImportError:  # pragma: no cover - not public: another anyio may lack it
    claim_worker_thread = None  # type: ignore[assignment]

IDLE_S = 10.0

# Work that has waited for so long gets more threads. A thousand quick functions are done by one
# thread in less time than many take that fight for the interpreter. As often, results are asked for
# whose thread went on with the next call.
GROWTH_S = 0.002

_SETTLE_STEP_S = 0.0005

Deliver: TypeAlias = Callable[[Any, BaseException | None], None]
"""Takes the result of a call, or what it raised, on the loop that the call came from."""


class Threads:
    """At most `limit` threads, started as they are needed and gone when idle for a while.

    What waits for a free thread waits in order. A caller that is cancelled leaves its function to
    finish unheard, since no thread can be stopped.
    """

    def __init__(self, name: str, limit: int) -> None:
        self._name = name
        self._limit = limit
        self._calls: SimpleQueue[_QueuedCall] = SimpleQueue()
        self._lock = threading.Lock()
        self._running = 0
        self._begun: list[_QueuedCall] = []  # on the loop, in this turn of it
        self._unfinished: set[_QueuedCall] = set()
        self._results: _Results | None = None

    async def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call the function in a thread, in a copy of the caller's context, and give its result.

        Waits while all threads are busy. Raises what the function raises. Where the caller is
        cancelled, a call that has not begun is dropped, and the result of one that runs is dropped.
        """
        future = asyncio.get_running_loop().create_future()
        self.submit(function, args, functools.partial(_resolve, future), is_wanted=future)
        return await future

    def submit(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        deliver: Deliver,
        *,
        is_wanted: asyncio.Future[Any] | None = None,
    ) -> None:
        """Call the function in a thread, and then `deliver` on this loop.

        A call whose `is_wanted` is cancelled before its turn is left out.
        """
        loop = asyncio.get_running_loop()
        if self._results is None or self._results.loop is not loop:
            self._results = _Results(loop, self._calls)
            self._begun = []
        context = contextvars.copy_context()
        call = _QueuedCall(context, function, args, self._results, deliver, is_wanted)
        self._begun.append(call)
        self._unfinished.add(call)
        if len(self._begun) == 1:
            # All calls of a turn together: a thread that wakes at the first takes the interpreter
            # from the loop after each of the others.
            loop.call_soon(self._hand_over, self._results)

    def settle(self, limit_s: float) -> None:
        """Wait, in any thread but the loop's, for the calls that are not yet done; not for later
        ones, and no longer than `limit_s` seconds."""
        earlier = self._unfinished.copy()
        ends_s = time.monotonic() + limit_s
        while earlier & self._unfinished and time.monotonic() < ends_s:
            time.sleep(_SETTLE_STEP_S)

    def _hand_over(self, results: _Results) -> None:
        """Give the calls of this turn of the loop to the threads."""
        begun, self._begun = self._begun, []
        if results.look is None and self._running < self._limit:
            self._look_later(results)
        for each in begun:
            self._calls.put(each)
        with self._lock:
            if self._running == 0:
                self._start()

    def _look_later(self, results: _Results) -> None:
        results.look = results.loop.call_later(GROWTH_S, self._look, results)

    def _look(self, results: _Results) -> None:
        """Put more threads to work that still waits, twice as many each time, and deliver what is
        done."""
        results.look = None
        with self._lock:
            waiting = self._calls.qsize()
            for _ in range(min(waiting, self._running or 1, self._limit - self._running)):
                self._start()
            is_full = self._running >= self._limit
        if waiting and not is_full:
            self._look_later(results)
        results.deliver()

    def _start(self) -> None:
        self._running += 1
        try:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        except RuntimeError:
            # The system gives no more threads: those that are there work on.
            self._running -= 1
            if self._running == 0:
                raise

    def _work(self) -> None:
        with contextlib.ExitStack() as claimed:
            loop: asyncio.AbstractEventLoop | None = None
            while (call := self._next()) is not None:
                if call.results.loop is not loop and claim_worker_thread is not None:
                    claimed.close()
                    loop = call.results.loop
                    claimed.enter_context(claim_worker_thread(AsyncIOBackend, loop))
                call.run()
                self._unfinished.discard(call)
                del call  # or an idle thread would keep the last call's arguments alive

    def _next(self) -> _QueuedCall | None:
        while True:
            try:
                return self._calls.get(timeout=IDLE_S)
            except Empty:
                with self._lock:
                    if self._calls.empty():
                        self._running -= 1
                        return None


class _Results:
    """Results on their way back to a loop: however many there are, the loop is woken once.

    A loop that is woken at once only waits for the interpreter, which the thread needs for its next
    call. So what is done before another call waits for that one, if not for longer than until the
    loop's next `look`.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, calls: SimpleQueue[_QueuedCall]) -> None:
        self.loop = loop
        self.look: asyncio.TimerHandle | None = None
        self._calls = calls
        self._done: deque[tuple[Deliver, Any, BaseException | None]] = deque()
        self._is_waking = False

    def add(self, deliver: Deliver, result: Any, error: BaseException | None) -> None:
        """Deliver a result on the loop, in any thread."""
        # First: a look that is still to come finds it.
        self._done.append((deliver, result, error))
        if self._is_waking or (self.look is not None and not self._calls.empty()):
            return
        self._is_waking = True
        with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            self.loop.call_soon_threadsafe(self.deliver)

    def deliver(self) -> None:
        """Deliver what is done, on the loop."""
        # First, so that a result which comes after the last look wakes the loop again.
        self._is_waking = False
        while self._done:
            deliver, result, error = self._done.popleft()
            try:
                deliver(result, error)
            except Exception as failed:  # noqa: BLE001 - the others must not wait for ever
                context = {"message": "a result was not delivered", "exception": failed}
                self.loop.call_exception_handler(context)


@dataclass(slots=True, eq=False)  # making a frozen one costs as much as the queue
class _QueuedCall:
    context: contextvars.Context
    function: Callable[..., Any]
    args: tuple[Any, ...]
    results: _Results
    deliver: Deliver
    is_wanted: asyncio.Future[Any] | None

    def run(self) -> None:
        if self.is_wanted is not None and self.is_wanted.cancelled():
            return
        try:
            result = self.context.run(self.function, *self.args)
        except BaseException as error:  # noqa: BLE001 - raised again where the caller waits
            self.results.add(self.deliver, None, error)
        else:
            self.results.add(self.deliver, result, None)


def _resolve(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    elif isinstance(error, StopIteration):  # a future refuses it, as a coroutine does
        future.set_exception(RuntimeError(f"the function raised {error!r}"))
    else:
        future.set_exception(error)


def is_async(function: Callable[..., Any]) -> bool:
    """Tell whether a call gives a coroutine, for partials and callable objects too."""
    while isinstance(function, functools.partial):
        function = function.func
    call = getattr(type(function), "__call__", None)  # noqa: B004 - the method itself is asked
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


async def call(function: Callable[..., Any], threads: Threads, *, is_on_loop: bool) -> Any:
    """Call a function on the loop, as one that `is_async`, or in a thread; await what it gives."""
    if is_on_loop:
        return await function()
    result = await threads.run(function)
    return await result if inspect.isawaitable(result) else result
