"""`neutrino run --docker`: makes an image of a build, runs it, and passes on what Docker says."""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from neutrino_lab.runtime.errors import NeutrinoError

PORT = 8000
LAST_LINES = 15
_HOST_NETWORK = "host"
_SERVER = ("uvicorn", "main:app", "--http", "runtime.http.uvicorn_protocol:Protocol")
_OURS = "NEUTRINO_"


class DockerError(NeutrinoError):
    """Docker has not done what it was told to; the message has what it said last."""

    code = "docker-failed"


@dataclass(frozen=True, slots=True)
class Docker:
    """The docker command at `program`. `network` is that of the build and of the container; further
    arguments go to `docker build` and `docker run` as they are."""

    program: str
    network: str = ""
    build_args: tuple[str, ...] = ()
    build_arguments: tuple[str, ...] = ()
    run_arguments: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise DockerError where no engine answers, before anything is built."""
        asked = [self.program, "version", "--format", "{{.Server.Version}}"]
        ran = subprocess.run(asked, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603
        if ran.returncode:
            said = _last(ran.stderr.splitlines() or ran.stdout.splitlines(), 3)
            raise DockerError(
                f"no Docker engine answers; start it, or name it in DOCKER_HOST{said}"
            )

    def build(self, folder: Path, image: str) -> None:
        """Make the image, with what Docker says on standard error. Raises DockerError."""
        command = [self.program, "build", "-t", image]
        command += ["--network", self.network] if self.network else []
        for each in self.build_args:
            command += ["--build-arg", each]
        last: deque[str] = deque(maxlen=LAST_LINES)
        with subprocess.Popen(  # noqa: S603
            [*command, *self.build_arguments, str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                sys.stderr.write(line)
                sys.stderr.flush()
                if line.strip():
                    last.append(line.rstrip())
        if process.returncode:
            raise DockerError(f"`docker build` failed{_last(last, LAST_LINES)}")

    def run(self, image: str, host: str, port: int, environment: Mapping[str, str]) -> int:
        """Run the image until it ends; gives its exit code. Our own variables go along."""
        command = self.command(image, host, port, environment)
        with subprocess.Popen(command) as process:  # noqa: S603
            try:
                return process.wait()
            except KeyboardInterrupt:
                # The command passes it on; were it killed, the container would go on.
                process.terminate()
                process.wait()
                raise

    def command(
        self, image: str, host: str, port: int, environment: Mapping[str, str]
    ) -> Sequence[str]:
        """The whole `docker run`. Values of variables are not in it, as others could read them."""
        command = [self.program, "run", "--rm"]
        for name in sorted(environment):
            command += ["-e", name] if name.startswith(_OURS) else []
        if self.network:
            command += ["--network", self.network]
        if self.network == _HOST_NETWORK:
            # The container has no ports of its own that could be published.
            own = (*_SERVER, "--host", host, "--port", str(port))
            return [*command, *self.run_arguments, image, *own]
        address = f"[{host}]" if ":" in host else host
        publish = ["-p", f"{address}:{port}:{PORT}"]
        return [*command, *publish, *self.run_arguments, image]


def _last(lines: Sequence[str] | deque[str], most: int) -> str:
    kept = list(lines)[-most:]
    return "; it said last:\n" + "\n".join(f"  {line}" for line in kept) if kept else ""
