"""`neutrino kernels serve` as a process of its own, and a client of it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, Queue
from typing import Any

import httpx

TOKEN = "a-token-for-the-tests"
START_S = 120
_URL = re.compile(r"served at (http://127\.0\.0\.1:\d+)")


@dataclass
class Server:
    """Its address, its process, a client with the token, and all that it has printed."""

    url: str
    process: subprocess.Popen[str]
    http: httpx.Client
    printed: list[str]

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self.http.post(path, json=body, **options)

    def run(self, code: str, session_id: str | None = None, **options: Any) -> dict[str, Any]:
        """Run code; the answer has to be a 200."""
        body = {"code": code, "session_id": session_id, **options}
        answer = self.post("/api/jupyter/execute", body)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def figure(self, name: str) -> float:
        """Read one of the figures for Prometheus, 0 where it is not there yet."""
        lines = self.http.get("/metrics").text.splitlines()
        found = [each for each in lines if each.startswith(f"{name} ")]
        return float(found[0].split()[-1]) if found else 0.0

    def run_or_none(self, code: str, session_id: str) -> dict[str, Any] | None:
        """Run code; None where no kernel can be had."""
        answer = self.post("/api/jupyter/execute", {"code": code, "session_id": session_id})
        told: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
        return told if told is None or told["status"] == "ok" else None

    def session(self, **options: Any) -> str:
        answer = self.post("/api/jupyter/kernel", options)
        assert answer.status_code == 201, answer.text
        id_ = str(answer.json()["session_id"])
        assert self.run("1", id_)["status"] == "ok"
        return id_

    def events(
        self, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Iterator[tuple[str, str, Any]]:
        """Run code as a stream of (id, kind, data)."""
        with self.http.stream(
            "POST",
            "/api/jupyter/execute",
            json=dict(body),
            headers={"Accept": "text/event-stream", **(headers or {})},
        ) as answer:
            assert answer.status_code == 200, answer.read()
            yield from parsed(answer)


def parsed(answer: httpx.Response) -> Iterator[tuple[str, str, Any]]:
    """Read server-sent events."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if name:
            fields[name] = value
        elif "data" in fields:
            yield fields.get("id", ""), fields["event"], json.loads(fields["data"])
            fields = {}


@contextmanager
def served(*arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Serve until the end of the block; nothing of it may be left then."""
    command = [sys.executable, "-m", "neutrino_lab.cli", "kernels", "serve", *arguments]
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    printed: list[str] = []
    urls: Queue[str] = Queue()
    reader = threading.Thread(target=_read, args=(process, printed, urls))
    reader.start()
    try:
        try:
            url = urls.get(timeout=START_S)
        except Empty:
            raise AssertionError("".join(printed)) from None
        headers = {"Authorization": f"token {TOKEN}"}
        with httpx.Client(base_url=url, headers=headers, timeout=120) as http:
            yield Server(url, process, http, printed)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join()
        assert process.stdout is not None
        process.stdout.close()


def until(condition: Any, what: str) -> None:
    """Wait for a condition, not for a time."""
    ends = time.monotonic() + START_S
    while not condition():
        assert time.monotonic() < ends, what
        time.sleep(0.02)


def once_in_five(attempt: Callable[[], bool], what: str) -> None:
    """Try what a loaded machine may hinder: a kernel that does not react to an interrupt within the
    grace is restarted, and says so."""
    assert any(attempt() for _ in range(5)), what


def _read(process: subprocess.Popen[str], printed: list[str], urls: Queue[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        printed.append(line)
        if match := _URL.search(line):
            urls.put(match[1])
