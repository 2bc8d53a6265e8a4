"""Runs an operator so that a watchdog can end a call that does not end, and lose nothing else."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from .operator import Operator
from .process import Process
from .values import Chunk, InterruptedOperatorError, Results
from .workers import raise_in

ARRIVAL_S = 1.0


class Guard:
    """Knows whether a process runs, and in which thread: only there it is interrupted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: int | None = None
        self._interrupts = 0

    def run(self, process: Process, batch: Sequence[Chunk]) -> Results:
        """Put values through; an interrupt costs the value that it was meant for."""
        results: Results = []
        with self._lock:
            self._thread = threading.get_ident()
        before, left = process.progress, batch
        try:
            while left:
                try:
                    for chunk in left:
                        process.put(chunk, results)
                    break
                except InterruptedOperatorError as error:
                    # Between two values: the operator had ended just then.
                    process.settle(results)
                    process.fail(error)
                    left = after(batch, process.progress - before)
        finally:
            self._stop()
        return results

    def interrupt(self) -> None:
        """End the call that is under way; called by the watchdog."""
        with self._lock:
            if self._thread is not None:
                self._interrupts += 1
                raise_in(self._thread)

    def arrived(self) -> None:
        """Note that an interrupt has reached the operator, so that `run` does not wait for it."""
        self._interrupts -= 1

    def _stop(self) -> None:
        """From here on no interrupt comes; one that is on its way arrives here."""
        with self._lock:
            self._thread = None
        deadline = time.monotonic() + ARRIVAL_S
        try:
            while self._interrupts > 0 and time.monotonic() < deadline:
                time.sleep(0)
        except InterruptedOperatorError:
            pass
        self._interrupts = 0


def after(batch: Sequence[Chunk], done: int) -> list[Chunk]:
    """What is left of a batch after so many values."""
    left = []
    for chunk in batch:
        if done < len(chunk):
            left.append(chunk[done:])
        done = max(done - len(chunk), 0)
    return left


def caller(operator: Operator, loop: asyncio.AbstractEventLoop) -> Callable[..., Any] | None:
    """What calls the function: a coroutine runs on the event loop, while the thread waits."""
    function = operator.function
    if function is None or not operator.is_async:
        return function
    timeout_s = operator.timeout_s or None

    def call(*args: Any) -> Any:
        future = asyncio.run_coroutine_threadsafe(function(*args), loop)
        try:
            return future.result(timeout_s)
        except BaseException:
            future.cancel()
            raise

    return call
