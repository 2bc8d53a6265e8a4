"""What a process can take from itself for good: memory, files, network, other processes.

The sandboxed process loads this folder by its path, and nothing else of the runtime.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
from collections.abc import Iterable

from . import filters

OPEN_FILES = 64

_DIE_WITH_PARENT, _NO_NEW_PRIVILEGES, _SET_SECCOMP = 1, 38, 22
_SECCOMP_FILTER = 2

# linux/landlock.h
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3


class RestrictionError(OSError):
    """The kernel does not let a process restrict itself so."""


def limit(memory_mb: int) -> None:
    """Limit memory, open files and dumps; no file can be written, wherever it is."""
    for kind, value in (
        (resource.RLIMIT_DATA, memory_mb * 2**20),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (most, most))


def end_with_parent() -> None:
    """Be killed when the thread ends that has started this process."""
    _control(_DIE_WITH_PARENT, signal.SIGKILL)


def refuse_calls() -> None:
    """Refuse system calls: other processes, sockets, signals. Raises RestrictionError."""
    code = filters.of_an_operator()
    if not code:
        raise RestrictionError(f"no filter of system calls is known for {os.uname().machine}")
    program = ctypes.create_string_buffer(code)
    head = struct.pack("@HP", len(code) // filters.STEP_BYTES, ctypes.addressof(program))
    given = ctypes.create_string_buffer(head)
    _control(_NO_NEW_PRIVILEGES, 1)
    _control(_SET_SECCOMP, _SECCOMP_FILTER, ctypes.addressof(given))


def landlock_version() -> int:
    """Give the version of Landlock in this kernel, 0 where it has none."""
    return max(_call(_CREATE, None, 0, _VERSION), 0)


def read_only_these(paths: Iterable[str]) -> None:
    """Let nothing be read but what is beneath these paths, nothing be written, and no port be
    reached. Raises RestrictionError."""
    version = landlock_version()
    if not version:
        raise RestrictionError("the kernel has no Landlock, or it is turned off")
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    attributes = struct.pack("=QQQ", files, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    attributes = attributes[: 24 if version >= 6 else 16 if version >= 4 else 8]
    rules = _call(_CREATE, attributes, len(attributes), 0)
    if rules < 0:
        raise RestrictionError("Landlock makes no rules here")
    try:
        for path in paths:
            _allow_reading(rules, path)
        _control(_NO_NEW_PRIVILEGES, 1)
        if _call(_RESTRICT, rules, 0) < 0:
            raise RestrictionError("Landlock does not restrict a process here")
    finally:
        os.close(rules)


def _allow_reading(rules: int, path: str) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no rule
    try:
        rights = _READ_FILE | (_READ_DIR if os.path.isdir(path) else 0)  # noqa: PTH112
        if _call(_ADD, rules, _PATH_BENEATH, struct.pack("=Qi", rights, opened), 0) < 0:
            raise RestrictionError(f"Landlock takes no rule for {path}")
    finally:
        os.close(opened)


def _control(option: int, *values: int) -> None:
    arguments = [ctypes.c_ulong(each) for each in (*values, 0, 0, 0, 0)[:4]]
    if _LIBRARY.prctl(option, *arguments) != 0:
        number = ctypes.get_errno()
        raise RestrictionError(number, f"prctl {option}: {os.strerror(number)}")


def _call(number: int, *values: object) -> int:
    arguments = [ctypes.c_long(each) if isinstance(each, int) else each for each in values]
    return int(_LIBRARY.syscall(ctypes.c_long(number), *arguments))


_LIBRARY = ctypes.CDLL(None, use_errno=True)
