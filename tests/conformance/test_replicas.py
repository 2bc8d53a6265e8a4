"""Two processes that share a real Redis: one served from source, one exported, as one service."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from websockets.sync.client import ClientConnection, connect

from tests.conformance.servers import Served, serve
from tests.notebooks import write
from tests.streams.servers import Broker, broker
from tests.wire import WAIT_S, hear, until

CELLS = (
    '"""\n@WS /chat/{room_id}\nto: room\n"""\ndef chat(event: str):\n    return event',
    # A machine that is busy for seconds may not leave out what has passed meanwhile.
    '"""\n@SCHEDULE\ninterval: 1s\nmisfire: all\n"""\nimport os\n\ndef beat(tick):\n'
    '    with open(os.environ["TICKS"], "a") as file:\n'
    '        file.write(f"{os.getpid()} {tick.timestamp():.0f}\\n")',
)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Broker]:
    with broker("redis-server", tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("shared") / "shared.ipynb", *CELLS)


@pytest.fixture
def replicas(notebook: Path, redis: Broker, tmp_path: Path) -> Iterator[tuple[Served, Served]]:
    environment = {
        "NEUTRINO_BUS": f"redis://127.0.0.1:{redis.port}",
        "NEUTRINO_METRICS": "1",
        "NEUTRINO_API_KEYS": "a-key-of-this-test",
        "TICKS": str(tmp_path / "ticks"),
    }
    with ExitStack() as stack:
        here = stack.enter_context(serve("run", notebook, tmp_path / "a", **environment))
        there = stack.enter_context(serve("build", notebook, tmp_path / "b", **environment))
        yield here, there


def ticks(folder: Path) -> list[int]:
    """The nominal times of all runs, in the order in which they ran."""
    path = folder / "ticks"
    lines = path.read_text().splitlines() if path.exists() else []
    return [int(line.split()[1]) for line in lines]


def owners(folder: Path) -> set[str]:
    path = folder / "ticks"
    return {line.split()[0] for line in path.read_text().splitlines()} if path.exists() else set()


def joined(served: Served, room: str) -> ClientConnection:
    return connect(
        f"ws://{served.address}/chat/{room}",
        additional_headers={"X-API-Key": "a-key-of-this-test"},
        open_timeout=WAIT_S,
        close_timeout=0.1,
    )


def get(served: Served, path: str, key: str = "") -> tuple[int, str]:
    request = urllib.request.Request(f"http://{served.address}{path}", headers={"X-API-Key": key})
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def is_whole(folder: Path, redis: Broker) -> bool:
    """Whether each second between the first and the last has a run, or has met one that went on."""
    ran = set(ticks(folder))
    return set(range(min(ran), max(ran) + 1)) <= ran | overlapped(redis)


def overlapped(redis: Broker) -> set[int]:
    """The nominal times at which the run before was still under way, on a machine that is busy."""
    with Redis(port=redis.port) as client:
        entries: Any = client.xrange("neutrino:shared:runs")
    runs = [json.loads(entry[b"run"]) for _, entry in entries]
    return {round(run["due"]) for run in runs if run["outcome"] == "skipped"}


def test_rooms_reach_over_replicas_and_clients_are_summed(
    replicas: tuple[Served, Served],
) -> None:
    here, there = replicas
    with joined(here, "red") as one, joined(there, "red") as two, joined(there, "blue") as other:
        for n in range(20):
            one.send(f"{n}")
        assert (
            [hear(two) for _ in range(20)]
            == [hear(one) for _ in range(20)]
            == [*map(str, range(20))]
        )
        two.send("back")
        assert hear(one) == hear(two) == "back"
        other.send("elsewhere")
        assert hear(other) == "elsewhere"
        gauge = 'neutrino_websocket_clients{endpoint="/chat/{room_id}"} 3'
        for served in replicas:
            until(lambda: gauge in get(served, "/metrics", "a-key-of-this-test")[1])  # noqa: B023


def test_each_tick_runs_once_though_a_replica_is_killed(
    replicas: tuple[Served, Served], redis: Broker, tmp_path: Path
) -> None:
    until(lambda: len(ticks(tmp_path)) >= 3)
    replicas[0].process.kill()
    killed = len(ticks(tmp_path))
    until(lambda: len(ticks(tmp_path)) >= killed + 3 and is_whole(tmp_path, redis), 4 * WAIT_S)
    ran = ticks(tmp_path)
    # The one that ran when its replica was killed may have run again.
    assert len(ran) - len(set(ran)) <= 1


def test_a_redis_that_is_gone_for_a_while_loses_no_tick(
    replicas: tuple[Served, Served], redis: Broker, tmp_path: Path
) -> None:
    until(lambda: ticks(tmp_path))
    assert [get(each, "/readyz") for each in replicas] == [(200, '{"status":"ready"}')] * 2
    redis.stop()
    for served in replicas:
        until(lambda: get(served, "/readyz") == (503, '{"status":"bus down"}'))  # noqa: B023
    assert [json.loads(get(each, "/healthz")[1]) for each in replicas] == [{"status": "ok"}] * 2
    with joined(replicas[0], "red") as one, joined(replicas[0], "red") as two:
        one.send("still here")
        assert hear(two) == "still here"
    before = len(ticks(tmp_path))
    redis.start()
    until(lambda: len(ticks(tmp_path)) >= before + 3 and is_whole(tmp_path, redis), 4 * WAIT_S)
    assert [get(each, "/readyz")[0] for each in replicas] == [200, 200]
    ran = ticks(tmp_path)
    assert len(ran) == len(set(ran))
    log = "".join(replicas[0].log)
    assert "the bus is down, ticks are held: redis://127.0.0.1" in log
    assert "Traceback" not in log
