"""The threads that flows take turns in, and the watchdog that ends an operator which does not end.

An operator runs beside the event loop: one that computes or waits for long holds up its own flow,
and neither requests nor other flows.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from .values import InterruptedOperatorError

if TYPE_CHECKING:
    from .flow import Flow

MOST_THREADS = 32
IDLE_S = 10.0
LOOK_S = 0.1


class Workers:
    """Threads that come when they are needed and go when they are idle. Where a flow makes no
    progress for its `timeout_s` (0 is never), it is interrupted."""

    def __init__(self, *, most: int = MOST_THREADS, look_s: float = LOOK_S) -> None:
        self._most = most
        self._look_s = look_s
        self._waiting: deque[Flow] = deque()
        self._changed = threading.Condition()
        self._threads = 0
        self._idle = 0
        self._running: dict[int, Flow] = {}
        self._is_watched = False

    def add(self, flow: Flow) -> None:
        """Let a flow have its turn; it is never in two threads if it is added once at a time."""
        with self._changed:
            self._waiting.append(flow)
            if self._idle >= len(self._waiting):
                self._changed.notify()
            elif self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._work, name="neutrino-stream", daemon=True).start()

    def _work(self) -> None:
        me = threading.get_ident()
        while (flow := self._next()) is not None:
            self._running[me] = flow
            if flow.timeout_s and not self._is_watched:
                self._watch()
            try:
                has_more = flow.take_turn()
            finally:
                del self._running[me]
            if has_more:
                # This thread takes the next turn: none needs to be woken for one more.
                with self._changed:
                    self._waiting.append(flow)

    def _next(self) -> Flow | None:
        with self._changed:
            while not self._waiting:
                self._idle += 1
                is_told = self._changed.wait(IDLE_S)
                self._idle -= 1
                if not is_told and not self._waiting:
                    self._threads -= 1
                    return None
            return self._waiting.popleft()

    def _watch(self) -> None:
        with self._changed:
            if self._is_watched:
                return
            self._is_watched = True
        threading.Thread(target=self._look, name="neutrino-watchdog", daemon=True).start()

    def _look(self) -> None:
        """Look at the progress of what runs; to look costs an operator nothing."""
        seen: dict[int, tuple[Flow, int, float]] = {}
        idle_since = time.monotonic()
        while True:
            time.sleep(self._look_s)
            now = time.monotonic()
            running = dict(self._running)
            if running:
                idle_since = now
            elif now - idle_since > IDLE_S:
                with self._changed:
                    if not self._running:
                        self._is_watched = False
                        return
            before, seen = seen, {}
            for thread, flow in running.items():
                old = before.get(thread)
                since = now
                if old is not None and old[0] is flow and old[1] == flow.progress:
                    since = old[2]
                seen[thread] = (flow, flow.progress, since)
                if flow.timeout_s and now - since > flow.timeout_s:
                    flow.interrupt()
                    seen[thread] = (flow, flow.progress, now)


def raise_in(thread: int) -> None:
    """Raise in a thread as soon as it runs Python again: what waits in C ends first."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), ctypes.py_object(InterruptedOperatorError)
    )
