"""A written folder is served by plain uvicorn, with no package of ours to be imported."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest
from websockets.sync.client import connect

from neutrino_lab.export.planned import Plan
from neutrino_lab.export.writer import write
from tests.llm import KEY, Reply, answering

PlanOf: TypeAlias = Callable[[Mapping[str, str | Sequence[str]]], Plan]

# As the command `uvicorn main:app` does, where an import of our package fails.
UVICORN = """
import sys
sys.modules["neutrino_lab"] = None
from uvicorn.main import main
main()
"""
HOSTILE = '"; RUN id {{7*7}} $(id) `x` # ü'
PROJECT = {
    "Quick start (2).ipynb": [
        "import json\nfrom helpers.text import shout\nfrom cells import another",
        '"""\n@HTTP\nGET /hello/{name}\nquery: times:int=1\n"""\n'
        "def hello(name: str, times: int):\n    return [shout(name)] * times",
        f'"""\n@HTTP\nGET /hostile\nquery: text:str={HOSTILE!r}\n"""\n'
        "def hostile(text: str):\n    return text",
        '"""\n@HTTP\nGET /fails\n"""\ndef fails():\n    return json.loads("{")',
        '"""\n@WS /ws\n"""\ndef echo(event: dict):\n    return event',
    ],
    "Another.ipynb": ['"""\n@HTTP\nGET /file\n"""\ndef file(): return "__file__" in globals()'],
    "helpers/text.py": "def shout(s):\n    return s.upper() + '!'\n",
}


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Run the folder, give its URL and, once it has ended, what it logged."""
    log: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", UVICORN, "main:app", "--port", "0"],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            log.append(line)
            if found := re.search(r"running on http://(\S+)", line):
                break
        else:
            pytest.fail("it did not start:\n" + "".join(log))
        try:
            yield found[1], log
        finally:
            process.terminate()
            log += process.stderr
        assert process.wait(60) == 0, log


def test_a_built_folder_answers_on_its_own(plan_of: PlanOf, tmp_path: Path) -> None:
    out = tmp_path / "a folder of builds" / "büild"
    write(plan_of(PROJECT), out)
    (tmp_path / "project").rename(tmp_path / "gone")
    with served(out) as (address, log):
        with httpx.Client(base_url=f"http://{address}", trust_env=False) as client:
            assert client.get("/healthz").status_code == 200
            assert client.get("/hello/ada", params={"times": 2}).json() == ["ADA!", "ADA!"]
            assert client.get("/hello/ada", params={"times": "x"}).status_code == 422
            assert client.get("/hostile").json() == HOSTILE
            assert client.get("/file").json() is False
            assert client.get("/fails").status_code == 500
            assert client.get("/openapi.json").json()["info"]["title"] == "project"
        with connect(f"ws://{address}/ws", proxy=None) as socket:
            socket.send('{"a": 1}')
            assert socket.recv() == '{"a":1}'
    logged = "".join(log)
    # A traceback names the file and the line in the folder.
    assert re.search(r'cells/\w+\.py", line \d+, in fails', logged)
    assert 'return json.loads("{")' in logged


def test_a_folder_is_served_from_any_place_and_without_writing(
    plan_of: PlanOf, tmp_path: Path
) -> None:
    out = tmp_path / "build"
    write(plan_of(PROJECT), out)
    before = sorted(path for path in out.rglob("*") if "__pycache__" not in path.parts)
    with served(out) as (address, _):
        assert httpx.get(f"http://{address}/hello/ada", trust_env=False).json() == ["ADA!"]
    assert sorted(p for p in out.rglob("*") if "__pycache__" not in p.parts) == before


DRAFTED = {
    "Drafted.ipynb": [
        '"""\n@STREAM /counted/{symbol}\nsource: sim:random-walk?symbols={symbol}&every=20ms\n'
        'select: price:float\nrun: sandboxed\ndescribe: count them\n"""\n'
        "def counted(acc, value):\n"
        "    n = acc.get('n', 0) + 1\n"
        "    try:\n"
        "        open('/etc/hostname')\n"
        "    except OSError:\n"
        "        return {'n': n}, n\n"
        "    return {'n': n}, 'it reads files'",
        '"""\n@STREAM /mood/{symbol}\nsource: sim:random-walk?symbols={symbol}&every=20ms\n'
        "select: price:float\nmode: direct\nbudget: 100/min, 2 total\n"
        'describe: say how it sounds\n"""',
        '"""\n@HTTP GET /twice\nquery: n:int\n"""\ndef twice(n):\n    return n * 2',
    ],
}


def frames(client: httpx.Client, path: str) -> Iterator[dict[str, Any]]:
    """What a stream sends, from its beginning."""
    with client.stream("GET", path) as response:
        for line in response.iter_lines():
            if line.startswith("data:"):
                yield json.loads(line.removeprefix("data:"))


def test_drafted_cells_run_in_their_sandbox_and_a_model_within_its_budget(
    plan_of: PlanOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "build"
    write(plan_of(DRAFTED), out)
    replies = [Reply([json.dumps({"result": text})]) for text in ("calm", "loud")]
    with answering(*replies) as endpoint:
        for name, value in endpoint.environment.items():
            monkeypatch.setenv(name, value)
        with served(out) as (address, log):
            url = f"http://{address}"
            with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
                assert client.get("/twice", params={"n": 21}).json() == 42
                counted = list(islice(frames(client, "/counted/AAAA"), 3))
                mood = list(islice(frames(client, "/mood/AAAA"), 3))
    assert [each["value"] for each in counted] == [1, 2, 3]
    assert [each.get("value") for each in mood] == ["calm", "loud", None]
    assert (mood[2]["event"], mood[2]["reason"]) == ("paused", "the budget of 2 calls is spent")
    assert len(endpoint.asked) == 2
    logged = "".join(log)
    assert "stream counted runs sandboxed: isolated by" in logged
    assert "stream mood pauses: the budget of 2 calls is spent" in logged
    assert "Traceback" not in logged
    written = [path for path in out.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert not [path for path in written if KEY.encode() in path.read_bytes()]
