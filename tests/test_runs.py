"""`neutrino runs`: what a service keeps of the runs of its schedules, and where."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from neutrino_lab.cli import main
from neutrino_lab.runtime.bus import choice
from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.observe import kept_calls
from neutrino_lab.runtime.observe.history import FILE, History
from neutrino_lab.runtime.observe.journal import Call, Run
from tests.conformance.servers import neutrino, serve
from tests.notebooks import write
from tests.streams.servers import broker
from tests.wire import until

SOUND = Run("SCHEDULE app:tidy", 1.0, 2.0, 0.25, "ok", "printed")
FAILED = Run("SCHEDULE app:report", 3.0, 4.0, 0.5, "failed", error="Traceback\nValueError: bad")
LINES = (
    "1970-01-01T00:00:01+00:00  app:tidy    ok      0.250 s",
    "1970-01-01T00:00:03+00:00  app:report  failed  0.500 s  ValueError: bad",
)


def test_runs_on_the_disk_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--project", str(tmp_path)]
    assert main(["runs", *where]) == 0
    assert capsys.readouterr().out == "no runs are kept\n"
    history = History(MemoryBus(), tmp_path / ".neutrino", 10, is_beside_notebook=True)
    assert not (tmp_path / ".neutrino").exists()
    for each in (SOUND, FAILED):
        history.run(each)
    printed = []
    for asked in ([], ["--failed"], ["tidy"], ["app:tidy", "--failed"]):
        assert main(["runs", *where, *asked]) == 0
        printed.append(capsys.readouterr().out.splitlines())
    short = LINES[0].replace("tidy    ok      ", "tidy  ok  ")
    assert printed == [[*LINES], [LINES[1]], [short], ["no runs are kept"]]
    assert main(["runs", *where, "--format", "json", "report"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "key": "SCHEDULE app:report",
            "due": "1970-01-01T00:00:03+00:00",
            "started": "1970-01-01T00:00:04+00:00",
            "duration_s": 0.5,
            "outcome": "failed",
            "output": "",
            "error": "Traceback\nValueError: bad",
        }
    ]


CALLS = (
    "1970-01-01T00:00:01+00:00  GET /orders  200   0.250 s",
    "1970-01-01T00:00:02+00:00  GET /orders  500   0.500 s  ValueError: bad",
    "1970-01-01T00:00:03+00:00  WS /chat     1011  0.000 s  KeyError: 'x'",
)


def note_calls(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that goes well, one that fails, and a socket that an exception closes."""
    monkeypatch.setattr(time, "time", lambda: 3.0)
    history.crashed(Caller("ann", "WS /chat"), KeyError("x"))
    history.call(Call("GET /orders", 500, 2.0, 0.5), ValueError("bad"))
    history.call(Call("GET /orders", 200, 1.0, 0.25))
    history.flush()


@dataclass(frozen=True)
class Caller:
    name: str
    key: str


def test_calls_on_the_disk_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        note_calls(
            History(MemoryBus(), tmp_path / ".neutrino", 10, is_beside_notebook=True), monkeypatch
        )

    where = ["--project", str(tmp_path)]
    asyncio.run(test())
    printed = []
    for asked in ([], ["--failed"], ["/chat"], ["/none"]):
        assert main(["calls", *where, *asked]) == 0
        printed.append(capsys.readouterr().out.splitlines())
    alone = "1970-01-01T00:00:03+00:00  WS /chat  1011  0.000 s  KeyError: 'x'"
    assert printed == [[*CALLS], [*CALLS[1:]], [alone], ["no calls are kept"]]
    assert main(["calls", *where, "/chat", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "key": "WS /chat",
            "status": 1011,
            "started": "1970-01-01T00:00:03+00:00",
            "duration_s": 0.0,
            "error": "KeyError: 'x'",
        }
    ]
    assert (tmp_path / ".neutrino" / ".gitignore").read_text() == "*\n"


def test_of_many_calls_the_newest_are_kept_and_those_that_failed(tmp_path: Path) -> None:
    async def test() -> None:
        history = History(MemoryBus(), tmp_path, 1000, is_beside_notebook=True)
        for n in range(1000):
            history.call(Call("GET /orders", 500 if n == 3 else 200, float(n), 0.0))
        assert not (tmp_path / kept_calls.FILE).exists()  # nothing is written while it is busy
        history.flush()

    asyncio.run(test())
    kept = [each.started for each in kept_calls.on_disk(tmp_path)]
    assert kept == [3.0, *map(float, range(900, 1000))]


def test_no_more_runs_are_kept_than_it_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history = History(MemoryBus(), tmp_path / ".neutrino", 2, is_beside_notebook=True)
    for n in range(5):
        history.run(replace(SOUND, due=float(n)))
    assert main(["runs", "--project", str(tmp_path), "--format", "json"]) == 0
    due = [each["due"][17:19] for each in json.loads(capsys.readouterr().out)]
    assert due == ["03", "04"]


def test_runs_on_a_shared_bus_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(url: str) -> None:
        bus = choice.connect(choice.read(url), "shop")
        await bus.start()
        history = History(bus, tmp_path, 10)
        history.run(SOUND)
        history.run(FAILED)
        note_calls(history, monkeypatch)
        await bus.stop()

    with broker("redis-server", tmp_path) as redis:
        url = f"redis://127.0.0.1:{redis.port}"
        asyncio.run(test(url))
        monkeypatch.setenv("NEUTRINO_BUS", url)
        monkeypatch.setenv("NEUTRINO_SERVICE", "shop")
        assert main(["runs"]) == 0
        assert capsys.readouterr().out.splitlines() == [*LINES]
        assert main(["calls"]) == 0
        assert capsys.readouterr().out.splitlines() == [*CALLS]
        assert not (tmp_path / FILE).exists()
    assert main(["runs"]) == 2
    assert capsys.readouterr().err.startswith(f"neutrino: {url}: ")


def test_a_service_keeps_its_runs_and_calls_beside_the_project(tmp_path: Path) -> None:
    cells = (
        '"""\n@SCHEDULE\ninterval: 1s\n"""\ndef beat():\n    print("here")',
        '"""\n@HTTP GET /fails\n"""\ndef fails():\n    return 1 / 0',
    )
    notebook = write(tmp_path / "app.ipynb", *cells)
    root = tmp_path / "served" / "project"

    def kept() -> list[str]:
        listed = neutrino("runs", "beat", "--project", str(root), "--format", "json")
        return [each["output"] for each in json.loads(listed.stdout)]

    with serve("run", notebook, tmp_path / "served", NEUTRINO_HISTORY="2") as served:
        assert httpx.get(f"http://{served.address}/fails").status_code == 500
        until((root / ".neutrino" / FILE).exists)
        until(kept)
    assert set(kept()) == {"here\n"}
    (called,) = kept_calls.on_disk(root / ".neutrino")
    assert (called.key, called.status) == ("GET /fails", 500)
    assert called.error.endswith("ZeroDivisionError: division by zero")
