"""No request keeps a service from answering others, by what it holds or by how it is sent."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from tests.attacks.wire import WAIT_S, exchange
from tests.conformance.servers import STANDALONE, Served, Target, serve
from tests.notebooks import write

PRIME = 2**61 - 1
COLLIDING = [n * PRIME for n in range(1, 20_001)]
# What all requests of a test may take of a processor; without limits each one took 4 to 22 s.
FEW_S = 5.0

MODELS = """
from pydantic import BaseModel

class Bag(BaseModel):
    members: set[int]

class Tree(BaseModel):
    bag: Bag | None = None
    below: list["Tree"] = []

class Row(BaseModel):
    a: int
    b: int
"""
BODIES = {
    "ints": "list[int]",
    "set": "set[int]",
    "frozen": "frozenset[int]",
    "floats": "set[float]",
    "pairs": "set[tuple[int, int]]",
    "ids": "set[UUID]",
    "decimals": "set[Decimal]",
    "keys": "dict[int, int]",
    "bag": "Bag",
    "tree": "Tree",
    "rows": "list[Row]",
    "anything": "Any",
}
CELLS = (
    MODELS,
    *(
        f'"""\n@HTTP\nPOST /{name}\nbody: x:{kind}\n"""\ndef post_{name}(x): return len(str(x)) > 0'
        for name, kind in BODIES.items()
    ),
    '"""\n@HTTP\nGET /hello\n"""\nasync def hello(): return 1',
    '"""\n@HTTP\nPOST /upload\n"""\nfrom fastapi import Request\n'
    "async def upload(request: Request): return len(await request.body())",
    '"""\n@HTTP\nGET /switch\n"""\nfrom fastapi import Response\n'
    "def switch(): return Response(status_code=101)",
    '"""\n@WS /ws\n"""\nasync def talk(event: set[int]): return len(event)',
)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("bodies") / "a.ipynb", *CELLS)


@pytest.fixture(scope="module", params=STANDALONE)
def served(
    request: pytest.FixtureRequest, notebook: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with serve(request.param, notebook, tmp_path_factory.mktemp("served")) as found:
        yield found


@pytest.fixture
def http(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{served.address}", timeout=WAIT_S) as client:
        yield client


@contextmanager
def little_work(served: Served) -> Iterator[None]:
    """The server works for a few seconds at most, however long it takes on a busy machine."""
    if sys.platform != "linux":
        yield
        return
    before = worked_s(served.process.pid)
    yield
    assert worked_s(served.process.pid) - before < FEW_S
    assert httpx.get(f"http://{served.address}/hello", timeout=WAIT_S).json() == 1


def worked_s(pid: int) -> float:
    """The seconds of processor that a process has had, by Linux's /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wrong(count: int) -> dict[str, Any]:
    return {"x": ["a"] * count}


def test_of_many_errors_few_are_told(served: Served, http: httpx.Client) -> None:
    few = http.post("/ints", json=wrong(50))
    assert (few.status_code, len(few.json()["detail"]), few.json().get("total")) == (422, 50, None)
    assert few.json()["detail"][49]["loc"] == ["body", "x", 49]
    with little_work(served):
        for count in (51, 5_001, 500_000):
            answer = http.post("/ints", json=wrong(count))
            told = answer.json()
            assert (answer.status_code, len(told["detail"]), told["total"]) == (422, 50, count)
            assert told["detail"][0]["loc"] == ["body", "x", 0]
            assert len(answer.content) < 20_000


def test_errors_that_come_late_are_counted_too(http: httpx.Client) -> None:
    body = {"x": [*range(100_000), *["a"] * 10_000]}
    told = http.post("/ints", json=body).json()
    assert (len(told["detail"]), told["total"]) == (1, 10_000)


def test_no_error_repeats_a_large_input(http: httpx.Client) -> None:
    for path, body in (
        ("/rows", {"x": [{"c": "x" * 100_000}] * 40}),
        ("/ints", {"y": "x" * 5_000_000}),
        ("/ints", {"x": "x" * 5_000_000}),
        ("/ints", {"x": {str(n): n for n in range(50_000)}}),
        ("/bag", {"x": {str(n): n for n in range(50_000)}}),
    ):
        answer = http.post(path, json=body)
        assert (answer.status_code, len(answer.content) < 50_000) == (422, True), path


