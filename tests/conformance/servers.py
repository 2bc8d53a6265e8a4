"""Starts a project the ways it can be served, as a user would: from source, exported, and in
JupyterLab."""

from __future__ import annotations

import atexit
import io
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Literal

from neutrino_lab.cli import main
from tests.conformance.cases import NOT_IN_JUPYTER, Case
from tests.jupyter_process import JupyterServer

# "worker" is a served notebook in JupyterLab, called through the Jupyter server; "needed" is the
# export of those cells alone that the endpoints need.
Target = Literal["run", "build", "worker", "needed"]
TARGETS: tuple[Target, ...] = ("run", "build", "worker")
# Those that ask who calls by themselves, and serve whole folders.
STANDALONE: tuple[Target, ...] = ("run", "build")

# The exported app must not need our package: importing it fails here.
_PLAIN_UVICORN = "import sys; sys.modules['neutrino_lab'] = None; import uvicorn; uvicorn.main()"
_ADDRESS = re.compile(r"http://((?:127\.0\.0\.1|0\.0\.0\.0):\d+)")
_START_S = 120
_BUILDS = TemporaryDirectory()


@dataclass(frozen=True)
class Served:
    """A server that answers at `address` (host:port, in JupyterLab with a path); `log` is what it
    has printed, and `source` what it serves, which may be edited."""

    address: str
    process: subprocess.Popen[Any]
    log: list[str]
    source: Path


def targets_of(case: Case) -> tuple[Target, ...]:
    """The ways in which a case can be played: JupyterLab serves single notebooks."""
    is_apart = case["notebook"].is_dir() or case["id"] in NOT_IN_JUPYTER
    return STANDALONE if is_apart else TARGETS


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
    arguments = ["build", str(project(source, folder / "project")), "--out", str(out), *flags]
    # Here and not in a process of its own: the imports would take most of its time.
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        code = main(arguments)
    assert code == 0, printed.getvalue()
    return out


@contextmanager
def serve(
    target: Target, source: Path, folder: Path, *flags: str, **environment: str
) -> Iterator[Served]:
    """Serve a project and stop it in the end as an operator would, by SIGTERM.

    `flags` are those that `run` and uvicorn know alike, such as `--host`.
    """
    if target == "worker":
        with _in_jupyter(source, environment) as served:
            yield served
        return
    path = source
    if target == "run":
        path = project(source, folder / "project")
        command = [
            sys.executable,
            "-m",
            "neutrino_lab.cli",
            "run",
            str(path),
            "--port",
            "0",
            *flags,
        ]
        cwd = folder
    else:
        cwd = build(source, *(["--only-needed"] if target == "needed" else []))
        command = [sys.executable, "-c", _PLAIN_UVICORN, "main:app", "--port", "0", *flags]
        if target == "needed":
            command += ["--http", "runtime.http.uvicorn_protocol:Protocol"]
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
            yield Served(address[0], process, log, path)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
            reader.join()


@contextmanager
def _in_jupyter(source: Path, environment: Mapping[str, str]) -> Iterator[Served]:
    """Serve a notebook in JupyterLab for as long as the block lasts."""
    server, root = jupyter(tuple(sorted(environment.items())))
    path = project(source, Path(mkdtemp(dir=root)))
    body = {"path": str(path.relative_to(root)), "trusted": True}
    asked = server.ask("POST", "neutrino/api/served", body)
    address = f"neutrino/api/served/{asked['id']}"
    try:
        state = server.until_it_answers(address, lambda served: served["state"] != "starting")
        assert state["state"] == "live", state
        yield Served(f"{server.address}/neutrino/live/{asked['id']}", server.process, [], path)
    finally:
        server.ask("DELETE", address)


@cache
def jupyter(environment: tuple[tuple[str, str], ...]) -> tuple[JupyterServer, Path]:
    """Start a Jupyter server for all tests, one for each environment; and give its root."""
    root = Path(mkdtemp(dir=_BUILDS.name, prefix="jupyter-"))
    server = JupyterServer(root, is_open=True, environment=dict(environment))
    atexit.register(server.kill)
    server.until_it_answers("api/status")
    return server, root


def _collect(
    process: subprocess.Popen[str], log: list[str], address: list[str], found: threading.Event
) -> None:
    """Keep what the server prints; the first address in it says that it listens."""
    assert process.stdout
    for line in process.stdout:
        log.append(line)
        match = _ADDRESS.search(line)
        if match and not address:
            address.append(match[1].replace("0.0.0.0", "127.0.0.1"))
            found.set()
    found.set()
