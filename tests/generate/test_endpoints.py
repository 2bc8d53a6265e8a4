"""Endpoints, sockets and schedules from words. All answers are written by hand, none by a model."""

from __future__ import annotations

import json
from typing import Any

import pytest

from neutrino_lab.generate.task import Candidate, Sample
from neutrino_lab.generate.terms import Terms
from tests.generate.operators import DECLARATION, SAMPLES, drafted, failure, generated
from tests.llm import Reply, answering

MEAN = """\
import fastapi

def mean(x: list[float]):
    if not x:
        raise fastapi.HTTPException(422, "there is nothing to take a mean of")
    return {"mean": sum(x) / len(x)}"""
POST = "@HTTP\nPOST /api/mean"
GET = "@HTTP\nGET /api/twice"
TWICE = "def twice(n):\n    return n * 2"
ONE = Terms(rounds=1, timeout_s=20)


def answer(code: str, **fields: Any) -> Reply:
    return Reply([json.dumps({"name": "", "code": code, "notes": "by hand", **fields})])


def tried(declaration: str, reply: Reply, **changes: Any) -> Candidate:
    with answering(reply) as endpoint:
        told = {"samples": (), "terms": ONE, **changes}
        return generated(endpoint, "what it does", declaration=declaration, **told)


def failed(declaration: str, reply: Reply, check: str, reason: str) -> Candidate:
    """What comes of a reply whose first failure is of this check, and says so."""
    candidate = tried(declaration, reply)
    name, message = failure(candidate)
    assert name == check
    assert reason in message
    return candidate


def rows(candidate: Candidate) -> list[tuple[str, str, str, str]]:
    return [(r.kind, r.value, r.error or r.outputs, r.before) for r in candidate.evidence.rows]


def test_words_become_an_endpoint_that_was_asked_in_its_sandbox() -> None:
    example = {"inputs": '[{"body": {"x": [1, 3]}}]', "expected": '[{"mean": 2}]'}
    refused = {
        "inputs": '[{"body": {"x": []}}]',
        "expected": '[{"status": 422, "body": {"detail": "there is nothing to take a mean of"}}]',
    }
    reply = answer(MEAN, body="x:list[float]", resp="", examples=[example, refused])
    with answering(reply) as endpoint:
        candidate = generated(
            endpoint,
            "the mean of some numbers",
            declaration=POST,
            samples=[Sample({"body": {"x": [2, 4]}})],
            terms=ONE,
        )
    assert candidate.cell == f'"""\n{POST}\nbody: x:list[float]\n"""\n{MEAN}\n'
    assert {each.name: each.status for each in candidate.checks} == dict.fromkeys(
        (
            *("python", "name", "signature", "imports", "calls", "statements", "declaration"),
            *("values", "edges", "examples"),
        ),
        "passed",
    )
    assert rows(candidate)[0] == ("request", '{"body": {"x": [2, 4]}}', '{"mean": 3.0}', "")
    assert [row.kind for row in candidate.evidence.rows] == ["request", "example", "example"]
    assert (candidate.kind, candidate.shape, candidate.is_sandboxed) == ("HTTP", "", False)
    assert candidate.evidence.level in ("bubblewrap", "landlock")
    user = endpoint.asked[0]["messages"][1]["content"]
    assert 'Requests that a person has tried, newest last:\n{"body": {"x": [2, 4]}}' in user
    form = endpoint.asked[0]["response_format"]["json_schema"]["schema"]
    assert form["required"] == [
        *("name", "code", "body", "query", "resp", "headers", "examples", "notes")
    ]


