"""Which system calls a sandboxed process is refused: their numbers, by machine."""

from __future__ import annotations

from typing import NamedTuple


class Machine(NamedTuple):
    """`arch` is what the kernel calls it in a filter; `refused` fail with EPERM, as `keys` do.
    Processes are begun by `clone` alone, and `clone3` hides its flags from a filter: it is said
    not to exist. Numbers from `foreign` on are another calling convention; 0 where there is
    none."""

    arch: int
    clone: int
    clone3: int
    prlimit: int
    setns: int
    unshare: int
    keys: tuple[int, ...]
    foreign: int
    refused: tuple[int, ...]


_MACHINES = {
    "x86_64": Machine(
        arch=0xC000003E,
        clone=56,
        clone3=435,
        prlimit=302,
        setns=308,
        unshare=272,
        keys=(248, 249, 250),
        foreign=0x40000000,
        refused=(
            # other processes: fork, vfork, execve, execveat, ptrace, process_vm_*, kcmp
            *(57, 58, 59, 322, 101, 310, 311, 312),
            # kill, tkill, tgkill, *sigqueueinfo, pidfd_*
            *(62, 200, 234, 129, 297, 424, 434, 438),
            # the network: socket, connect, bind, listen
            *(41, 42, 49, 50),
            # memory and messages shared with others: shm*, msgget, semget, mq_open
            *(29, 30, 31, 68, 64, 240),
            # mounts
            *(165, 166, 155, 161, 428, 429, 430, 432, 442),
            # what Landlock leaves out: truncate, chmod, chown, utime, extended attributes
            *(76, 90, 91, 268, 452, 92, 93, 94, 260, 132, 235, 261, 280),
            *(188, 189, 190, 197, 198, 199, 463, 466),
            # large and old parts of the kernel: bpf, perf, io_uring, userfaultfd, handles
            *(321, 298, 425, 426, 427, 323, 304, 135),
            # the machine: modules, kexec, reboot, swap, names, ports, clocks, log
            *(175, 313, 176, 246, 320, 169, 167, 168, 170, 171, 172, 173),
            *(163, 179, 164, 159, 227, 305, 103),
        ),
    ),
    "aarch64": Machine(
        arch=0xC00000B7,
        clone=220,
        clone3=435,
        prlimit=261,
        setns=268,
        unshare=97,
        keys=(217, 218, 219),
        foreign=0,
        refused=(
            *(221, 281, 117, 270, 271, 272),
            *(129, 130, 131, 138, 240, 424, 434, 438),
            *(198, 203, 200, 201),
            *(194, 196, 195, 186, 190, 180),
            *(40, 39, 41, 51, 428, 429, 430, 432, 442),
            *(45, 52, 53, 452, 54, 55, 88),
            *(5, 6, 7, 14, 15, 16, 463, 466),
            *(280, 241, 425, 426, 427, 282, 265, 92),
            *(105, 273, 106, 104, 294, 142, 224, 225, 161, 162),
            *(89, 60, 170, 171, 112, 266, 116),
        ),
    ),
}


def of(machine: str) -> Machine | None:
    """Give what is known of a machine, as `platform.machine` names it."""
    return _MACHINES.get(machine)
