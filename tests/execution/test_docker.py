"""Kernels in containers of their own, with a real engine: `make docker` installs and starts one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from neutrino_lab.kernels.isolation import Isolation
from neutrino_lab.kernels.limits import Limits
from neutrino_lab.kernels.settings import Settings
from tests.execution.conftest import USER, Runs

CLIENT = os.environ.get("NEUTRINO_TEST_DOCKER", "")
pytestmark = pytest.mark.skipif(not CLIENT, reason="needs a Docker engine: `make docker`")


def docker(*arguments: str) -> str:
    ran = subprocess.run([CLIENT, *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
    return ran.stdout


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder: Path = tmp_path_factory.mktemp("image")
    python = ".".join(map(str, sys.version_info[:2]))
    lines = [f"FROM python:{python}-slim", "RUN pip install --no-cache-dir ipykernel"]
    (folder / "Dockerfile").write_text("\n".join(lines))
    name = f"neutrino-test-{uuid4().hex[:12]}"
    docker("build", "--network", "host", "-t", name, str(folder))
    isolation = Isolation(kind="docker", image=name, limits=Limits(memory_mb=1024))
    found = Runs(Settings(isolation=isolation, pool=1, start_s=120, kernel_wait_s=240))
    yield found
    found.close()
    assert name not in docker("ps", "--all", "--format", "{{.Image}}")
    docker("rmi", "-f", name)


def test_code_runs_in_a_container_of_its_own(kept: Runs) -> None:
    session = kept.session()
    told = kept.service.sessions.get(session, USER).as_dict()
    assert (told["isolation"], "docker" in told["active_limits"]["memory_mb"]) == ("docker", True)
    code = """
import os
def tried(act):
    try:
        return repr(act())
    except OSError as error:
        return type(error).__name__
import socket
print(os.getuid() == 0, os.path.exists("/.dockerenv"), tried(lambda: open("/usr/mine", "w")),
      tried(lambda: socket.create_connection(("10.0.0.1", 80), 2)))
open("mine.txt", "w").write("x")
"""
    result = kept.run(code, session)
    assert result.text.startswith("False True OSError OSError")
    assert [each["path"] for each in result.files] == ["mine.txt"]


def test_limits_hold_in_there(kept: Runs) -> None:
    session = kept.session()
    kept.run("x = 'kept'", session)
    timeout = kept.run("while True: pass", session, timeout_s=1.0)
    assert (timeout.status, timeout.state_lost) == ("timeout", False)
    assert kept.run("x", session).text == "'kept'"
    stopped = kept.run(
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        session,
        timeout_s=1.0,
    )
    assert (stopped.status, stopped.state_lost) == ("timeout", True)
    died = kept.run("import os; os._exit(3)", session)
    assert (died.status, died.state_lost) == ("killed", True)
    assert kept.run("1", session).status == "ok"
