"""The cases of the corpus that go on for a while, on `neutrino run`, on the exported build under
plain uvicorn and in JupyterLab: conversations, and schedules."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import compile_path

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.runtime.spec import Routed
from neutrino_lab.serve.revision import read_revision
from tests.conformance.cases import Case, cases
from tests.conformance.servers import TARGETS, Served, Target, serve, targets_of
from tests.conformance.steps import Conversation, request, same
from tests.wire import until

Servers = Mapping[Target, Served]


@dataclass(eq=False)
class Turn:
    """Conversations that share the servers of a notebook: no two ask the same endpoint, so each
    finds its own as on a fresh server."""

    notebook: Path
    asked: set[str] = field(default_factory=set)
    cases: list[tuple[str | None, Case]] = field(default_factory=list)


def on_all(case: Case, play: Callable[[Target], None]) -> None:
    """Play a case on all its targets at once."""
    targets = targets_of(case)
    with ThreadPoolExecutor(len(targets)) as pool:
        for played in [pool.submit(play, target) for target in targets]:
            played.result()


def conversations() -> list[Any]:
    """The `ws` cases, each with its turn; those of one turn follow each other."""
    turns: list[Turn] = []
    for each in cases("ws"):
        (case,) = each.values
        asked = endpoints_of(case)
        free = (t for t in turns if t.notebook == case["notebook"] and not t.asked & asked)
        if (turn := next(free, None)) is None:
            turns.append(turn := Turn(case["notebook"]))
        turn.asked |= asked
        turn.cases.append((each.id, case))
    return [pytest.param(turn, case, id=id_) for turn in turns for id_, case in turn.cases]


def endpoints_of(case: Case) -> set[str]:
    """The paths of the endpoints that the steps of a case ask; a path of none stands for itself."""
    routed = read_revision(case["notebook"], Compiler()).app.of(Routed)
    patterns = {each.path: compile_path(each.path)[0] for each in routed}
    found = set()
    for step in case["steps"]:
        asked = step.get("path") or step.get("request", {}).get("path")
        path = (asked or "").partition("?")[0]
        fitting = [each for each, pattern in patterns.items() if pattern.match(path)]
        found |= {*fitting} or {path}
    return found - {""}


@pytest.fixture(scope="module")
def servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servers]:
    """A server for each target, for the conversations of one turn."""
    source, folder = request.param.notebook, tmp_path_factory.mktemp("turn")
    with ExitStack() as stack, ThreadPoolExecutor(len(TARGETS)) as pool:
        starting = [
            pool.submit(stack.enter_context, serve(each, source, folder / each)) for each in TARGETS
        ]
        yield dict(zip(TARGETS, [each.result() for each in starting], strict=True))


@pytest.mark.parametrize(("servers", "case"), conversations(), indirect=["servers"], scope="module")
def test_ws(servers: Servers, case: Case) -> None:
    def play(target: Target) -> None:
        with Conversation(servers[target].address) as conversation:
            for step in case["steps"]:
                conversation.play(step)

    on_all(case, play)


@pytest.mark.parametrize("case", cases("schedule_live"))
def test_schedule_live(case: Case, tmp_path: Path) -> None:
    """On a busy machine more time passes than the case says: runs may come later, and be more."""
    expect, wait_s = case["expect"], case["wait_seconds"]

    def play(target: Target) -> None:
        began = time.monotonic()
        with serve(target, case["notebook"], tmp_path / target) as served:
            time.sleep(wait_s)  # the case itself says how long to wait

            def reported() -> Any:
                answer = request(served.address, case["request"]).json()
                runs = answer["runs"] if "runs" in expect else {}
                late = [
                    n for n, (least, _) in expect.get("runs", {}).items() if runs.get(n, 0) < least
                ]
                return None if late else answer

            answer = until(reported)
            stretched = max(1.0, (time.monotonic() - began) / wait_s)
        if "json" in expect:
            assert same(answer, expect["json"])
        for name, (_, most) in expect.get("runs", {}).items():
            assert answer["runs"].get(name, 0) < (most + 1) * stretched, answer

    on_all(case, play)