@pytest.mark.parametrize(
    ("declaration", "reply", "given"),
    [
        (
            "@WS /ws/up/{room}",
            answer("async def up(event, room: str):\n    return [room, event.upper()]"),
            ('{"path": {"room": "a"}, "message": "a"}', '["a", "A"]'),
        ),
        (
            "@WS /ws/count\ntype: stream\nquery: start:int=5",
            answer("def count(start):\n    while True:\n        yield start\n        start += 1"),
            ('{"query": {"start": 5}}', "[5, 6, 7]"),
        ),
        (
            "@SCHEDULE\ninterval: 1h",
            answer("import time\nruns = []\ndef note():\n    runs.append(1)\n    return len(runs)"),
            ("{}", "1"),
        ),
    ],
    ids=["socket", "stream of a socket", "schedule"],
)
def test_sockets_and_schedules_are_tried_as_well(
    declaration: str, reply: Reply, given: tuple[str, str]
) -> None:
    candidate = tried(declaration, reply)
    assert candidate.failures == ()
    kind, value, output, _ = rows(candidate)[0]
    assert (kind, value, output) == ("made", *given)


@pytest.mark.parametrize(
    ("declaration", "code", "fields", "check", "reason"),
    [
        (GET, "import os\ndef f():\n    return 1", {}, "imports", "`os`"),
        (GET, "def f():\n    return open('/etc/passwd').read()", {}, "calls", "`open`"),
        (GET, "def f(n):\n    return n", {}, "declaration", "`n`"),
        (GET, "def f():\n    return df.mean()", {}, "declaration", "`df`"),
        (GET, TWICE, {"query": "n:int\nmedia: html"}, "declaration", "media"),
        (GET, f"{TWICE}\n", {"name": "other"}, "name", "no function `other`"),
        ("@WS /ws", "def f():\n    return 1", {}, "declaration", "event"),
        (GET, TWICE, {"query": "n: nope"}, "declaration", "nope"),
    ],
)
def test_what_shows_without_running_an_endpoint_is_said(
    declaration: str, code: str, fields: dict[str, str], check: str, reason: str
) -> None:
    assert failed(declaration, answer(code, **fields), check, reason).evidence.rows == ()


@pytest.mark.parametrize(
    ("declaration", "code", "fields", "check", "reason"),
    [
        (
            POST,
            "def mean(x):\n    return sum(x) / len(x)",
            {"body": "x:list[float]"},
            "edges",
            "`x` is empty",
        ),
        (GET, "def f():\n    return object()", {}, "values", "object"),
        (
            GET,
            "import numpy as np\ndef f():\n    return np.fromfile('/etc/passwd').tolist()",
            {},
            "values",
            "For {}: ",
        ),
        (GET, "import fastapi.nowhere\ndef f():\n    return 1", {}, "values", "fastapi.nowhere"),
        (GET, "def f():\n    raise SystemExit(3)", {}, "values", "For {}: "),
    ],
    ids=["raises on nothing", "no JSON", "a file", "an import of what is not there", "an end"],
)
def test_what_shows_in_the_trial_of_an_endpoint_is_said(
    declaration: str, code: str, fields: dict[str, str], check: str, reason: str
) -> None:
    failed(declaration, answer(code, **fields), check, reason)


def test_an_endpoint_without_an_end_is_ended() -> None:
    code = "def f():\n    while True:\n        pass"
    candidate = tried(GET, answer(code), terms=Terms(rounds=1, timeout_s=0.3))
    assert failure(candidate)[1] == "For {}: it took longer than 0.3 s, and was ended"


def test_what_runs_now_is_compared_with_what_it_needs_of_other_cells() -> None:
    helper = "FACTOR = 10\ndef scaled(value):\n    return value * FACTOR"
    unused = "import nowhere_to_be_found"
    before = f'"""\n{GET}\nquery: n:int=1\n"""\ndef twice(n):\n    return scaled(n)'
    candidate = tried(
        f"{GET}\nquery: n:int=1",
        answer(TWICE),
        before=before,
        cells=(unused, helper, before),
        samples=[Sample({"query": {"n": 4}})],
    )
    assert rows(candidate)[0] == ("request", '{"query": {"n": 4}}', "8", "40")
    stream = f'"""\n{DECLARATION}\n"""\ndef spread(value):\n    return scaled(value)'
    with answering(drafted("def spread(value):\n    return value", "map")) as endpoint:
        candidate = generated(
            endpoint, before=stream, cells=(unused, helper, stream), samples=SAMPLES[:1], terms=ONE
        )
    assert [row.before for row in candidate.evidence.rows if row.kind == "recent"] == ["260.1"]
