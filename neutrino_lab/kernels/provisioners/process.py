"""`process`: a kernel with a folder, limits and, where the server is root, a user of its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool, Dict, List, Unicode

from neutrino_lab import processes
from neutrino_lab.kernels import checks, files
from neutrino_lab.kernels.limits import Limits
from neutrino_lab.kernels.provisioners import cgroups
from neutrino_lab.kernels.provisioners.environment import clean
from neutrino_lab.kernels.provisioners.users import USERS, is_root, own_tasks

MB = 2**20
LAUNCH = Path(__file__).with_name("launch.py")


class ProcessProvisioner(LocalProvisioner):
    """A kernel in a process group, a 0700 folder and an environment of its own, within limits.

    It listens on Unix sockets in that folder. Without a user of its own, which only root can give
    it, it may still read what the server's user may read, and has the network: see
    docs/execution.md.
    """

    base = Unicode("", help="Where its folder is made; a temporary one if empty.")
    limits = Dict(help="Limits by their names, as in neutrino_lab.kernels.limits.Limits.")
    network = Bool(False, help="Let it use the network, where it can be kept from that.")
    packages = Bool(False, help="Give it a folder of packages, which it cannot write to.")
    passed = List(Unicode(), help="Names of environment variables that the kernel is given.")

    isolation = "process"
    root: Path | None = None
    packages_folder: Path | None = None
    user = 0
    group: cgroups.Group | None = None

    @property
    def writable(self) -> tuple[Path, ...]:
        """The folders that user code may write to, which count against `folder_mb`."""
        return tuple(self.work.with_name(name) for name in ("work", "home", "tmp"))

    @property
    def work(self) -> Path:
        """The folder that the kernel runs in; only once it was launched."""
        assert self.root is not None
        return self.root / "work"

    @property
    def python(self) -> str:
        """The path of the interpreter that the kernel runs under."""
        first = self.kernel_spec.argv[0] if self.kernel_spec.argv else ""
        # As Jupyter starts it, whatever `python` is on the path.
        if checks.is_own_interpreter(first):
            return sys.executable
        return shutil.which(first) or sys.executable

    @property
    def bounds(self) -> Limits:
        """The limits of the kernel, as its kernelspec gives them."""
        return Limits(**self.limits)

    def active_limits(self) -> dict[str, str]:
        """Say which limits hold, by their names, and by what means in words."""
        bounds, grouped = self.bounds, self.group.folders if self.group else {}
        tasks = "RLIMIT_NPROC, counting threads"
        tasks += "" if self.user else " beside those of the server's user"
        named = {
            "memory_mb": "RLIMIT_DATA, for each process",
            "cpu_s": "RLIMIT_CPU, for each process",
            "processes": tasks if self.user or not is_root() else "",  # those of root do not count
            "open_files": "RLIMIT_NOFILE, for each process",
            "file_mb": "RLIMIT_FSIZE",
            "folder_mb": "measured between executions",
        }
        if "memory" in grouped:
            named["memory_mb"] += "; a control group, for all of them"
        if "pids" in grouped:
            named["processes"] = "a control group, counting threads"
        return {name: how for name, how in named.items() if how and getattr(bounds, name)}

    def memory_mb(self) -> float:
        """Say how much memory the kernel and its children use."""
        return processes.memory_mb(self._pids())

    def is_overrun(self) -> bool:
        """Tell whether it holds so many processes that it cannot go on."""
        most = self.bounds.processes
        return self.group is not None and most > 0 and self.group.tasks() >= 0.9 * most

    def out_of_memory_kills(self) -> int:
        """Count the kernel's processes that were killed for memory."""
        return self.group.out_of_memory_kills() if self.group else 0

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Make the folder, and give what the kernel is launched with: a clean environment, its user
        and its limits. The folder that was asked for is left out."""
        manager = self.parent
        assert manager is not None
        kwargs.pop("cwd", None)
        asked = kwargs.pop("env", None) or {}
        root = self._make_root()
        manager.transport = "ipc"
        manager.cache_ports = False
        if not Path(manager.connection_file).is_relative_to(root):
            manager.connection_file = str(root / "run" / "connection.json")
            manager.ip = str(root / "run" / "k")
        environment = clean(
            os.environ,
            home=root / "home",
            scratch=root / "tmp",
            passed=[*self.passed, *(name for name in ("KERNEL_USERNAME",) if name in asked)],
        )
        if self.packages_folder is not None:
            environment["NEUTRINO_PACKAGES"] = str(self.packages_folder)
        launch = await super().pre_launch(env=environment, **kwargs)
        if self.user:
            for path in (root, *root.rglob("*")):
                os.chown(path, self.user, self.user, follow_symlinks=False)
        return {**launch, "cwd": str(self.work), "cmd": self._command(launch["cmd"])}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Launch the kernel in a process group of its own; what it prints by itself is dropped."""
        # `independent` for launch_kernel: the kernel is to end with us, and launch.py sees to that.
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return await super().launch_kernel(cmd, **{**kwargs, **quiet, "independent": True})

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and all that it has started."""
        left = self._pids()
        await super().kill(restart=restart)
        await asyncio.to_thread(self._end_all, left)

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel; an interrupt of one that has ended is dropped."""
        if signum == signal.SIGINT and self.process is not None and self.process.poll() is not None:
            return
        await super().send_signal(signum)

    async def cleanup(self, restart: bool = False) -> None:
        """End all processes that are left, give back the user, and remove the folders; on a restart
        they stay."""
        await super().cleanup(restart=restart)
        if restart or self.root is None:
            return
        await asyncio.to_thread(self._end_all, [])
        USERS.take_back(self.user)
        root, self.root, self.user = self.root, None, 0
        group, self.group = self.group, None
        if group is not None:
            await asyncio.to_thread(group.remove)
        await asyncio.to_thread(files.remove, root)
        folder, self.packages_folder = self.packages_folder, None
        if folder is not None:
            await asyncio.to_thread(files.remove, folder)

    def _end_all(self, pids: list[int]) -> None:
        """End what a kernel may have left behind, also what is being forked meanwhile."""
        processes.kill(pids)
        if self.user or self.group:
            processes.kill_all(self._members)

    def _members(self) -> list[int]:
        found = processes.of_user(self.user) if self.user else []
        return found or (self.group.pids() if self.group else [])

    def _pids(self) -> list[int]:
        if found := self._members():
            return found
        return processes.tree(self.process.pid) if self.process is not None else []

    def _make_root(self) -> Path:
        if self.root is None:
            if not self.base:
                self.root = Path(tempfile.mkdtemp(prefix="neutrino-"))
            else:
                self.root = Path(self.base) / self.kernel_id.replace("-", "")[:20]
                self.root.mkdir(mode=0o700)
            self.user = self._lend()
            bounds = self.bounds
            sizes = {"memory": bounds.memory_mb * MB, "pids": bounds.processes}
            self.group = cgroups.make(f"neutrino-{self.root.name}", sizes)
            for name in ("work", "home", "tmp", "run"):
                (self.root / name).mkdir(mode=0o700)
            if self.packages:
                # Not in its own folder, where it could put a link in its place.
                self.packages_folder = self.root.with_name(f"{self.root.name}-packages")
                self.packages_folder.mkdir(mode=0o755)
        else:
            files.remove(self.root / "tmp")
            (self.root / "tmp").mkdir(mode=0o700)
        return self.root

    def _lend(self) -> int:
        return USERS.lend(self._python())

    def _python(self) -> str:
        first = self.kernel_spec.argv[0] if self.kernel_spec.argv else ""
        found = shutil.which(first) if Path(first).is_absolute() else None
        return found or sys.executable

    def _command(self, command: list[str]) -> list[str]:
        return self._launched(command, user=self.user)

    def _launched(
        self,
        command: list[str],
        *,
        user: int,
        is_outer: bool = True,
        umask: int = 0o077,
        refused: str = "",
    ) -> list[str]:
        """Put before a command the program that sets its limits, and a filter of the system calls
        that are refused."""
        options = {
            "rlimits": self._rlimits(),
            "groups": self.group.files if self.group and is_outer else [],
            "user": user,
            "umask": umask,
            "parent": os.getpid() if is_outer else 0,
            "filter": refused,
        }
        return [sys.executable, "-I", "-S", str(LAUNCH), json.dumps(options), *command]

    def _rlimits(self) -> dict[str, int]:
        bounds = self.bounds
        tasks = bounds.processes + (0 if self.user else own_tasks())
        wanted = {
            "RLIMIT_DATA": bounds.memory_mb * MB,
            "RLIMIT_CPU": bounds.cpu_s,
            "RLIMIT_NPROC": tasks if bounds.processes else 0,
            "RLIMIT_NOFILE": bounds.open_files,
            "RLIMIT_FSIZE": bounds.file_mb * MB,
        }
        return {**{name: value for name, value in wanted.items() if value}, "RLIMIT_CORE": 0}
