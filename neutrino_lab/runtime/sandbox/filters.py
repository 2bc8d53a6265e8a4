"""Filters of system calls, as the programs that seccomp takes; empty where a machine is unknown."""

from __future__ import annotations

import platform
import struct
from collections.abc import Iterable
from typing import NamedTuple

from . import syscalls

STEP_BYTES = 8
"""As long is each instruction of a program."""

# linux/filter.h and linux/seccomp.h
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_NUMBER, _ARCH, _ARGUMENT = 0, 4, 16
# linux/sched.h
_CLONE_THREAD, _CLONE_NEWUSER = 0x10000, 0x10000000

_Step = tuple[int, int, int, int]


class _Condition(NamedTuple):
    """A call that depends on its first argument: what becomes of it where the test holds, and
    where it does not."""

    call: int
    test: int
    operand: int
    then: _Step
    otherwise: _Step


_PASS: _Step = (_RETURN, 0, 0, _ALLOW)
_REFUSE: _Step = (_RETURN, 0, 0, _ERRNO | _EPERM)


def of_an_operator() -> bytes:
    """Refuse other processes, sockets, signals, files and all that changes the machine."""
    machine = syscalls.of(platform.machine())
    if machine is None:
        return b""
    return _program(
        machine,
        [*machine.refused, *machine.keys, machine.setns, machine.unshare],
        [
            # A thread may be begun, a process may not.
            _Condition(machine.clone, _ANY_BIT, _CLONE_THREAD, _PASS, _REFUSE),
            # Limits are asked and set for this process alone.
            _Condition(machine.prlimit, _EQUAL, 0, _PASS, _REFUSE),
        ],
    )


def of_a_kernel() -> bytes:
    """Refuse keyrings, which no namespace divides, and namespaces of users, in which a program has
    all rights of root."""
    machine = syscalls.of(platform.machine())
    if machine is None:
        return b""
    return _program(
        machine,
        [*machine.keys, machine.setns],
        [
            _Condition(call, _ANY_BIT, _CLONE_NEWUSER, _REFUSE, _PASS)
            for call in (machine.clone, machine.unshare)
        ],
    )


def _program(
    machine: syscalls.Machine, refused: Iterable[int], conditions: Iterable[_Condition]
) -> bytes:
    """Write a filter as instructions: code, steps if true, steps if false, operand."""
    code: list[_Step] = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, machine.arch),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine.foreign:
        code += [(_AT_LEAST, 0, 1, machine.foreign), _REFUSE]
    code += [(_EQUAL, 0, 1, machine.clone3), (_RETURN, 0, 0, _ERRNO | _ENOSYS)]
    for number in refused:
        code += [(_EQUAL, 0, 1, number), _REFUSE]
    for call, test, operand, then, otherwise in conditions:
        code += [(_EQUAL, 0, 4, call), (_LOAD, 0, 0, _ARGUMENT)]
        code += [(test, 0, 1, operand), then, otherwise]
    return b"".join(struct.pack("=HBBI", *each) for each in [*code, _PASS])
