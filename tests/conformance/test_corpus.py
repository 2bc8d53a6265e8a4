"""The cases of the corpus that ask once, on `neutrino run`, on the exported build under plain
uvicorn and in JupyterLab; those of HTTP also on an export of the needed cells alone, and in a live
kernel."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from neutrino_lab.cli import main
from neutrino_lab.runtime.paths import OPENAPI
from tests.conformance.cases import Case, cases
from tests.conformance.servers import TARGETS, Served, Target, serve, targets_of
from tests.conformance.steps import answers, prepared, request
from tests.kernels import Kernel, cells_of, response, started

Start = Callable[[Target, Case], Served]


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


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One kernel for all notebooks: it is emptied before it runs another."""
    with started(tmp_path_factory.mktemp("kernel")) as found:
        yield found


def in_kernel(kernel: Kernel, case: Case) -> httpx.Response:
    """Call what a kernel has run; a notebook is run once for all of its cases."""
    if kernel.path != str(case["notebook"]):
        kernel.path = str(case["notebook"])
        kernel.cells = cells_of(case["notebook"])
        kernel.run("%reset -f")
        kernel.run()
    asked = prepared("kernel", case["request"])
    endpoints = [each.key for each in kernel.ask().statuses]
    key = next((key for key in endpoints if fits(key, asked)), endpoints[0])
    return response(kernel.send(key, asked))


def fits(key: str, asked: httpx.Request) -> bool:
    """Whether a request is one for an endpoint."""
    verb, _, path = key.partition(" ")
    pattern = re.sub(r"\\{\w+(:path)?\\}", ".*", re.escape(path))
    return verb == asked.method and re.fullmatch(pattern, asked.url.path) is not None


@pytest.mark.parametrize("case", cases("http"))
def test_http(case: Case, shared: Start, kernel: Kernel) -> None:
    bodies = []
    for target in (*targets_of(case), "needed"):
        answer = request(shared(target, case).address, case["request"])
        answers(answer, case["expect"])
        bodies.append(shown(case, answer))
    # A folder's notebooks have a kernel each; of two functions of one name, a kernel has the last;
    # and it builds no more of the app than a request concerns.
    is_apart = case["request"]["path"] == OPENAPI or case["id"] == "same-name-first"
    if case["notebook"].is_file() and not is_apart:
        answer = in_kernel(kernel, case)
        answers(answer, case["expect"])
        bodies.append(shown(case, answer))
    assert bodies == bodies[:1] * len(bodies)


def shown(case: Case, answer: httpx.Response) -> tuple[int, str, bytes]:
    content = answer.content
    if case["request"]["path"] == OPENAPI:  # in JupyterLab it names the prefix
        content = json.dumps({**answer.json(), "servers": []}).encode()
    return answer.status_code, answer.headers["content-type"], content


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", cases("service"))
def test_service(case: Case, target: Target, shared: Start) -> None:
    """What a notebook means in its kernel, it means in a service."""
    answers(request(shared(target, case).address, case["request"]), case["expect"])


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


@pytest.mark.parametrize("case", cases("schedule_next"))
def test_schedule_next(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    count = str(len(case["expect"]))
    arguments = ["--after", case["after"], "--timezone", case["timezone"], "--count", count]
    main(["next", case["declaration"], *arguments, "--format", "json"])
    printed = capsys.readouterr()
    assert json.loads(printed.out) == case["expect"], printed.err


@pytest.mark.parametrize("case", cases("build"))
def test_build(case: Case, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "build"
    failed = main(["build", str(case["notebook"]), "--out", str(out)]) != 0
    printed = "".join(capfd.readouterr())
    assert (failed, "warning" in printed) == (
        case["expect"]["fails"],
        case["expect"]["warns"],
    ), printed
    assert out.exists() != case["expect"]["fails"]
    for word in case["expect"]["mentions"]:
        assert word in printed
    assert "Traceback" not in printed
