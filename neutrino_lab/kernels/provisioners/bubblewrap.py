"""`bubblewrap`: a kernel that sees a read-only system, its own folder, and no network."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from neutrino_lab import processes
from neutrino_lab.kernels.provisioners.process import LAUNCH, ProcessProvisioner
from neutrino_lab.kernels.provisioners.users import USERS, is_root
from neutrino_lab.runtime.sandbox import filters

_TRIAL_S = 20
# What programs need of a system; the rest of it is not there.
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/opt")
_ETC = (
    *("alternatives", "ca-certificates", "fonts", "group", "ld.so.cache", "ld.so.conf"),
    *("ld.so.conf.d", "localtime", "mime.types", "nsswitch.conf", "passwd", "pki"),
    *("protocols", "services", "ssl", "timezone"),
)
_ETC_NETWORK = ("hosts", "resolv.conf", "gai.conf")
_PATHS = "import json, sys; print(json.dumps([sys.prefix, sys.base_prefix, *sys.path]))"


class BubblewrapProvisioner(ProcessProvisioner):
    """A kernel in namespaces of its own: no other process, no network, one folder to write to."""

    isolation = "bubblewrap"

    def active_limits(self) -> dict[str, str]:
        network = {} if self.network else {"network": "none (a network namespace of its own)"}
        calls = {"calls": "no keyrings, no namespaces of users (seccomp)"} if _refused() else {}
        files = {"files": "read-only but for its own folder"}
        return {**super().active_limits(), **network, **files, **calls}

    async def send_signal(self, signum: int) -> None:
        if signum != signal.SIGINT or self.process is None:
            await super().send_signal(signum)
            return
        # Bubblewrap itself would die of it: it is for what runs below its init.
        for pid in self._inside():
            with suppress(OSError):
                os.kill(pid, signum)

    def _inside(self) -> list[int]:
        assert self.process is not None
        init = processes.children(self.process.pid)
        return [child for each in init for child in processes.tree(each)[1:]]

    def _lend(self) -> int:
        # The paths are bubblewrap's own, so that root's home is no obstacle in there.
        return USERS.take() if is_root() else 0

    def _command(self, command: list[str]) -> list[str]:
        assert self.root is not None
        python = shutil.which(command[0]) or sys.executable
        more = [str(self.packages_folder)] if self.packages_folder is not None else []
        outer = wrapped(self.root, python, network=self.network, user=self.user, reads=more)
        # Bubblewrap makes its namespaces, as root if it can; what runs in them is somebody else
        # then, and makes no more of them.
        inner = self._launched(command, user=self.user, is_outer=False, refused=_refused())
        return self._launched([*outer, *inner], user=0, umask=0o022 if self.user else 0o077)


def wrapped(
    root: Path, python: str, *, network: bool, user: int, reads: Sequence[str] = ()
) -> list[str]:
    """Give the bubblewrap command that a kernel's own command follows; it may read `reads` too."""
    bwrap = shutil.which("bwrap") or "bwrap"
    etc = (*_ETC, *_ETC_NETWORK) if network else _ETC
    command = [bwrap, *_namespaces(user), *([] if network else ["--unshare-net"])]
    command += ["--die-with-parent", "--hostname", "kernel", "--proc", "/proc", "--dev", "/dev"]
    # First, since the kernel's folders may be in there.
    command += ["--bind", str(root / "tmp"), "/tmp"]  # noqa: S108
    for path in _SYSTEM:
        if Path(path).is_symlink():
            command += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).exists():
            command += ["--ro-bind", path, path]
    command += ["--dir", "/etc"]
    for name in etc:
        command += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    read = dict.fromkeys(
        [*_interpreter(python), *_interpreter(sys.executable), str(LAUNCH), *reads]
    )
    own = [str(root / name) for name in ("work", "home", "tmp", "run")]
    # Bubblewrap would make the folders above them, for itself alone.
    above = {str(each) for path in (*read, *own) for each in Path(path).parents}
    for path in sorted(above - {"/", "/tmp", *_SYSTEM}, key=len):  # noqa: S108
        command += ["--dir", path]
    for path in read:
        command += ["--ro-bind", path, path]
    for path in own:
        command += ["--bind", path, path]
    return [*command, "--chdir", str(root / "work"), "--"]


def _namespaces(user: int) -> list[str]:
    shared = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if user:
        return [*shared, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return [*shared, "--unshare-user"]


@cache
def _interpreter(python: str) -> tuple[str, ...]:
    """Give the folders that an interpreter is made of, those outside what is bound anyway."""
    listed = subprocess.run(  # noqa: S603 - the interpreter of a kernel
        [python, "-I", "-c", _PATHS], capture_output=True, text=True, timeout=_TRIAL_S, check=True
    )
    found: list[str] = []
    home = Path.home()
    for text in sorted(set(json.loads(listed.stdout)) | {str(Path(python).parent)}, key=len):
        path = Path(text)
        is_bound = any(path.is_relative_to(each) for each in (*_SYSTEM, *found))
        # A home or a root as a whole is no folder of an interpreter.
        if path.is_dir() and not is_bound and path not in {home, *home.parents}:
            found.append(text)
    return tuple(found)


@cache
def _refused() -> str:
    """Give the filter of system calls that a kernel is launched with; nothing where this system
    takes none."""
    found = base64.b64encode(filters.of_a_kernel()).decode()
    options = {"rlimits": {}, "groups": [], "user": 0, "umask": 0o077, "parent": 0, "filter": found}
    command = [sys.executable, "-I", "-S", str(LAUNCH), json.dumps(options), "true"]
    tried = subprocess.run(  # noqa: S603
        command, cwd="/", capture_output=True, timeout=_TRIAL_S, check=False
    )
    return "" if tried.returncode else found


@cache
def refusal() -> str:
    """Try bubblewrap; say what keeps it from working, or nothing."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return "bubblewrap is not installed (Debian, Fedora: the package `bubblewrap`)"
    command = [bwrap, *_namespaces(int(is_root())), "--unshare-net", "--die-with-parent"]
    command += ["--proc", "/proc", "--dev", "/dev", "--ro-bind", "/", "/", "true"]
    try:
        tried = subprocess.run(  # noqa: S603
            command, cwd="/", capture_output=True, text=True, timeout=_TRIAL_S, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"bubblewrap does not start: {error}"
    if tried.returncode:
        return f"bubblewrap may not make namespaces here: {tried.stderr.strip()[:300]}"
    return ""
