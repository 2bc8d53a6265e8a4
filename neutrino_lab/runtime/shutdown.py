"""An end in good order when uvicorn gets a signal, and an end in any case soon after.

uvicorn closes sockets with 1012, waits for whatever still runs and leaves by raising the signal
again. Its handler is a method of the server, found where it installed it; where there is no such
handler (another server, a test client, a thread) nothing is done here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

from . import uvicorn_server

# Under two seconds, with some to spare for the interpreter's own end.
LIMIT_S = 1.5
# The server looks every 0.1 s whether to exit, and waits 0.1 s before it counts its connections.
SERVER_S = 0.3
# So much later it may be where the loop still answers: on a machine that has much else to do it has
# yet to tell callers that they are cut short.
LATE_S = 2.0
_ANSWER_S = 0.5
SIGNALS = (signal.SIGINT, signal.SIGTERM)

LOGGER = logging.getLogger("neutrino")


class Shutdown:
    """Between `install` and `remove` the first signal closes everything, then lets uvicorn exit.

    A server told to wait longer for its requests gets that much more time.
    """

    def __init__(self, close: Callable[[], Awaitable[None]], *, limit_s: float = LIMIT_S) -> None:
        self._close = close
        self._limit_s = limit_s
        self._server: Any = None
        self._handlers: dict[int, Callable[[int, FrameType | None], None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._ends_at: float | None = None
        self._is_begun = threading.Event()
        self._is_removed = threading.Event()

    def install(self) -> None:
        """Wrap the server's handlers of signals; only the main thread can, elsewhere nothing
        happens."""
        if threading.current_thread() is not threading.main_thread():
            return
        self._loop = asyncio.get_running_loop()
        for number in SIGNALS:
            server = uvicorn_server.handled_by(number)
            if server is not None:
                self._handlers[number] = signal.getsignal(number)  # type: ignore[assignment]
                self._server = server
                signal.signal(number, self._on_signal)
        if self._handlers:
            # Started now: a signal may come while the main thread holds the lock that starts one.
            threading.Thread(target=self._watch, name="neutrino-exit", daemon=True).start()

    def remove(self) -> None:
        """Put the server's handlers back, where nobody has replaced ours."""
        for number, handler in self._handlers.items():
            if signal.getsignal(number) == self._on_signal:
                signal.signal(number, handler)
        self._is_begun.set()
        self._is_removed.set()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._ends_at is None:
            waits_s = getattr(self._server.config, "timeout_graceful_shutdown", None) or 0
            self._ends_at = time.monotonic() + max(self._limit_s, waits_s + self._limit_s / 2)
            self._is_begun.set()
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._begin)
        elif number == signal.SIGINT:
            # uvicorn takes a second Ctrl+C as force, once it is about to exit.
            self._server.should_exit = True
            self._handlers[number](number, frame)

    def _begin(self) -> None:
        self._task = asyncio.ensure_future(self._end())

    async def _end(self) -> None:
        try:
            await self._close()
        except Exception:  # the process ends whatever happens
            LOGGER.exception("closing for the shutdown failed")
        finally:
            config = self._server.config
            if getattr(config, "timeout_graceful_shutdown", 0) is None:
                config.timeout_graceful_shutdown = max(0.1, self._left_s() - SERVER_S)
            # Not through uvicorn's handler, which would raise the signal again at the very end.
            self._server.should_exit = True

    def _left_s(self) -> float:
        assert self._ends_at is not None
        return max(0.0, self._ends_at - time.monotonic())

    def _wait_for_answers(self) -> None:
        """Let a loop that is alive come to the end of the server."""
        answered = threading.Event()
        with contextlib.suppress(RuntimeError):  # the loop has been closed
            assert self._loop is not None
            self._loop.call_soon_threadsafe(answered.set)
            if answered.wait(_ANSWER_S):
                self._is_removed.wait(LATE_S)

    def _watch(self) -> None:
        """End the process when its time is up, whatever a thread or the loop is stuck in."""
        self._is_begun.wait()
        if self._ends_at is None:
            return
        # Also after `remove`: the loop's own end or a thread may still hang, and uvicorn by itself
        # would by then have raised the signal again.
        time.sleep(self._left_s())
        self._wait_for_answers()
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(0)
