"""Streams whose operator runs in a sandbox: versions that take over, and those that are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.errors import EndpointError
from neutrino_lab.runtime.observe.journal import Journals
from neutrino_lab.runtime.observe.output import Output
from neutrino_lab.runtime.parts import Shared
from neutrino_lab.runtime.sandbox import ladder
from neutrino_lab.runtime.sandbox.levels import ABOUT
from neutrino_lab.runtime.streams.part import StreamPart
from neutrino_lab.runtime.streams.report import describe
from tests.streams.flows import MEANS, PRICES, emitted, feed, only, operator, streams
from tests.streams.loops import run, until
from tests.streams.sandboxes import SIZE, SMA, function


def test_a_stream_swaps_into_its_sandbox_and_keeps_its_state(tmp_path: Path) -> None:
    def work(acc: dict[str, Any], value: float, params: dict[str, Any]) -> Any:
        values = [*acc.get("values", []), value][-params["window_size"] :]
        return {"values": values}, sum(values) / len(values)

    before = operator(work, params=SIZE)
    after = operator(function(SMA), params=SIZE, run="sandboxed")

    async def test() -> None:
        async with streams(tmp_path, before) as running:
            flow = only(running)
            feed(flow, *PRICES[:3])
            await emitted(flow, 3)
            # As the part finds out when the first sandboxed version comes.
            running.level = ladder.strongest()
            running.adopt([after])
            await until(lambda: flow.version == 2)
            feed(flow, *PRICES[3:])
            await emitted(flow, len(PRICES))
            assert flow.outlet.latest[None][3] == pytest.approx(MEANS[-1])
            assert describe(flow)["run"] == f"sandboxed, {ABOUT[running.level]}"
            assert flow.timeout_s == 0
            feed(flow, 1.0)
            await emitted(flow, len(PRICES) + 1)
        assert json.dumps(describe(flow)["state"])

    run(test())


def test_a_cell_that_fails_in_its_sandbox_refuses_the_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUTRINO_STATE_FOLDER", str(tmp_path))
    good = function("def work(value):\n    return value")
    bad = function("1 / 0\ndef work(value):\n    pass")
    endpoint = operator(good, run="sandboxed").stream

    class Cells:
        def __init__(self, found: Any) -> None:
            self.found = found
            self.variables: dict[Any, Any] = {}

        def function(self, _endpoint: Any) -> Any:
            return self.found

        def names(self, _module: str) -> dict[str, Any]:
            return {}

    part = StreamPart(Shared(MemoryBus(), Journals(), Output()))
    [built] = part.build([endpoint], Cells(good))
    assert built.function is good
    with pytest.raises(EndpointError, match=r"ZeroDivisionError: division by zero") as caught:
        part.build([endpoint], Cells(bad))
    assert (caught.value.cell, "line 1" in caught.value.reason) == (2, True)
    monkeypatch.setattr(ladder, "refusal", lambda level: "" if level == "limits" else "not here")
    monkeypatch.delenv("NEUTRINO_SANDBOX", raising=False)
    again = function("def work(value):\n    return 1")
    with pytest.raises(EndpointError, match="set NEUTRINO_SANDBOX=limits"):
        part.build([endpoint], Cells(again))
    monkeypatch.setenv("NEUTRINO_SANDBOX", "limits")
    part.build([endpoint], Cells(again))
    assert part.streams.level == "limits"
