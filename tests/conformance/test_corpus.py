"""Every case of the corpus, on `neutrino run` and on the exported build under plain uvicorn;
those of HTTP also on an export of the needed cells alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.servers import HTTP_TARGETS, TARGETS, Served, Target, neutrino, serve
from tests.conformance.steps import Conversation, answers, request, same

HERE = Path(__file__).parent
Case = dict[str, Any]
Start = Callable[[Target, Case], Served]


def cases(*kinds: str) -> list[Any]:
    """The cases of the shared corpus and those of our own, which stand in the same form."""
    found = []
    for folder in ("corpus", "more"):
        listed = json.loads((HERE / folder / "cases.json").read_text(encoding="utf-8"))["cases"]
        for case in listed:
            if case["kind"] in kinds:
                case["notebook"] = HERE / folder / case.get("notebook", "")
                found.append(pytest.param(case, id=f"{folder}-{case['id']}"))
    return found


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """One server for each target and notebook, for the cases that leave no trace."""
    with ExitStack() as stack:
        running: dict[tuple[Target, Path], Served] = {}

        def start(target: Target, case: Case) -> Served:
            key = (target, case["notebook"])
            if key not in running:
                folder = tmp_path_factory.mktemp("shared")
                running[key] = stack.enter_context(serve(target, case["notebook"], folder))
            return running[key]

        yield start


@pytest.mark.parametrize("case", cases("http"))
def test_http(case: Case, shared: Start) -> None:
    bodies = []
    for target in HTTP_TARGETS:
        response = request(shared(target, case).address, case["request"])
        answers(response, case["expect"])
        bodies.append((response.status_code, response.headers["content-type"], response.content))
    assert bodies[1:] == bodies[:1] * 2


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", cases("parallel"))
def test_parallel(case: Case, target: Target, shared: Start) -> None:
    address = shared(target, case).address
    request(address, case["request"])
    started = time.monotonic()
    with ThreadPoolExecutor(case["times"]) as pool:
        asked = [pool.submit(request, address, case["request"]) for _ in range(case["times"])]
    for each in asked:
        answers(each.result(), case["expect"])
    assert time.monotonic() - started <= case["max_seconds"]


def on_both(play: Callable[[Target], None]) -> None:
    """Play a case on both targets at once, each with a fresh server of its own."""
    with ThreadPoolExecutor(len(TARGETS)) as pool:
        for played in [pool.submit(play, target) for target in TARGETS]:
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

    on_both(play)


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

    on_both(play)


@pytest.mark.parametrize("case", cases("schedule_next"))
def test_schedule_next(case: Case) -> None:
    count = str(len(case["expect"]))
    arguments = ["--after", case["after"], "--timezone", case["timezone"], "--count", count]
    printed = neutrino("next", case["declaration"], *arguments, "--format", "json")
    assert json.loads(printed.stdout) == case["expect"], printed.stderr


@pytest.mark.parametrize("case", cases("build"))
def test_build(case: Case, tmp_path: Path) -> None:
    out = tmp_path / "build"
    built = neutrino("build", str(case["notebook"]), "--out", str(out))
    printed = built.stdout + built.stderr
    assert (built.returncode != 0, "warning" in printed) == (
        case["expect"]["fails"],
        case["expect"]["warns"],
    ), printed
    assert out.exists() != case["expect"]["fails"]
    for word in case["expect"]["mentions"]:
        assert word in printed
    assert "Traceback" not in printed
