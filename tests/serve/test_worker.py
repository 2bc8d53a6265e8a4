"""What is shipped to a kernel's interpreter, and the guard that starts the worker there."""

from __future__ import annotations

import ast
import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from neutrino_lab import runtime
from neutrino_lab.runtime.spec import App, Http, to_json
from neutrino_lab.serve import control, runtime_requirements
from neutrino_lab.serve.control import Channel
from neutrino_lab.serve.runtime_dir import PACKAGE, SHIPPED, SHIPPED_FOLDERS, RuntimeDir
from tests.supervised import is_gone


@pytest.fixture
def runtime_dir(tmp_path: Path) -> Iterator[RuntimeDir]:
    found = RuntimeDir(tmp_path / "runtime")
    yield found
    found.close()


class Started:
    """A guard with its worker, and both ends of its lines."""

    def __init__(self, runtime_dir: RuntimeDir, folder: Path, *, parent: int = 0) -> None:
        control_end, theirs = socket.socketpair()
        lifeline, guards = socket.socketpair()
        self.lifeline = lifeline
        self.channel = Channel(control_end)
        self.messages = iter(self.channel)
        self.address = runtime_dir.socket()
        options = {
            "control": theirs.fileno(),
            "lifeline": guards.fileno(),
            "parent": parent or os.getpid(),
            "folder": str(folder),
            "socket": str(self.address),
            "runs": str(runtime_dir.runs()),
            "root_path": "",
            "own_port": None,
            "memory_mb": 0,
            "grace_s": 0.5,
        }
        self.process = subprocess.Popen(
            [sys.executable, str(runtime_dir.start), json.dumps(options)],
            pass_fds=(theirs.fileno(), guards.fileno()),
            cwd=folder,
            start_new_session=True,
        )
        for end in (theirs, guards):
            end.close()
        self._ends = (control_end, lifeline)

    def wait_for(self, event: str) -> dict[str, Any]:
        return next(each for each in self.messages if each["event"] == event)

    def run(self, code: str, version: int = 1) -> None:
        app = App("app", ("app",), (Http(verb="GET", path="/x", function="app:x", cell=1),))
        self.channel.send(
            {
                "command": "run",
                "version": version,
                "app": to_json(app),
                "cells": {"app": [[1, code, "one", "app.ipynb, cell 1"]]},
                "changes": None,
                "reload_modules": [],
            }
        )

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for _ in self.messages:
            pass  # its file keeps the socket open until it is read to the end
        for end in self._ends:
            end.close()


@pytest.fixture
def started(runtime_dir: RuntimeDir, tmp_path: Path) -> Iterator[Started]:
    found = Started(runtime_dir, tmp_path)
    yield found
    found.close()


def test_what_is_shipped_is_a_copy_byte_for_byte(runtime_dir: RuntimeDir) -> None:
    package = runtime_dir.start.parent / PACKAGE
    copied = {
        path.relative_to(package): path.read_bytes()
        for path in package.rglob("*")
        if path.is_file()
    }
    own = Path(runtime.__path__[0])
    expected = {
        Path("runtime", path.relative_to(own)): path.read_bytes()
        for path in own.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    serve = Path(control.__file__).parent
    expected |= {Path("serve", name): (serve / name).read_bytes() for name in SHIPPED}
    expected |= {
        path.relative_to(serve.parent): path.read_bytes()
        for name in SHIPPED_FOLDERS
        for path in (serve / name).glob("*.py")
    }
    expected |= {Path("__init__.py"): b"", Path("serve", "__init__.py"): b""}
    assert copied == expected


@pytest.mark.parametrize(
    "name",
    [
        *("control.py", "guard.py", "live_kernel/loader.py", "runtime_requirements.py"),
        "worker_start.py",
    ],
)
def test_a_python_too_old_can_still_be_told_so(name: str) -> None:
    source = (Path(control.__file__).parent / name).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))


def test_nobody_else_may_look_into_the_runtime_dir(runtime_dir: RuntimeDir) -> None:
    assert stat.S_IMODE(runtime_dir.folder.stat().st_mode) == 0o700


def test_a_path_too_long_for_a_socket_gives_way_to_a_short_one(tmp_path: Path) -> None:
    runtime_dir = RuntimeDir(tmp_path / ("x" * 100))
    address = runtime_dir.socket()
    assert len(os.fsencode(address)) < 104
    assert stat.S_IMODE(address.parent.stat().st_mode) == 0o700
    runtime_dir.close()
    assert not address.parent.exists()


def test_what_a_killed_server_left_is_removed_by_the_next(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path\n"
        "from neutrino_lab.serve.runtime_dir import RuntimeDir\n"
        "print(RuntimeDir(Path(sys.argv[1])).folder, flush=True); os.kill(os.getpid(), 9)"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    left = Path(said.stdout.strip())
    assert left.exists()
    living = RuntimeDir(tmp_path)
    assert not left.exists()
    second = RuntimeDir(tmp_path)
    assert living.folder.exists()
    living.close()
    second.close()


def test_a_worker_tells_of_each_step(started: Started) -> None:
    started.run("def x(): return 1")
    assert started.wait_for("cell") == {"event": "cell", "cell": 1}
    ready = started.wait_for("ready")
    assert (ready["version"], ready["address"]) == (1, {"path": str(started.address)})
    started.run("1 / 0", version=2)
    failed = started.wait_for("failed")
    assert {key: failed[key] for key in ("version", "module", "cell", "line", "type")} == {
        "version": 2,
        "module": "app",
        "cell": 1,
        "line": 1,
        "type": "ZeroDivisionError",
    }


def test_a_worker_ends_with_its_supervisor(started: Started) -> None:
    pid = started.wait_for("hello")["pid"]
    started.run("while True: pass")
    started.wait_for("cell")
    started.lifeline.shutdown(socket.SHUT_RDWR)
    assert is_gone(pid)
    assert started.process.wait(10) == 0


def test_a_worker_ends_with_its_guard(started: Started) -> None:
    pid = started.wait_for("hello")["pid"]
    started.run("while True: pass")
    started.wait_for("cell")
    started.process.kill()
    assert is_gone(pid)


def test_a_guard_whose_parent_is_gone_already_starts_nothing(
    runtime_dir: RuntimeDir, tmp_path: Path
) -> None:
    started = Started(runtime_dir, tmp_path, parent=1 << 22)
    assert started.process.wait(10) == 1
    assert list(started.messages) == []
    started.close()


def test_a_worker_that_ignores_being_asked_is_ended_all_the_same(started: Started) -> None:
    pid = started.wait_for("hello")["pid"]
    started.run("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass")
    started.wait_for("cell")
    started.process.terminate()
    assert is_gone(pid)


def test_no_descriptor_of_ours_reaches_what_a_cell_starts(started: Started) -> None:
    started.run(
        "import subprocess, sys\n"
        "code = 'import os; print(sorted(os.listdir(\"/proc/self/fd\")))'\n"
        "found = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)\n"
        "raise ValueError(found.stdout.strip())"
    )
    assert started.wait_for("failed")["message"] == "['0', '1', '2', '3']"


def test_what_the_worker_needs_is_what_the_package_requires() -> None:
    def bounds(lines: Iterable[str]) -> set[tuple[str, str]]:
        found = map(Requirement, lines)
        return {(each.name, str(each.specifier)) for each in found}

    assert bounds(runtime_requirements.NEEDS.values()) <= bounds(requires("neutrino-lab") or [])
