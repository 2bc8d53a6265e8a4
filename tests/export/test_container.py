"""An exported folder as a real container: built by both builders, hardened, and ended.

`make docker` runs these with an engine; without one they are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.sync.client import connect

from tests.conformance.servers import build
from tests.conformance.steps import answers
from tests.export.test_built import DRAFTED
from tests.notebooks import write
from tests.streams.servers import free_port

CLIENT = os.environ.get("NEUTRINO_TEST_DOCKER", "")
COMPOSE = shutil.which("docker-compose") or ""
pytestmark = pytest.mark.skipif(
    not CLIENT,
    reason="needs a Docker engine: `make docker` installs and starts one",
)
ROOT = Path(__file__).parent.parent.parent
CORPUS = ROOT / "tests" / "conformance" / "corpus"
HOSTILE = "{{7*7}} ; RUN id $(id) `x` 'q' ü --privileged"
HARDENED = ["--network", "none", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "all"]
HARDENED += ["--security-opt", "no-new-privileges", "--memory", "1g", "--pids-limit", "512"]
HELLO: dict[str, Any] = {"verb": "GET", "target": "/api/hello", "headers": {}, "body": None}

# Runs inside the container, so that no port of this machine is taken.
ASK = """
import http.client, json, sys
for asked in json.load(sys.stdin):
    c = http.client.HTTPConnection("127.0.0.1", 8000, timeout=30)
    body = None if asked["body"] is None else json.dumps(asked["body"])
    c.request(asked["verb"], asked["target"], body, asked["headers"])
    r = c.getresponse()
    print(json.dumps([r.status, r.getheaders(), r.read().hex()]))
"""


def docker(*arguments: str, **options: Any) -> str:
    ran: subprocess.CompletedProcess[str] = subprocess.run(
        [CLIENT, *arguments], capture_output=True, text=True, check=False, **options
    )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
    return ran.stdout


@contextmanager
def image(folder: Path, builder: str = "1") -> Iterator[str]:
    name = f"neutrino-test-{uuid4().hex[:12]}"
    environment = {**os.environ, "DOCKER_BUILDKIT": builder}
    docker("build", "--network", "host", "-t", name, str(folder), env=environment)
    try:
        yield name
    finally:
        docker("rmi", "-f", name)


@contextmanager
def container(name: str) -> Iterator[str]:
    """A container that says of itself that it is healthy."""
    id_ = docker("run", "-d", *HARDENED, name).strip()
    try:
        await_health(id_)
        yield id_
    finally:
        docker("rm", "-f", id_)


def await_health(id_: str) -> None:
    deadline = time.monotonic() + 60
    while docker("inspect", id_, "-f", "{{.State.Health.Status}}").strip() != "healthy":
        assert time.monotonic() < deadline, docker("logs", id_)
        time.sleep(0.2)


def await_answer(url: str) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            if httpx.get(url, timeout=60).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, "it does not answer"
        time.sleep(0.2)


def ask(id_: str, asked: list[dict[str, Any]]) -> list[httpx.Response]:
    printed = docker("exec", "-i", id_, "python", "-c", ASK, input=json.dumps(asked))
    told = map(json.loads, printed.splitlines())
    return [httpx.Response(s, headers=h, content=bytes.fromhex(body)) for s, h, body in told]


@pytest.mark.parametrize("builder", ["1", "0"], ids=["buildkit", "legacy"])
def test_the_quickstart_under_a_hostile_name(builder: str, tmp_path: Path) -> None:
    source = tmp_path / f"{HOSTILE}.ipynb"
    shutil.copy(ROOT / "examples" / "quickstart.ipynb", source)
    with image(build(source), builder) as name:
        (found,) = json.loads(docker("inspect", name))
        labels = found["Config"]["Labels"]
        assert labels["org.opencontainers.image.title"] == HOSTILE
        assert found["Config"]["User"] == "10001"
        with container(name) as id_:
            (hello,) = ask(id_, [HELLO])
            assert hello.status_code == 200
            docker("stop", "-t", "15", id_)
            assert docker("inspect", id_, "-f", "{{.State.ExitCode}}").strip() == "0"


# Inside a replica: it waits until that has seen that the Redis is gone.
READY = """
import http.client, time
def status(path):
    c = http.client.HTTPConnection("127.0.0.1", 8000, timeout=30)
    c.request("GET", path)
    return c.getresponse().status
while status("/readyz") == 200:
    time.sleep(0.1)
print(status("/readyz"), status("/healthz"), end="")
"""


# An engine that is started for the tests has no bridge, and cannot publish a port.
HERE = """
services:
  app:
    network_mode: none
    build:
      network: host
