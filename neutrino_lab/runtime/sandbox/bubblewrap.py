"""Bubblewrap: a process that sees a read-only system, an interpreter, and nothing else."""

from __future__ import annotations

import os
import shutil
import site
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

# What programs need of a system; the rest of it is not there.
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/opt")
ETC = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")


def command(inner: Iterable[str], *, readable: Iterable[str]) -> list[str]:
    """Give what starts a command that reads these paths, writes nothing and reaches nobody."""
    made = [shutil.which("bwrap") or "bwrap", "--unshare-all", "--die-with-parent"]
    made += ["--new-session", "--clearenv", "--hostname", "operator"]
    for path in SYSTEM:
        if Path(path).is_symlink():
            made += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).exists():
            made += ["--ro-bind", path, path]
    for path in ETC:
        made += ["--ro-bind-try", path, path]
    for path in readable:
        made += ["--ro-bind", path, path]
    made += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--remount-ro", "/"]
    return [*made, "--chdir", "/", "--", *inner]


def interpreter() -> tuple[str, ...]:
    """Give the folders that this interpreter and its packages are made of, outside the system's."""
    named = [sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values()]
    if site.ENABLE_USER_SITE:
        named.append(site.getusersitepackages())
    # By links, as in a virtual environment, an interpreter may be another folder's.
    named += [os.path.realpath(sys.executable), str(Path(sys.executable).parent)]
    found: list[str] = []
    for text in sorted(dict.fromkeys(named), key=len):
        path = Path(text)
        is_covered = any(path.is_relative_to(each) for each in (*SYSTEM, *found))
        # A home or a root as a whole is no folder of an interpreter.
        if path.exists() and not is_covered and path not in {Path.home(), *Path.home().parents}:
            found.append(text)
    return tuple(found)
