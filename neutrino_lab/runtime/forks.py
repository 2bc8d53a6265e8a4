"""What user code forks runs that code to its end, and never serves.

A child of `os.fork()` is a copy of a server: it would answer at the same port, take what is meant
for the other one out of their common sockets, and run every schedule a second time.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from functools import cache
from types import FrameType
from typing import Any

from .problems import is_framework

# Its children leave by `os._exit` themselves, and run the user's code for as long as they live.
_LEAVES_BY_ITSELF = "multiprocessing.popen_fork"
_ENDING = {signal.SIGTERM, signal.SIGINT}


class Forks:
    """Looks after every child that this process has by a fork; `server` is the uvicorn in it."""

    def __init__(self) -> None:
        self.server: Any = None
        self._masks = threading.local()
        os.register_at_fork(
            before=self._hold_signals,
            after_in_parent=self._release_signals,
            after_in_child=self._begin,
        )

    def _hold_signals(self) -> None:
        # What is sent to a child at once would else meet the server's handlers there.
        if self.server is not None:
            self._masks.old = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)

    def _release_signals(self) -> None:
        old = getattr(self._masks, "old", None)
        if old is not None:
            self._masks.old = None
            signal.pthread_sigmask(signal.SIG_SETMASK, old)

    def _begin(self) -> None:
        """Run in the child, before `fork` returns there."""
        if self.server is not None:
            _close(self.server)
            # The server's own handlers would keep `terminate()` from ending a worker of a pool.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self.server = None
        self._release_signals()
        frame, last = sys._getframe().f_back, None
        forked_at = frame
        while frame is not None and not is_framework(frame.f_code.co_filename):
            if frame.f_globals.get("__name__") == _LEAVES_BY_ITSELF:
                return
            last, frame = frame, frame.f_back
        if frame is None or last is None or forked_at is None:
            return  # not below anything of ours: a thread of the user's own, which just ends
        place = f"{forked_at.f_code.co_filename}:{forked_at.f_lineno}"

        def profile(ended: FrameType, event: str, _argument: Any) -> None:
            # Also when a coroutine waits: the loop that it waits for is not its own.
            if ended is last and event == "return":
                _leave(place)

        sys.setprofile(profile)


@cache
def watched() -> Forks:
    """Watch this process, once: what is registered cannot be taken back."""
    return Forks()


def _close(server: Any) -> None:
    """Put nothing in the place of the server's sockets, which would stay open as long as this
    process does, and which whatever ends here would write to."""
    sockets = [socket for each in getattr(server, "servers", ()) for socket in each.sockets]
    for connection in list(server.server_state.connections):
        transport = getattr(connection, "transport", None)
        if transport is not None:
            sockets.append(transport.get_extra_info("socket"))
    nothing = os.open(os.devnull, os.O_RDWR)
    for each in sockets:
        with suppress(Exception):
            os.dup2(nothing, each.fileno(), inheritable=False)
    os.close(nothing)


def _leave(place: str) -> None:
    text = (
        f"neutrino: {place} has forked: its child has run to the end of what called it, and serves "
        "nothing. Use subprocess or multiprocessing.\n"
    )
    with suppress(OSError):
        os.write(2, text.encode("utf-8", "replace"))
    os._exit(0)
