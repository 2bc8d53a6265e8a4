"""The numbers for Prometheus, as its own parser reads them."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from prometheus_client.parser import text_string_to_metric_families

from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.observe.journal import Call, Run, SocketMessage
from neutrino_lab.runtime.observe.metrics import MEDIA_TYPE, Metrics
from neutrino_lab.runtime.settings import METRICS
from tests.served import Served, app_of, cell, program_of

GOOD = cell("GET /good/{n:int}", "def good(n): return n")
BAD = cell("GET /bad", "def bad(): 1 / 0")


def parsed(text: str) -> dict[tuple[str, ...], float]:
    """Every sample, by its name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_they_are_off_unless_they_are_wanted() -> None:
    assert app_of(GOOD)("GET /metrics").status == 404


class TestOn:
    @pytest.fixture(autouse=True)
    def _on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(METRICS.name, "1")

    def test_calls_are_counted_by_endpoint_and_class_of_status(self) -> None:
        served = app_of(GOOD, BAD)
        for path in ("/good/1", "/good/2", "/good/x", "/bad", "/nowhere"):
            served(f"GET {path}")
        answer = served("GET /metrics")
        assert (answer.status, answer.media) == (200, MEDIA_TYPE)
        found = parsed(answer.text)
        name = "neutrino_http_requests_total"
        assert {key[1:]: n for key, n in found.items() if key[0] == name} == {
            ("GET /good/{n:int}", "2xx"): 2,
            ("GET /bad", "5xx"): 1,
        }
        name = "neutrino_http_request_duration_seconds"
        assert found[f"{name}_count", "GET /good/{n:int}"] == 2
        assert found[f"{name}_bucket", "GET /good/{n:int}", "+Inf"] == 2
        assert 0 < found[f"{name}_sum", "GET /good/{n:int}"] < 60

    def test_they_are_no_part_of_the_described_api(self) -> None:
        assert "/metrics" not in app_of(GOOD)("GET /openapi.json").json()["paths"]

    def test_a_route_of_the_users_own_wins(self) -> None:
        own = cell("GET /metrics", "def own(): return 'mine'")
        assert app_of(own)("GET /metrics").json() == "mine"

    def test_one_engine_counts_over_all_versions(self) -> None:
        app, program = program_of(GOOD)
        engine = Engine.in_memory()
        for _ in range(2):
            served = Served(create_app(app, program, engine=engine).asgi)
            served("GET /good/1")
        found = parsed(served("GET /metrics").text)
        assert found["neutrino_http_requests_total", "GET /good/{n:int}", "2xx"] == 2


class Client(NamedTuple):
    name: str
    key: str


def test_labels_survive_whatever_they_hold() -> None:
    odd = 'GET /a"b\\c\nd é'
    metrics = Metrics()
    metrics.call(Call(odd, 404, 0.0, 0.005))
    metrics.call(Call(odd, 200, 0.0, 61.5))
    metrics.message(SocketMessage("WS /ws", "in", "", "", (), 1))
    metrics.message(SocketMessage("WS /ws", "in", "", "", (), 1))
    metrics.message(SocketMessage("WS /ws", "out", "", "", (), 1))
    metrics.crashed(Client("ada", "WS /ws"), ValueError())
    metrics.run(Run("SCHEDULE nb:job", 0.0, 5.5, 0.0, "ok"))
    metrics.run(Run("SCHEDULE nb:job", 0.0, 6.5, 0.0, "skipped"))
    text = metrics.text({"/ws": 3})
    families = {each.name: each for each in text_string_to_metric_families(text)}
    assert {name: (each.type, bool(each.documentation)) for name, each in families.items()} == {
        "neutrino_http_requests": ("counter", True),
        "neutrino_http_request_duration_seconds": ("histogram", True),
        "neutrino_websocket_clients": ("gauge", True),
        "neutrino_websocket_messages": ("counter", True),
        "neutrino_websocket_crashes": ("counter", True),
        "neutrino_schedule_runs": ("counter", True),
        "neutrino_schedule_last_run_timestamp_seconds": ("gauge", True),
    }
    found = parsed(text)
    assert found["neutrino_http_requests_total", odd, "4xx"] == 1
    buckets = [n for key, n in found.items() if key[0].endswith("_bucket")]
    assert buckets == [1] * 13 + [2]
    assert found["neutrino_http_request_duration_seconds_sum", odd] == 61.505
    assert found["neutrino_websocket_clients", "/ws"] == 3
    assert found["neutrino_websocket_messages_total", "/ws", "in"] == 2
    assert found["neutrino_websocket_crashes_total", "/ws"] == 1
    assert found["neutrino_schedule_runs_total", "nb:job", "skipped"] == 1
    assert found["neutrino_schedule_last_run_timestamp_seconds", "nb:job"] == 5.5
