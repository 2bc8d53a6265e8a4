"""Users of the system that kernels run as, where the server may choose: root runs no kernel."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from functools import cache

from neutrino_lab import processes

# Far from people and services, and below what systemd gives to containers.
_FIRST = 61_200
_COUNT = 4_096
_TRIAL_S = 20


class Users:
    """Numbers of users, each lent to one kernel at a time, also where several servers lend them.

    A kernel's end is the end of all processes of its user.
    """

    def __init__(self) -> None:
        self._lent: dict[int, int] = {}
        self._next = 0

    def lend(self, python: str) -> int:
        """Give a user of its own to a kernel; 0 where the server may not, or Python not start."""
        return self.take() if is_root() and _starts(python) else 0

    def take(self) -> int:
        """Give a user, 0 if all are lent."""
        for _ in range(_COUNT):
            self._next = (self._next + 1) % _COUNT
            user = _FIRST + self._next
            if user not in self._lent and (claim := _claimed(user)) is not None:
                self._lent[user] = claim
                return user
        return 0

    def take_back(self, user: int) -> None:
        """Let a user be lent again; its processes have ended."""
        claim = self._lent.pop(user, None)
        if claim is not None:
            os.close(claim)


def _claimed(user: int) -> int | None:
    """Claim a user on this machine, for as long as the descriptor is open; None if another has it.

    The name of an abstract socket is the system's to give once, and to take back after a crash.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as claim:
        if sys.platform == "linux":
            try:
                claim.bind(f"\0neutrino-lab-user-{user}")
            except OSError:
                return None
        return claim.detach()


def is_root() -> bool:
    """Whether this process may become any user."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


@cache
def _starts(python: str) -> bool:
    """Tell whether a user without rights can run this interpreter: it may be in root's home."""
    try:
        tried = subprocess.run(  # noqa: S603 - the interpreter of a kernel
            [python, "-c", "import sys"],
            user=_FIRST,
            group=_FIRST,
            extra_groups=[],
            cwd="/",
            env={"PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TRIAL_S,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return False
    return tried.returncode == 0


def own_tasks() -> int:
    """Count the threads that this user runs already: RLIMIT_NPROC counts them all."""
    found = 0
    for pid in processes.of_user(os.getuid()):
        with suppress(OSError):
            found += len(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208
    return found


USERS = Users()
