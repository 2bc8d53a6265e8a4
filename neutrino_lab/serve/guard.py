"""The first of two processes: it starts the one that runs user code, and ends all of it.

What runs there is given to `main`. The guard runs no user code itself, so nothing that a notebook
does can keep it from its work. It drains what is printed, and when the other or the supervisor
ends, however that comes about, it kills every process that is left. Standard library only, and a
syntax that Python 3.7 reads: a kernel whose Python is too old is to be told so, not to meet a
SyntaxError.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import Any, Callable, Dict, List, TextIO  # noqa: UP035 - see above

from .control import Channel

KEPT_BYTES = 64 * 1024
SENT_BYTES = 8 * 1024
_READ_BYTES = 64 * 1024
_REPORT_S = 0.25
_PATROL_S = 1.0
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER


Work = Callable[[Channel, Dict[str, Any]], None]  # noqa: UP006
"""What the guarded process does, with a line to the supervisor and the options it was given."""


def main(work: Work) -> None:
    """Fork: the child does its work, this process guards it. The command line holds the options as
    JSON: `control`, `lifeline` (inherited sockets), `parent` (pid), `memory_mb`, `grace_s`, and
    whatever the work asks for."""
    options = json.loads(sys.argv[1])
    _control_process(_DIE_WITH_PARENT, signal.SIGTERM)
    _control_process(_ADOPT_ORPHANS, 1)
    if os.getppid() != options["parent"]:
        os._exit(1)  # it died before the kernel knew that we want to die with it
    output, printed = os.pipe()
    guard = os.getpid()
    worker = os.fork()
    if worker == 0:
        os.close(output)
        os.close(options["lifeline"])
        _become_worker(work, options, guard, printed)
    os.close(printed)
    os.close(options["control"])
    lifeline = socket.socket(fileno=options["lifeline"])
    _Guard(worker, options["parent"], lifeline, output, options["grace_s"]).run()


class _Guard:
    def __init__(
        self, worker: int, parent: int, lifeline: socket.socket, output: int, grace_s: float
    ) -> None:
        self._worker = worker
        self._parent = parent
        self._lifeline = lifeline
        self._output = output
        self._grace_s = grace_s
        self._tail = bytearray()
        self._unsent = bytearray()
        self._dropped = 0
        self._reported = 0.0
        self._asked_to_end = False
        self._kill_at: float | None = None
        self._status: int | None = None

    def run(self) -> None:
        wake, signalled = os.pipe()
        for end in (wake, signalled, self._output):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(signalled, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        watched = [wake, self._output, self._lifeline]  # type: List[Any]
        while self._status is None and os.getppid() == self._parent:
            timeout = _REPORT_S if self._unsent or self._kill_at else _PATROL_S
            ready = select.select(watched, [], [], timeout)[0]
            if wake in ready:
                with suppress(BlockingIOError):
                    os.read(wake, 4096)
            if self._output in ready and not self._drain():
                watched.remove(self._output)
            if self._lifeline in ready and not self._lifeline.recv(4096):
                break
            self._tend()
        self._end_all()
        while self._drain(wait=False):
            pass
        self._report_exit()
        os._exit(0)

    def _ask(self, *_: object) -> None:
        self._asked_to_end = True

    def _tend(self) -> None:
        now = time.monotonic()
        if self._asked_to_end and self._kill_at is None:
            self._kill_at = now + self._grace_s
            with suppress(ProcessLookupError):
                os.kill(self._worker, signal.SIGTERM)
        if self._kill_at is not None and now >= self._kill_at:
            with suppress(ProcessLookupError):
                os.kill(self._worker, signal.SIGKILL)
        self._reap()
        if self._unsent and now - self._reported >= _REPORT_S:
            self._reported = now
            text = self._unsent.decode("utf-8", "replace")
            self._send({"event": "output", "text": text, "dropped": self._dropped})
            self._unsent.clear()
            self._dropped = 0

    def _drain(self, *, wait: bool = True) -> bool:
        """Take what was printed off the pipe, and keep the end of it."""
        try:
            chunk = os.read(self._output, _READ_BYTES)
        except BlockingIOError:
            return wait
        self._tail += chunk
        del self._tail[:-KEPT_BYTES]
        self._unsent += chunk
        self._dropped += max(0, len(self._unsent) - SENT_BYTES)
        del self._unsent[:-SENT_BYTES]
        return bool(chunk)

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self._worker:
                    self._status = status

    def _end_all(self) -> None:
        """Kill the worker, its group, and whatever it started that has since left the group."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._worker, signal.SIGKILL)
            for pid in _descendants(os.getpid()):
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            self._reap()
            try:
                if os.waitpid(-1, os.WNOHANG) == (0, 0):
                    time.sleep(0.002)
            except ChildProcessError:
                return

    def _report_exit(self) -> None:
        status = 0 if self._status is None else self._status
        ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0
        output = self._tail.decode("utf-8", "replace")
        self._lifeline.settimeout(2)
        Channel(self._lifeline).send(
            {"event": "exited", "code": code, "signal": ended_by, "output": output}
        )

    def _send(self, message: Dict[str, Any]) -> None:  # noqa: UP006
        """Send without waiting; a supervisor that is busy misses a piece of output."""
        line = json.dumps(message).encode() + b"\n"
        writable = select.select([], [self._lifeline], [], 0)[1]
        if writable:
            self._lifeline.settimeout(1)
            with suppress(OSError):
                self._lifeline.sendall(line)


def _descendants(root: int) -> List[int]:  # noqa: UP006
    """List the processes below one, as far as the system tells."""
    children = {}  # type: Dict[int, List[int]]
    with suppress(OSError):
        for name in os.listdir("/proc"):  # noqa: PTH208
            if name.isdigit():
                with suppress(OSError, ValueError):
                    children.setdefault(_parent_of(name), []).append(int(name))
    found = []  # type: List[int]
    pending = [root]
    while pending:
        below = children.get(pending.pop(), [])
        found += below
        pending += below
    return found


def _parent_of(pid: str) -> int:
    with open("/proc/" + pid + "/stat", "rb") as stat:  # noqa: PTH123
        # The name of the command stands in brackets and may hold anything.
        return int(stat.read().rpartition(b")")[2].split()[1])


def _become_worker(work: Work, options: Dict[str, Any], guard: int, printed: int) -> None:  # noqa: UP006
    os.setsid()
    _control_process(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != guard:
        os._exit(1)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    os.close(printed)
    _limit(options["memory_mb"])
    # Replaced: the old ones remember what kind of file stood behind the descriptor.
    sys.stdout = sys.__stdout__ = _stream(1)  # type: ignore[misc, assignment]
    sys.stderr = sys.__stderr__ = _stream(2)  # type: ignore[misc, assignment]
    connection = socket.socket(fileno=options["control"])
    connection.set_inheritable(False)
    work(Channel(connection), options)
    sys.exit(0)


def _stream(descriptor: int) -> TextIO:
    return open(
        descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
    )


def _limit(memory_mb: int) -> None:
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123
        # Where memory runs out, the notebook goes before the Jupyter server does.
        score.write("500")
    if memory_mb:
        resource = importlib.import_module("resource")  # not there on Windows
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))


def _control_process(option: int, value: int) -> None:
    """Call prctl(2), which is Linux's; elsewhere the guard notices by itself a second later."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
