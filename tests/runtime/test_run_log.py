"""Runs of schedules outlive the worker that they ran in."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest

from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.observe.history import History
from neutrino_lab.runtime.observe.journal import Call, Run
from neutrino_lab.runtime.observe.run_log import RunLog
from neutrino_lab.serve.call_log import CallLog

FAILURE = {"type": "ValueError", "message": "ä\ud800", "frames": [], "text": "…"}


def run(n: int) -> Run:
    return Run("SCHEDULE a:job", float(n), n + 0.5, 0.25, "ok", output=f"run {n}\n", error="")


def test_the_newest_runs_are_found_by_the_next_log(tmp_path: Path) -> None:
    path = tmp_path / "runs"
    log = RunLog(path, most=3)
    for n in range(5):
        log.add(run(n), FAILURE if n == 4 else None)
    assert [*RunLog(path, most=3)] == [(run(2), None), (run(3), None), (run(4), FAILURE)]


def test_runs_that_end_together_are_kept_in_their_order(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "runs", most=120)

    async def ended(count: int) -> None:
        for n in range(count):
            log.add(run(n), None)

    for count in (1, 2, 127):
        asyncio.run(ended(count))
    assert [*log] == [(run(n), None) for n in range(7, 127)]


def test_the_figures_go_on_from_the_runs_that_were_kept(tmp_path: Path) -> None:
    first = CallLog(tmp_path / "runs")
    first.run(run(1))
    first.run(Run("SCHEDULE a:job", 2.0, 2.0, 0.0, "failed", output="half\n"), ValueError("no"))
    second = CallLog(tmp_path / "runs")
    assert second.journal("") == first.journal("")
    count = second.counts["SCHEDULE a:job"]
    assert (count.calls, count.errors, count.last_run, count.last_output) == (
        *(2, 1, "failed"),
        "half\n",
    )


def test_the_journal_begins_with_what_a_service_has_kept(tmp_path: Path) -> None:
    async def served() -> None:
        history = History(MemoryBus(), tmp_path, 10, is_beside_notebook=True)
        history.run(
            Run("SCHEDULE a:job", 1.0, 1.5, 0.25, "failed", error="Traceback\nKeyError: 'x'")
        )
        history.call(Call("GET /a", 200, 1.0, 0.5))
        history.call(Call("GET /a", 500, 2.0, 0.5), ValueError("bad"))
        history.crashed(Client("ann", "WS /chat"), ValueError("bad"))
        history.flush()

    asyncio.run(served())
    RunLog(tmp_path / "own", most=3).add(run(2), None)
    log = CallLog(tmp_path / "own", before=tmp_path)
    journal = log.journal("")
    told = [(each["started"], each["outcome"]) for each in journal["runs"]]
    assert told == [(1.5, "failed"), (2.5, "ok")]
    text = "Traceback\nKeyError: 'x'"
    assert journal["runs"][0]["failure"] == {
        "type": "KeyError",
        "message": "'x'",
        "frames": [],
        "text": text,
    }
    calls = [(each["status"], (each["failure"] or {}).get("message")) for each in journal["calls"]]
    assert calls == [(200, None), (500, "bad")]
    count = log.counts["GET /a"]
    assert (count.calls, count.errors, count.last_status) == (2, 1, 500)


@dataclass(frozen=True)
class Client:
    name: str
    key: str


def test_what_cannot_be_kept_is_done_without(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("this is no database, and never was one" * 100)
    folder = tmp_path / "none" / "runs"
    other = tmp_path / "other"
    with sqlite3.connect(other) as database:
        database.execute("create table runs (a integer)")
        database.execute("insert into runs values (1)")
    database.close()
    odd = tmp_path / "odd"
    RunLog(odd, most=3).add(run(1), None)
    with sqlite3.connect(odd) as database:
        database.execute("update runs set started = 'soon'")
    database.close()
    assert [*RunLog(odd, most=3)] == []
    for path in (None, broken, folder, other):
        log = RunLog(path, most=3)
        log.add(run(1), None)
        assert [*log] == []
    lone = RunLog(tmp_path / "runs", most=3)
    lone.add(Run("SCHEDULE a:job", 0.0, 0.0, 0.0, "ok", output="\ud800"), None)
    assert [*lone] == []


def test_its_file_is_closed_with_a_log(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "runs", most=3)
    database = log._table._database
    assert database is not None
    assert database.execute("select count(*) from runs").fetchall() == [(0,)]
    del log
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        database.execute("select 1")
