"""A process that is spoken to in frames over its standard streams, and trusted in nothing."""

from __future__ import annotations

import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from typing import Any

from .worker import LENGTH

if sys.platform == "linux":
    import fcntl

MOST_BYTES = 64 * 2**20
"""What is longer is no answer to a batch."""
_WAKE_S = 0.5
_PAGE = 4096


class ChildError(Exception):
    """The process has ended, or does not answer as it should."""


class SilentChildError(ChildError):
    """The process has not answered, or not taken a frame, within `timeout_s`."""


class Child:
    """A process that ends with this one. One thread at a time speaks to it; any may `end` it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = _spawner().run(lambda: _started(command, environment))
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests = self._process.stdin.fileno()
        self._answers = self._process.stdout.fileno()
        os.set_blocking(self._requests, False)
        self._unread = bytearray()
        self._pipe_bytes = _size(self._requests)
        self._lock = threading.Lock()
        self._is_ended = False

    @property
    def pid(self) -> int:
        """The id of its process, as this side sees it."""
        return self._process.pid

    def takes_ahead(self, frame: bytes) -> bool:
        """Whether a frame can be sent while one is worked on: the pipe holds all of it."""
        return LENGTH.size + len(frame) <= self._pipe_bytes

    def send(self, frame: bytes, timeout_s: float) -> None:
        """Send a frame. Raises ChildError where it is not taken."""
        left = memoryview(LENGTH.pack(len(frame)) + frame)
        deadline = time.monotonic() + timeout_s if timeout_s else None
        while left:
            self._wait(self._requests, select.POLLOUT, deadline)
            try:
                left = left[os.write(self._requests, left[: 1 << 16]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise ChildError(self.why()) from error

    def receive(self, timeout_s: float) -> bytes:
        """Take the next frame; 0 waits for ever. Raises ChildError."""
        deadline = time.monotonic() + timeout_s if timeout_s else None
        while (frame := self._frame()) is None:
            self._wait(self._answers, select.POLLIN, deadline)
            part = os.read(self._answers, 1 << 20)
            if not part:
                raise ChildError(self.why())
            self._unread += part
        return frame

    def why(self) -> str:
        """Say how the process has ended, once it has or is made to."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_WAKE_S)
        code = self._process.poll()
        if code is None:
            return "it has closed its pipe"
        said = self._said()
        if code in (-9, 137):
            return "it was killed, as where memory runs out"
        ended = f"it ended by signal {-code}" if code < 0 else f"it ended with code {code}"
        return f"{ended}: {said}" if said else ended

    def end(self) -> None:
        """Kill the process and all that is in it, and wait for its end. Any thread may call it,
        again too."""
        with self._lock:
            if self._is_ended:
                return
            self._is_ended = True
        with suppress(OSError):
            self._process.kill()
        # It is gone at once, and whoever waits for an answer sees the end of the pipe.
        self._process.wait()

    def close(self) -> None:
        """End it and give back the pipes: to be called by who speaks to it."""
        self.end()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def _frame(self) -> bytes | None:
        """Give the first of what was read, if that is whole."""
        unread = self._unread
        if len(unread) < LENGTH.size:
            return None
        length = LENGTH.unpack_from(unread)[0]
        if length > MOST_BYTES:
            raise ChildError(f"it answered with {length:,} bytes; {MOST_BYTES:,} are the most")
        end = LENGTH.size + length
        if len(unread) < end:
            return None
        frame = bytes(unread[LENGTH.size : end])
        del unread[:end]
        return frame

    def _wait(self, descriptor: int, event: int, deadline: float | None) -> None:
        poll = select.poll()
        poll.register(descriptor, event)
        left_ms = None if deadline is None else max((deadline - time.monotonic()) * 1000, 0)
        if not poll.poll(left_ms):
            raise SilentChildError("it has not answered in time")

    def _said(self) -> str:
        """What it said before it was restricted."""
        stderr = self._process.stderr
        if stderr is None or stderr.closed:
            return ""
        os.set_blocking(stderr.fileno(), False)
        said = stderr.read() or b""
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else ""


def _started(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program
        command,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env=dict(environment),
        start_new_session=True,
    )


def _size(pipe: int) -> int:
    """How many bytes a pipe holds; a user who has many pipes gets small ones."""
    return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ) if sys.platform == "linux" else _PAGE


class _Spawner:
    """A thread that starts processes and never ends: the kernel ends them with their thread."""

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="neutrino-spawner", daemon=True).start()

    def run(self, task: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        future: Future[subprocess.Popen[bytes]] = Future()
        self._tasks.put((task, future))
        return future.result()

    def _work(self) -> None:
        while True:
            task, future = self._tasks.get()
            try:
                future.set_result(task())
            except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
                future.set_exception(error)


def _spawner() -> _Spawner:
    # Threads do not come along into a fork.
    return _spawner_of(os.getpid())


@cache
def _spawner_of(_process: int) -> _Spawner:
    return _Spawner()
