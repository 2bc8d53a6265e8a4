"""A call of a scheduled function that may not take longer than its schedule says."""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable
from typing import Any

from .. import threads
from ..threads import Threads


class TookTooLongError(Exception):
    """A run has taken longer than its `timeout`."""


async def call(
    function: Callable[[], Any], pool: Threads, limit_s: float, *, is_async: bool
) -> Any:
    """Call a coroutine function on the loop, and others in a thread.

    Raises TookTooLongError once the call has ended: a coroutine is cancelled, and a thread ends
    where it next runs Python. One that waits in C ends first, so that two runs never overlap.
    """
    thread = None if is_async else _Thread(function)
    task = asyncio.ensure_future(threads.call(thread or function, pool, is_on_loop=is_async))
    try:
        done, _ = await asyncio.wait({task}, timeout=limit_s)
        if done:
            return task.result()
        if thread is None or not thread.interrupt():
            task.cancel()
        await asyncio.wait({task})
    finally:
        task.cancel()
    if not task.cancelled():
        task.exception()  # it is known why, and nobody shall be told that it was not looked at
    raise TookTooLongError(f"it took longer than {limit_s:g} s and was ended") from None


class _Thread:
    """A function, and the thread that is in it: only there it is interrupted."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function
        self._lock = threading.Lock()
        self._ident: int | None = None

    def __call__(self) -> Any:
        with self._lock:
            self._ident = threading.get_ident()
        try:
            return self._function()
        finally:
            with self._lock:
                self._ident = None

    def interrupt(self) -> bool:
        """Raise in the thread as soon as it runs Python again; False where it is not in there."""
        with self._lock:
            if self._ident is None:
                return False
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._ident), ctypes.py_object(TookTooLongError)
            )
            return True
