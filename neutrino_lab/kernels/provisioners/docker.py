"""`docker`: a kernel in a container of an image, without network, rights or a writable root."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from functools import cache
from typing import Any

from traitlets import Unicode

from neutrino_lab.kernels.provisioners.environment import clean
from neutrino_lab.kernels.provisioners.process import ProcessProvisioner
from neutrino_lab.kernels.provisioners.users import USERS, is_root

_TRIAL_S = 20
_COMMAND_S = 10
_CLIENT = ("DOCKER_", "PATH", "HOME", "XDG_RUNTIME_DIR")
DEFAULT_IMAGE = "neutrino-kernel"


class DockerProvisioner(ProcessProvisioner):
    """A kernel in a container of its own; its sockets and its folder are those of this machine."""

    image = Unicode(DEFAULT_IMAGE, help="The image, which has Python and ipykernel.")

    isolation = "docker"

    def active_limits(self) -> dict[str, str]:
        bounds = self.bounds
        held = {
            "memory_mb": "docker --memory, for the container",
            "cpu_s": "docker --ulimit cpu, for each process",
            "processes": "docker --pids-limit, counting threads",
            "open_files": "docker --ulimit nofile, for each process",
            "file_mb": "docker --ulimit fsize",
            "folder_mb": "measured between executions",
        }
        network = {} if self.network else {"network": "none (docker --network none)"}
        kept = {name: how for name, how in held.items() if getattr(bounds, name)}
        return {**kept, **network, "files": "read-only but for its own folder"}

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        launch = await super().pre_launch(**kwargs)
        # The environment of docker itself; that of the kernel is in its arguments.
        own = {
            name: text
            for name, text in os.environ.items()
            if name.startswith(_CLIENT) or name in self.passed
        }
        return {**launch, "env": own}

    async def send_signal(self, signum: int) -> None:
        if self.process is None:
            return
        if signum in {signal.SIGINT, signal.SIGKILL, signal.SIGTERM}:
            await _docker("kill", "--signal", str(int(signum)), self._container)
        if signum == signal.SIGKILL:
            await super().send_signal(signum)

    async def cleanup(self, restart: bool = False) -> None:
        if self.root is not None:
            await _docker("rm", "--force", self._container)
        await super().cleanup(restart=restart)

    @property
    def _container(self) -> str:
        assert self.root is not None
        return f"neutrino-{self.root.name}"

    def _lend(self) -> int:
        return USERS.take() if is_root() else 0

    def _command(self, command: list[str]) -> list[str]:
        assert self.root is not None
        user = self.user or os.getuid()
        bounds = self.bounds
        options: dict[str, Any] = {
            "--name": self._container,
            "--user": f"{user}:{user if is_root() else os.getgid()}",
            "--network": "bridge" if self.network else "none",
            "--workdir": str(self.work),
            "--security-opt": "no-new-privileges",
            "--cap-drop": "ALL",
            "--pids-limit": bounds.processes or -1,
            **({"--memory": f"{bounds.memory_mb}m"} if bounds.memory_mb else {}),
        }
        ulimits = {
            "cpu": bounds.cpu_s,
            "nofile": bounds.open_files,
            "fsize": bounds.file_mb * 2**20,
        }
        docker = shutil.which("docker") or "docker"
        made = [docker, "run", "--rm", "--init", "--read-only"]
        for name, value in options.items():
            made += [name, str(value)]
        for name, value in ulimits.items():
            made += ["--ulimit", f"{name}={value}"] if value else []
        for name in ("work", "home", "tmp", "run"):
            made += ["--volume", f"{self.root / name}:{self.root / name}"]
        inside = clean({}, home=self.root / "home", scratch=self.root / "tmp")
        for name, text in inside.items():
            made += ["--env", f"{name}={text}"]
        for name in self.passed:
            made += ["--env", name]  # its value is in no list of processes
        # The interpreter is that of the image.
        return [*made, self.image, "python", *command[1:]]


async def _docker(*arguments: str) -> None:
    with suppress(OSError, asyncio.TimeoutError):
        process = await asyncio.create_subprocess_exec(
            shutil.which("docker") or "docker",
            *arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        await asyncio.wait_for(process.wait(), _COMMAND_S)


@cache
def refusal() -> str:
    """Ask the engine; say what keeps it from working, or nothing."""
    docker = shutil.which("docker")
    if docker is None:
        return "there is no docker command"
    try:
        tried = subprocess.run(  # noqa: S603
            [docker, "version", "--format", "{{.Server.Version}}"],
            capture_output=True,
            text=True,
            timeout=_TRIAL_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"docker does not start: {error}"
    return "" if tried.returncode == 0 else f"its engine is out of reach: {tried.stderr.strip()}"
