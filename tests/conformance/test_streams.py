"""Streams, on `neutrino run` and on the exported build under plain uvicorn: the same frames."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from tests.conformance.servers import TARGETS, Served, serve

SOURCE = Path(__file__).parent / "more" / "streams.ipynb"
MEANS = [26.01, 13.765, 37.8, 51.32, 60.264, 73.956, 93.534]
WAIT_S = 30


@pytest.fixture(scope="module", params=TARGETS)
def served(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("streams")
    state = str(folder / "state")
    # Wherever the tests run, there is some way to run what is to be kept apart.
    variables = {"NEUTRINO_STATE_FOLDER": state, "NEUTRINO_SANDBOX": "limits"}
    with serve(request.param, SOURCE, folder, **variables) as found:
        yield found


def frames(served: Served, path: str, count: int) -> list[dict[str, Any]]:
    with connect(f"ws://{served.address}{path}", proxy=None) as socket:
        return [json.loads(socket.recv(WAIT_S)) for _ in range(count)]


def values(served: Served, path: str, count: int) -> list[Any]:
    return [each.get("value", each.get("event")) for each in frames(served, path, count)]


def get(served: Served, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"http://{served.address}{path}", headers=headers, timeout=WAIT_S)


def test_a_websocket_gets_each_value_in_its_envelope(served: Served) -> None:
    got = frames(served, "/average/ws", 7)
    for each in got:
        del each["at"]
    assert got == [{"seq": n, "value": mean, "op": "average@1"} for n, mean in enumerate(MEANS, 1)]
    newest = get(served, "/average/ws/latest").json()
    assert (newest["seq"], newest["value"]) == (7, MEANS[-1])
    assert get(served, "/average/ws/state").json() == {
        "stream": "average",
        "op": "average@1",
        "status": "live",
        "seq": 7,
        "state": {"values": [85.87, 91.88, 96.04, 94.47, 99.41]},
        "params": {"window_size": 5},
        "received": 7,
        "emitted": 7,
        "failed": 0,
        "dropped": 0,
        "waiting": 0,
        "subscribers": 0,
    }


def test_a_stream_follows_another(served: Served) -> None:
    assert values(served, "/high/chain", 3) == [60.264, 73.956, 93.534]


def test_server_sent_events_go_on_where_they_were(served: Served) -> None:
    url = f"http://{served.address}/average/sse"
    ids: list[str] = []
    with httpx.stream("GET", url, timeout=WAIT_S) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        for line in response.iter_lines():
            if line.startswith("id: "):
                ids.append(line.removeprefix("id: "))
            if len(ids) == 7:
                break
    assert all(re.fullmatch(r"[0-9a-f]{8}\.\d", each) for each in ids)
    got: list[Any] = []
    headers = {"Last-Event-ID": ids[4]}
    with httpx.stream("GET", url, headers=headers, timeout=WAIT_S) as response:
        for line in response.iter_lines():
            if line.startswith("data: "):
                got.append(json.loads(line.removeprefix("data: "))["value"])
            if len(got) == 2:
                break
    assert got == MEANS[5:]


def test_a_value_that_fails_is_left_out_and_its_detail_is_told_to_nobody(served: Served) -> None:
    got = frames(served, "/inverse/ws", 6)
    assert [each["value"] for each in got][:2] == [round(1 / 26.01, 6), round(1 / 85.87, 6)]
    state = get(served, "/inverse/ws/state")
    assert state.json()["failed"] == 1
    assert "detail" not in state.text


def test_a_sandboxed_operator_loses_the_value_that_ends_it(served: Served) -> None:
    got = [each["value"]["mean"] for each in frames(served, "/apart/ws", 6)]
    assert got == [26.01, 55.94, 67.92, 74.95, 78.854, 93.534]
    state = get(served, "/apart/ws/state").json()
    assert (state["failed"], state["state"]) == (1, {"values": [85.87, 91.88, 96.04, 94.47, 99.41]})
    assert "solated" in state["run"] or "ISOLATED" in state["run"]


def test_each_key_has_a_state_of_its_own(served: Served) -> None:
    got = frames(served, "/by-symbol/keys", 7)
    assert [(each["key"], each["value"]) for each in got] == [
        ("A", 1), ("B", 1), ("A", 2), ("B", 2), ("A", 3), ("B", 3), ("A", 4),
    ]  # fmt: skip
    assert get(served, "/by-symbol/keys/latest?key=B").json()["value"] == 3
    assert get(served, "/by-symbol/keys").status_code == 404  # it emits no events


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/never/latest", 404, "there is no value yet"),
        ("/beats/state", 404, "Not Found"),
    ],
)
def test_what_cannot_be_had_is_told(served: Served, path: str, status: int, detail: str) -> None:
    answer = get(served, path)
    assert (answer.status_code, answer.json()) == (status, {"detail": detail})


def test_a_source_that_is_away_is_told_in_the_stream(served: Served) -> None:
    state = get(served, "/missing/state").json()
    assert (state["status"], state["received"]) == ("live", 0)


def test_a_server_that_ends_says_so(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    variables = {"NEUTRINO_STATE_FOLDER": state, "NEUTRINO_SANDBOX": "limits"}
    with serve("run", SOURCE, tmp_path, **variables) as served:
        with connect(f"ws://{served.address}/average/end", proxy=None) as socket:
            assert json.loads(socket.recv(WAIT_S))["seq"] == 1
            served.process.terminate()
            assert len(list(socket)) <= 6
            assert socket.close_code == 1001
        assert served.process.wait(WAIT_S) == 0


def test_the_routes_are_documented(served: Served) -> None:
    paths = get(served, "/openapi.json").json()["paths"]
    assert {path for path in paths if path.startswith("/average")} == {
        "/average/{run}",
        "/average/{run}/latest",
        "/average/{run}/state",
    }