def test_members_that_collide_are_refused_at_once(served: Served, http: httpx.Client) -> None:
    texts = [str(each) for each in COLLIDING]
    bodies = [
        ("/set", COLLIDING),
        ("/set", texts),
        ("/set", [-each for each in COLLIDING]),
        ("/set", [each + 7 for each in COLLIDING]),
        ("/frozen", COLLIDING),
        ("/pairs", [[each, 1] for each in COLLIDING]),
        ("/pairs", [[1, each] for each in texts]),
        ("/decimals", texts),
        ("/decimals", [f"{each}.0" for each in COLLIDING]),
        ("/ids", [f"{n * PRIME:032x}" for n in range(1, 20_001)]),
        ("/ids", [f"{{{n * PRIME:032x}}}" for n in range(1, 20_001)]),
        ("/keys", dict.fromkeys(texts, 1)),
        ("/bag", {"members": COLLIDING}),
        ("/tree", {"below": [{"below": [{"bag": {"members": COLLIDING}}]}]}),
    ]
    with little_work(served):
        for path, body in bodies:
            answer = http.post(path, json={"x": body})
            assert (answer.status_code, "share a hash" in answer.text) == (422, True), path
    with connect(f"ws://{served.address}/ws") as socket_:
        socket_.send(json.dumps(COLLIDING))
        assert "share a hash" in str(socket_.recv(WAIT_S))


def test_honest_sets_are_read_as_ever(http: httpx.Client) -> None:
    for path, body in (
        ("/set", [*range(50_000), *range(50_000)]),
        ("/set", [2**63 - n for n in range(20_000)]),
        ("/set", [5] * 100_000),
        ("/floats", [n / 7 for n in range(20_000)]),
        ("/pairs", [[n % 100, n] for n in range(20_000)]),
        ("/keys", {str(n): n for n in range(20_000)}),
        ("/bag", {"members": [*range(20_000)]}),
        ("/ints", COLLIDING),
    ):
        answer = http.post(path, json={"x": body})
        assert (answer.status_code, answer.json()) == (200, True), path


def test_json_is_limited_and_uploads_are_not(http: httpx.Client) -> None:
    large = b'{"x": "' + b"x" * (11 << 20) + b'"}'

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(large), 1 << 16):
            yield large[at : at + (1 << 16)]

    for media in (
        *("application/json", "application/JSON; charset=utf-8", "application/vnd.api+json", None),
        "application/problem+json",
    ):
        headers = {"Content-Type": media} if media else {}
        for content in (large, pieces()):
            answer = http.post("/anything", content=content, headers=headers)
            assert (answer.status_code, answer.json()["detail"]) == (
                413,
                "The body is larger than 10 MB.",
            ), media
    for media in ("application/octet-stream", "text/csv", "multipart/form-data; boundary=x"):
        answer = http.post("/upload", content=large, headers={"Content-Type": media})
        assert answer.json() == len(large)


@pytest.mark.parametrize("target", STANDALONE)
def test_the_limit_of_json_is_a_setting(target: Target, notebook: Path, tmp_path: Path) -> None:
    for limit, status in (("0.001", 413), ("1", 200), ("0", 200)):
        folder = tmp_path / limit
        with serve(target, notebook, folder, NEUTRINO_MAX_JSON_MB=limit) as served:
            answer = httpx.post(f"http://{served.address}/anything", json={"x": "x" * 2000})
            assert answer.status_code == status


def test_no_answer_switches_protocols(http: httpx.Client) -> None:
    assert http.get("/switch").status_code == 500


@pytest.mark.parametrize(
    "pieces",
    [[], ["GET"], ["GET /hello HTTP/1.1\r\nHost: localhost\r\n"], ["GET /hello HTTP/1.1\r\nX: "]],
)
def test_a_head_that_does_not_come_is_cut(served: Served, pieces: list[str]) -> None:
    # It returns only because the server closes.
    assert not exchange(served.address, *pieces).startswith(b"HTTP/1.1 200")


def test_a_head_that_trickles_is_cut_and_a_body_is_not(served: Served) -> None:
    host, _, port = served.address.rpartition(":")
    start = b"GET /hello HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
    with socket.create_connection((host, int(port)), WAIT_S) as slow:
        slow.sendall(start)
        slow.settimeout(0.5)
        deadline = time.monotonic() + WAIT_S
        is_cut = False
        while not is_cut and time.monotonic() < deadline:
            try:
                slow.sendall(b"x")
                is_cut = slow.recv(1) == b""
            except TimeoutError:
                continue
            except OSError:
                is_cut = True
    assert is_cut
