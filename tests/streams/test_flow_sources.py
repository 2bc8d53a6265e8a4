"""Flows whose sources fail, end or are not there."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest

from neutrino_lab.runtime.streams.contract import Entry, Source, SourceError
from neutrino_lab.runtime.streams.sources import table
from neutrino_lab.runtime.streams.sources.location import Location
from tests.streams.flows import (
    emitted,
    feed,
    frames,
    lines,
    only,
    operator,
    streams,
)
from tests.streams.loops import run, until
from tests.streams.sizes import same


def test_a_source_that_goes_on_is_not_read_twice_once_another_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, opened = table.make, list[str]()

    def noted(location: Location, parameters: Mapping[str, str], name: str) -> Source:
        opened.append(location.scheme)
        return make(location, parameters, name)

    monkeypatch.setattr(table, "make", noted)

    async def work() -> None:
        path = tmp_path / "later.jsonl"
        made = operator(same, source=f"sim:random-walk?every=1h file:{path}")
        async with streams(tmp_path / "state", made) as running:
            flow = only(running)
            await until(lambda: flow.status == "failed")
            lines(path, [1])
            running.acquire("s", {})
            await emitted(flow, 2)
            assert opened == ["sim", "file", "file"]

    run(work())


def test_what_came_before_a_failure_goes_on_once_the_source_is_read_again(tmp_path: Path) -> None:
    async def work() -> None:
        path = tmp_path / "later.jsonl"
        made = operator(same, source=f"file:{path}", snapshot="off")
        async with streams(tmp_path, made) as running:
            flow = only(running)
            await until(lambda: flow.status == "failed")
            feed(flow, 5)
            await until(lambda: not flow._is_scheduled)
            lines(path, [])
            running.acquire("s", {})
            await emitted(flow, 1)

    run(work())


def test_what_waits_when_a_source_fails_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int | None] = []

    class Failing(Source):
        overflow = "block"

        async def values(self, position: int | None) -> AsyncIterator[Sequence[Entry]]:
            opened.append(position)
            yield [(n, 0.0, n) for n in range((position or 0) + 1, (position or 0) + 4)]
            if position is None:
                raise SourceError("gone")

    monkeypatch.setattr(table, "make", lambda *_: Failing())
    is_retried = threading.Event()

    def waiting(value: int) -> int:
        is_retried.wait()
        return value

    async def work() -> None:
        async with streams(tmp_path, operator(waiting, source="file:any")) as running:
            flow = only(running)
            await until(lambda: flow.status == "failed")
            subscriber = flow.outlet.subscribe()
            running.acquire("s", {})
            is_retried.set()
            got = await frames(subscriber, 6)
            assert [each["value"] for each in got] == [1, 2, 3, 4, 5, 6]
            assert opened == [None, 3]

    run(work())


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    async def work() -> None:
        async with streams(tmp_path, operator(same, source="file:nowhere.jsonl")) as running:
            flow = only(running)
            await until(lambda: flow.status == "failed")
            assert flow.reason == "nowhere.jsonl cannot be read: No such file or directory"
            source = lines(tmp_path / "there.jsonl", [1])
            running.adopt([operator(same, source=f"file:{source}")])
            await emitted(flow, 1)
            assert (flow.status, flow.version) == ("live", 2)

    run(work())
