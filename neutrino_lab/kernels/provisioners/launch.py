"""Sets the limits of a kernel and becomes it. A program: standard library, imports nothing of ours.

It runs between fork and exec of the kernel, where the Jupyter server, which has threads, may not.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from contextlib import suppress

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS
_KEYCTL = {"x86_64": 250, "aarch64": 219}  # the number of the system call
_JOIN_SESSION_KEYRING = 1


def main() -> None:
    """Apply the options in the first argument, as JSON, and become the program in the others."""
    options = json.loads(sys.argv[1])
    # Where memory runs out, it is not to be the server's that is taken.
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123
        score.write("500")
    for file in options["groups"]:
        with open(file, "w", encoding="ascii") as processes:  # noqa: PTH123
            processes.write(str(os.getpid()))
    for name, value in options["rlimits"].items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (most, most))
    if options["user"]:
        os.setgroups([])
        os.setgid(options["user"])
        os.setuid(options["user"])
    os.umask(options["umask"])
    # After the change of user, which takes it back.
    _control_process(_NO_NEW_PRIVILEGES, 1)
    _control_process(_DIE_WITH_PARENT, signal.SIGKILL)
    _leave_keyring()
    if options["parent"] and os.getppid() != options["parent"]:
        os._exit(1)
    os.execvpe(sys.argv[2], sys.argv[2:], os.environ)  # noqa: S606


def _control_process(option: int, value: int) -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _leave_keyring() -> None:
    """Begin a session keyring of its own: no namespace parts it from the server's."""
    number = _KEYCTL.get(os.uname().machine)
    if number is not None and sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).syscall(number, _JOIN_SESSION_KEYRING, None)


if __name__ == "__main__":
    main()
