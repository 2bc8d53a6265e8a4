"""Starts a project the two ways it can be served, as a user would: from source, and exported."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

Target = Literal["run", "build", "needed"]
TARGETS: tuple[Target, ...] = ("run", "build")
# Also the export of those cells alone that the endpoints need.
HTTP_TARGETS: tuple[Target, ...] = (*TARGETS, "needed")

# The exported app must not need our package: importing it fails here.
_PLAIN_UVICORN = "import sys; sys.modules['neutrino_lab'] = None; import uvicorn; uvicorn.main()"
_ADDRESS = re.compile(r"http://(127\.0\.0\.1:\d+)")
_START_S = 30
_BUILDS = TemporaryDirectory()


@dataclass(frozen=True)
class Served:
    """A server that answers at `address` (host:port); `log` is what it has printed."""

    address: str
    process: subprocess.Popen[str]
    log: list[str]


def neutrino(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "neutrino_lab.cli", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


def project(source: Path, folder: Path) -> Path:
    """Copy a notebook, or a folder of them, into a project that holds nothing else."""
    if source.is_dir():
        return Path(shutil.copytree(source, folder / source.name))
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(source, folder))


@cache
def build(source: Path, *flags: str) -> Path:
    """Export a project, once however often it is served: a served build writes nothing."""
    folder = Path(_BUILDS.name, str(len(list(Path(_BUILDS.name).iterdir()))))
    out = folder / "build"
    built = neutrino("build", str(project(source, folder / "project")), "--out", str(out), *flags)
    assert built.returncode == 0, built.stdout + built.stderr
    return out


@contextmanager
def serve(target: Target, source: Path, folder: Path, **environment: str) -> Iterator[Served]:
    """Serve a project and stop it in the end as an operator would, by SIGTERM."""
    if target == "run":
        path = project(source, folder / "project")
        command = [sys.executable, "-m", "neutrino_lab.cli", "run", str(path), "--port", "0"]
        cwd = folder
    else:
        cwd = build(source, *(["--only-needed"] if target == "needed" else []))
        command = [sys.executable, "-c", _PLAIN_UVICORN, "main:app", "--port", "0"]
    with subprocess.Popen(
        command,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": "", **environment},
    ) as process:
        log: list[str] = []
        found = threading.Event()
        address: list[str] = []
        reader = threading.Thread(target=_collect, args=(process, log, address, found))
        reader.start()
        try:
            found.wait(_START_S)
            assert address, "".join(log)
            yield Served(address[0], process, log)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
            reader.join()


def _collect(
    process: subprocess.Popen[str], log: list[str], address: list[str], found: threading.Event
) -> None:
    """Keep what the server prints; the first address in it says that it listens."""
    assert process.stdout
    for line in process.stdout:
        log.append(line)
        match = _ADDRESS.search(line)
        if match and not address:
            address.append(match[1])
            found.set()
    found.set()
