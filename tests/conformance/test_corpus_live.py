"""The cases of the corpus that go on for a while, on `neutrino run`, on the exported build under
plain uvicorn and in JupyterLab: conversations, and schedules. Each has servers of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conformance.cases import Case, cases
from tests.conformance.servers import Target, serve, targets_of
from tests.conformance.steps import Conversation, request, same


def on_all(case: Case, play: Callable[[Target], None]) -> None:
    """Play a case on all its targets at once, each with a fresh server of its own."""
    targets = targets_of(case)
    with ThreadPoolExecutor(len(targets)) as pool:
        for played in [pool.submit(play, target) for target in targets]:
            played.result()


@pytest.mark.parametrize("case", cases("ws"))
def test_ws(case: Case, tmp_path: Path) -> None:
    def play(target: Target) -> None:
        with (
            serve(target, case["notebook"], tmp_path / target) as served,
            Conversation(served.address) as conversation,
        ):
            for step in case["steps"]:
                conversation.play(step)

    on_all(case, play)


@pytest.mark.parametrize("case", cases("schedule_live"))
def test_schedule_live(case: Case, tmp_path: Path) -> None:
    def play(target: Target) -> None:
        with serve(target, case["notebook"], tmp_path / target) as served:
            time.sleep(case["wait_seconds"])  # the case itself says how long to wait
            answer = request(served.address, case["request"]).json()
        expect = case["expect"]
        if "json" in expect:
            assert same(answer, expect["json"])
        for name, (least, most) in expect.get("runs", {}).items():
            assert least <= answer["runs"].get(name, 0) <= most, answer

    on_all(case, play)
