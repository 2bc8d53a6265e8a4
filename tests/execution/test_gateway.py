"""Kernels on another server: a real Kernel Gateway beside ours, its death and its return."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.execution.server import TOKEN, Server, served, until

GATEWAY_TOKEN = "the-gateways-own-token"


@contextmanager
def gateway(port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a Kernel Gateway, and end it with its kernels."""
    command = [
        *(sys.executable, "-m", "kernel_gateway", "--KernelGatewayApp.ip=127.0.0.1"),
        *(f"--KernelGatewayApp.port={port}", f"--KernelGatewayApp.auth_token={GATEWAY_TOKEN}"),
        *("--KernelGatewayApp.port_retries=0", "--JupyterWebsocketPersonality.list_kernels=True"),
    ]
    environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(folder)}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as process:
        url = f"http://127.0.0.1:{port}/api?token={GATEWAY_TOKEN}"
        until(lambda: answers(url), "the gateway did not start")
        try:
            yield process
        finally:
            process.kill()


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def server(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with gateway(port, tmp_path_factory.mktemp("gateway")):
        arguments = ["--port", "0", "--token", TOKEN, "--pool", "1"]
        arguments += ["--gateway-url", f"http://127.0.0.1:{port}"]
        with served(*arguments, "--gateway-token", GATEWAY_TOKEN) as found:
            yield found


def test_code_runs_on_the_gateways_kernels(server: Server, port: int) -> None:
    session = server.session()
    server.run("x = 6", session)
    told = server.run("print(x * 7)", session)
    assert (told["status"], told["text"]) == ("ok", "42")
    kernel = server.http.get(f"/api/jupyter/kernel/{session}").json()
    assert (kernel["isolation"], kernel["active_limits"]) == ("gateway", {})
    listed = httpx.get(f"http://127.0.0.1:{port}/api/kernels?token={GATEWAY_TOKEN}").json()
    assert kernel["kernel_id"] in [each["id"] for each in listed]


def test_limits_hold_there_too(server: Server) -> None:
    session = server.session()
    server.run("x = 1", session)
    timeout = server.run("while True: pass", session, timeout_s=1)
    assert timeout["status"] == "timeout"
    assert server.run("1", session)["status"] == "ok"
    flood = server.run("while True: print('y' * 1000)", session)
    assert flood["status"] == "output_limit"
    assert server.run("2", session)["text"].startswith("2")
    assert server.run("input()", session)["status"] == "error"
    died = server.run("import os; os._exit(1)", session)
    assert (died["status"], died["state_lost"]) == ("killed", True)
    assert server.run("3", session)["status"] == "ok"


def test_its_death_and_its_return(port: int, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own = int(free.getsockname()[1])
    arguments = ["--port", "0", "--token", TOKEN, "--pool", "0"]
    arguments += ["--gateway-url", f"http://127.0.0.1:{own}", "--gateway-token", GATEWAY_TOKEN]
    with gateway(own, tmp_path) as first, served(*arguments) as server:
        session = server.session()
        begun = server.post(
            "/api/jupyter/execute",
            {"code": "import time; time.sleep(60)", "session_id": session, "wait": False},
        ).json()["execution_id"]
        first.kill()
        first.wait()
        path = f"/api/jupyter/executions/{begun}"
        until(lambda: server.http.get(path).json().get("status") == "killed", "it is not told")
        # No kernel can be had: that is said, and the server goes on.
        assert server.post("/api/jupyter/execute", {"code": "1"}).status_code == 503
        assert server.http.get("/api/jupyter/kernel").status_code == 200
        with gateway(own, tmp_path):
            until(lambda: server.run_or_none("1", session) is not None, "it does not come back")
            assert server.run("40 + 2")["text"] == "42"
            assert server.run("5", session)["status"] == "ok"
