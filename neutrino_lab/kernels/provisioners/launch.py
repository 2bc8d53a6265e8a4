"""Sets the limits of a kernel and becomes it. A program: standard library, imports nothing of ours.

It runs between fork and exec of the kernel, where the Jupyter server, which has threads, may not.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import resource
import signal
import struct
import sys
from contextlib import suppress

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS
_SET_SECCOMP = 22  # PR_SET_SECCOMP
_SECCOMP_FILTER = 2  # SECCOMP_MODE_FILTER
_STEP_BYTES = 8  # of a struct sock_filter
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
    if options["filter"]:
        _refuse_calls(base64.b64decode(options["filter"]))
    if options["parent"] and os.getppid() != options["parent"]:
        os._exit(1)
    os.execvpe(sys.argv[2], sys.argv[2:], os.environ)  # noqa: S606


def _control_process(option: int, value: int) -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _refuse_calls(code: bytes) -> None:
    """Install a filter of system calls; without it, nothing is run."""
    program = ctypes.create_string_buffer(code)
    head = struct.pack("@HP", len(code) // _STEP_BYTES, ctypes.addressof(program))
    given = ctypes.create_string_buffer(head)
    numbers = (_SECCOMP_FILTER, ctypes.addressof(given), 0, 0)
    if ctypes.CDLL(None).prctl(_SET_SECCOMP, *map(ctypes.c_ulong, numbers)) != 0:
        sys.exit("seccomp takes no filter here")


def _leave_keyring() -> None:
    """Begin a session keyring of its own: no namespace parts it from the server's."""
    number = _KEYCTL.get(os.uname().machine)
    if number is not None and sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).syscall(number, _JOIN_SESSION_KEYRING, None)


if __name__ == "__main__":
    main()