"""


@pytest.mark.skipif(not COMPOSE, reason="needs Compose: apt-get install docker-compose")
def test_compose_builds_and_runs_it(tmp_path: Path) -> None:
    folder = build(ROOT / "examples" / "quickstart.ipynb")
    (tmp_path / "here.yaml").write_text(HERE)
    files = ["-f", str(folder / "compose.yaml"), "-f", str(tmp_path / "here.yaml")]

    def compose(*arguments: str) -> str:
        command = [COMPOSE, "-p", f"neutrino{tmp_path.stat().st_ino}", *files, *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
        return ran.stdout

    compose("config", "-q")
    try:
        compose("up", "-d", "--build")
        id_ = compose("ps", "-q").strip()
        await_health(id_)
        assert [each.status_code for each in ask(id_, [HELLO])] == [200]
        compose("stop")
        assert docker("inspect", id_, "-f", "{{.State.ExitCode}}").strip() == "0"
    finally:
        compose("down", "--rmi", "all")


SHARED = (
    '"""\n@HTTP GET /host\n"""\nimport socket\n\ndef host():\n    return socket.gethostname()',
    '"""\n@WS /chat/{room_id}\nto: room\n"""\ndef chat(event: str):\n    return event',
)


@pytest.mark.skipif(not COMPOSE, reason="needs Compose: apt-get install docker-compose")
def test_replicas_lose_no_request_though_one_is_killed_and_the_redis_ends(tmp_path: Path) -> None:
    folder = build(write(tmp_path / "shared.ipynb", *SHARED), "--replicas")
    (tmp_path / "here.yaml").write_text("services: {app: {build: {network: host}}}")
    files = ["-f", str(folder / "compose.scale.yaml"), "-f", str(tmp_path / "here.yaml")]
    port = free_port()
    environment = {**os.environ, "REDIS_PASSWORD": "0123456789abcdef", "PORT": str(port)}
    asked: list[tuple[int, str]] = []

    def compose(*arguments: str) -> str:
        command = [COMPOSE, "-p", f"neutrino{tmp_path.stat().st_ino}", *files, *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
        return ran.stdout

    def ask_until(is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 120
        while not is_so():
            assert time.monotonic() < deadline, asked[-20:]
            answer = httpx.get(f"http://127.0.0.1:{port}/host", timeout=60)
            asked.append((answer.status_code, answer.text))

    def answered(count: int) -> bool:
        return len({host for _, host in asked[-50:]}) == count

    try:
        compose("up", "-d", "--build")
        await_answer(f"http://127.0.0.1:{port}/host")
        ask_until(lambda: answered(3))
        url = f"ws://127.0.0.1:{port}/chat/red"
        with ExitStack() as stack:
            clients = [stack.enter_context(connect(url)) for _ in range(6)]
            clients[0].send("to all")
            assert [client.recv(60) for client in clients] == ['"to all"'] * 6
        killed = compose("ps", "-q", "app").split()[0]
        docker("update", "--restart", "no", killed)
        docker("kill", killed)
        ask_until(lambda: answered(2))
        docker("start", killed)
        ask_until(lambda: answered(3))
        compose("stop", "redis")
        answers = compose("exec", "-T", "app", "python", "-c", READY)
        assert answers == "503 200", answers
        before = len(asked)
        ask_until(lambda: len(asked) > before + 50)
        compose("start", "redis")
        ask_until(lambda: len(asked) > before + 100)
        assert {status for status, _ in asked} == {200}
    finally:
        compose("down", "--volumes", "--rmi", "local")


@pytest.mark.parametrize("notebook", ["http_cells.ipynb", "http_more.ipynb"])
def test_the_corpus_answers_from_a_container(notebook: str) -> None:
    listed = json.loads((CORPUS / "cases.json").read_text(encoding="utf-8"))["cases"]
    cases = [c for c in listed if c["kind"] == "http" and c["notebook"] == notebook]
    assert cases
    asked = []
    for case in cases:
        request = httpx.Request(
            case["request"]["method"],
            f"http://x{case['request']['path']}",
            params=case["request"].get("query") or None,
        )
        body = case["request"].get("body")
        headers = case["request"].get("headers") or {}
        if body is not None:
            headers = {"Content-Type": "application/json", **headers}
        target = request.url.raw_path.decode()
        asked.append({"verb": request.method, "target": target, "headers": headers, "body": body})
    with image(build(CORPUS / notebook)) as name, container(name) as id_:
        for case, response in zip(cases, ask(id_, asked), strict=True):
            answers(response, case["expect"])


def test_a_drafted_operator_keeps_its_sandbox_in_a_container(tmp_path: Path) -> None:
    [(_, (counted, _, twice))] = DRAFTED.items()
    source = write(tmp_path / "drafted.ipynb", counted, twice)
    with image(build(source)) as name, container(name) as id_:
        (twice_of,) = ask(id_, [{**HELLO, "target": "/twice?n=21"}])
        assert (twice_of.status_code, twice_of.json()) == (200, 42)
        deadline = time.monotonic() + 60
        latest = {**HELLO, "target": "/counted/AAAA/latest"}
        while (newest := ask(id_, [latest])[0]).status_code != 200:
            assert time.monotonic() < deadline, newest.text
        assert type(newest.json()["value"]) is int
        said = subprocess.run([CLIENT, "logs", id_], capture_output=True, text=True, check=True)
        assert "stream counted runs sandboxed: isolated by" in said.stdout + said.stderr


def test_run_makes_the_image_and_serves_it(tmp_path: Path) -> None:
    """What `neutrino run --docker` does, on the network of this machine."""
    shutil.copy(ROOT / "examples" / "quickstart.ipynb", tmp_path / "from-run.ipynb")
    port = free_port()
    command = [sys.executable, "-m", "neutrino_lab.cli", "run", "from-run.ipynb", "--docker"]
    command += ["--network", "host", "--port", str(port), "--build-arg", "VERSION=1"]
    own = f"{Path(CLIENT).parent}:{os.environ['PATH']}"
    with subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PATH": own}) as process:
        try:
            deadline = time.monotonic() + 600
            while True:
                assert process.poll() is None, "it has ended"
                assert time.monotonic() < deadline, "it does not answer"
                try:
                    assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
                    break
                except httpx.TransportError:
                    time.sleep(0.2)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
            docker("rmi", "-f", "from-run")
