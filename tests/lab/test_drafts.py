"""Operators from words through the Jupyter server. Answers of the model are written by hand."""

from __future__ import annotations

import asyncio
import json
import threading
from importlib import import_module
from typing import Any

import pytest

from neutrino_lab.notebook.provenance import hash_of
from tests.generate.operators import SPREAD, drafted
from tests.jupyter import Lab, Response
from tests.llm import KEY, Endpoint, Reply, answering

DECLARATION = "@STREAM /spread\nsource: sim:random-walk?symbols=AAAA&every=5ms\nselect: price:float"
EMPTY = f'"""\n{DECLARATION}\ndescribe: the spread of the newest prices\n"""'
COUNTING = f'''"""
{DECLARATION}
"""
def spread(acc: dict, value: float):
    n = acc.get("n", 0) + 1
    return {{"n": n}}, n
'''


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BASE_URL", "API_KEY", "MODEL"):
        monkeypatch.delenv(f"NEUTRINO_LLM_{name}", raising=False)


def use(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in endpoint.environment.items():
        monkeypatch.setenv(name, value)


async def post(lab: Lab, path: str, source: str = EMPTY, **request: Any) -> Response:
    cells = [{"id": "c1", "type": "code", "source": source}]
    body = {"path": "a.ipynb", "cells": cells, "cell_id": "c1", **request}
    return await lab.ask("POST", f"neutrino/api/drafts{path}", body=body)


async def begun(lab: Lab, source: str = EMPTY, **request: Any) -> str:
    answer = await post(lab, "", source, **request)
    assert answer.status == 201, answer.text
    return str(answer.json["id"])


async def events(lab: Lab, id_: str, after: str = "") -> list[tuple[str, str, Any]]:
    """Read to the end: the id, the kind and the data of each."""
    headers = {"Last-Event-ID": after} if after else {}
    answer = await lab.ask("GET", f"neutrino/api/drafts/{id_}", headers=headers)
    found = []
    for block in answer.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
        if "event" in lines:
            found.append((lines.get("id", ""), lines["event"], json.loads(lines["data"])))
    return found


async def test_words_become_a_candidate_that_a_person_takes(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(drafted(SPREAD)) as endpoint:
        use(endpoint, monkeypatch)
        shown = await post(lab, "/preview")
        id_ = await begun(lab, preview=shown.json["id"])
        told = await events(lab, id_)
    assert shown.status == 200, shown.text
    assert shown.json["values"] in endpoint.asked[0]["messages"][1]["content"]
    assert (shown.json["words"], shown.json["host"]) == (
        "the spread of the newest prices",
        "127.0.0.1",
    )
    assert '"price": ' in shown.json["values"]
    assert shown.json["values_count"] > 0
    assert [kind for _, kind, _ in told] == [
        *("drafting", "checking", "trying", "drafted", "candidate")
    ]
    candidate = told[-1][2]
    assert (candidate["id"], candidate["before"], candidate["is_sound"]) == (id_, EMPTY, True)
    assert {row["kind"] for row in candidate["rows"]} == {"recent"}
    assert KEY not in json.dumps(told)
    assert await events(lab, id_, after=told[-2][0]) == told[-1:]
    accepted = await lab.ask("POST", f"neutrino/api/drafts/{id_}/accept", body={})
    assert accepted.json["source"] == candidate["cell"].rstrip("\n")
    kept = accepted.json["metadata"]["neutrino_lab"]["generated"]
    assert kept["hash"] == hash_of(accepted.json["source"])
    assert kept["words"] == "the spread of the newest prices"


async def test_a_served_stream_gives_its_values_and_state_and_notices_nothing(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    served_id = await lab.serve("a.ipynb", COUNTING)
    while (await report(lab, served_id))["emitted"] < 5:
        pass
    counting_on = "def spread(acc, value):\n    n = acc['n'] + 1\n    return {'n': n}, n * 2"
    crashing = "def spread(acc, value):\n    while True:\n        raise SystemExit(1)"
    with answering(drafted(crashing), drafted(counting_on)) as endpoint:
        use(endpoint, monkeypatch)
        id_ = await begun(lab, COUNTING, words="count twice", served_id=served_id)
        *_, (_, kind, candidate) = await events(lab, id_)
    assert (kind, candidate["rounds"], candidate["name"]) == ("candidate", 2, "spread")
    first = next(row for row in candidate["rows"] if row["kind"] == "recent")
    assert int(first["outputs"]) == 2 * int(first["before"]) >= 12
    told = await report(lab, served_id)
    assert (told["op"], told["failed"], told["status"]) == ("spread@1", 0, "live")
    # Once it is taken, it goes on counting where the one before it was.
    accepted = await lab.ask("POST", f"neutrino/api/drafts/{id_}/accept", body={})
    await lab.save("a.ipynb", accepted.json["source"])
    while (await report(lab, served_id))["op"] != "spread@2":
        pass
    while (newest := (await lab.get(served_id, "/spread/latest")).json)["op"] != "spread@2":
        pass
    assert newest["value"] == 2 * newest["seq"]


async def report(lab: Lab, id_: str) -> Any:
    answer = await lab.ask("GET", f"neutrino/api/served/{id_}/streams?key=STREAM%20spread")
    assert answer.status == 200, answer.text
    return answer.json


async def test_again_with_a_remark_then_thrown_away(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(drafted(SPREAD), drafted(SPREAD)) as endpoint:
        use(endpoint, monkeypatch)
        first = await begun(lab)
        await events(lab, first)
        second = await begun(lab, last=first, remark="round it", share="schema-only")
        await events(lab, second)
    told = endpoint.asked[1]["messages"][1]["content"]
    assert "round it" in told
    assert "max(values) - min(values)" in told
    assert '{"symbol": "str", ' in told
    assert (await lab.ask("DELETE", f"neutrino/api/drafts/{second}")).status == 204
    gone = await lab.ask("GET", f"neutrino/api/drafts/{second}")
    assert (gone.status, gone.json["code"]) == (404, "unknown")


async def test_a_built_in_needs_no_model_and_words_without_one_say_what_to_set(lab: Lab) -> None:
    id_ = await begun(lab, words="moving average of the last 3 prices")
    *_, (_, kind, candidate) = await events(lab, id_)
    assert (kind, candidate["builtin"], candidate["model"]) == ("candidate", "sma", "")
    accepted = await lab.ask("POST", f"neutrino/api/drafts/{id_}/accept", body={})
    assert (accepted.json["metadata"], "op: sma" in accepted.json["source"]) == ({}, True)
    refused = await post(lab, "")
    assert (refused.status, refused.json["code"]) == (409, "no-model")
    assert "set NEUTRINO_LLM_MODEL" in refused.json["message"]


async def test_a_keyring_that_waits_for_its_owner_holds_up_nobody_else(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring: Any = import_module("keyring")
    asked, unlocked = threading.Event(), threading.Event()
    in_time: list[bool] = []

    class Locked(keyring.backend.KeyringBackend):  # type: ignore[misc]
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            asked.set()
            in_time.append(unlocked.wait(30))
            return KEY

        def set_password(self, service: str, username: str, password: str) -> None:
            raise AssertionError

    monkeypatch.setenv("NEUTRINO_LLM_MODEL", "m")
    before = keyring.get_keyring()
    keyring.set_keyring(Locked())
    try:
        looking = asyncio.create_task(post(lab, "/preview"))
        assert await asyncio.to_thread(asked.wait, 30)
        assert (await lab.ask("GET", "neutrino/api/snippets")).status == 200
        unlocked.set()
        answer = await looking
    finally:
        keyring.set_keyring(before)
    assert (in_time, answer.json["model"]) == ([True], "m")


async def test_an_endpoint_is_tried_on_saved_requests_and_taken(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = '"""\n@HTTP GET /twice\nquery: n:int\n"""'
    code = "def twice(n):\n    return n * 2"
    with answering(Reply([json.dumps({"name": "twice", "code": code})])) as endpoint:
        use(endpoint, monkeypatch)
        asked = {"words": "twice a number", "requests": [{"query": {"n": 21}}]}
        id_ = await begun(lab, source, **asked)
        *_, (_, kind, candidate) = await events(lab, id_)
    assert (kind, candidate["kind"], candidate["is_sandboxed"]) == ("candidate", "HTTP", False)
    assert [(row["kind"], row["outputs"]) for row in candidate["rows"]] == [("request", "42")]
    accepted = await lab.ask("POST", f"neutrino/api/drafts/{id_}/accept", body={})
    assert accepted.json["source"] == f"{source}\n{code}"
    kept = accepted.json["metadata"]["neutrino_lab"]["generated"]
    assert (kept["words"], kept["hash"]) == ("twice a number", hash_of(f"{source}\n{code}"))


async def test_what_fails_is_the_last_event_and_holds_no_key(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = Reply(status=401)
    with answering(busy) as endpoint:
        use(endpoint, monkeypatch)
        id_ = await begun(lab)
        told = await events(lab, id_)
    assert [kind for _, kind, _ in told] == ["drafting", "failed"]
    assert (told[-1][2]["status"], told[-1][2]["code"]) == (502, "model-failed")
    assert KEY not in json.dumps(told)
    unknown = await post(lab, "", preview="f" * 32)
    assert (unknown.status, unknown.json["code"]) == (404, "unknown")
    nothing = await lab.ask("POST", f"neutrino/api/drafts/{id_}/accept", body={})
    assert (nothing.status, nothing.json["message"]) == (404, "There is nothing to accept yet.")


async def test_a_draft_on_its_way_is_stopped(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Reply(["late"], waits=threading.Event())
    with answering(waiting) as endpoint:
        use(endpoint, monkeypatch)
        id_ = await begun(lab)
        assert (await lab.ask("DELETE", f"neutrino/api/drafts/{id_}")).status == 204
    assert (await lab.ask("GET", f"neutrino/api/drafts/{id_}")).status == 404


@pytest.mark.parametrize(
    ("source", "request_", "reason"),
    [
        ("x = 1", {}, "The cell declares nothing"),
        (f'"""\n{DECLARATION}\n"""', {}, "Say in words"),
        (EMPTY, {"cell_id": "other"}, "There is no such cell"),
    ],
)
async def test_what_is_no_task_is_said(
    lab: Lab, source: str, request_: dict[str, Any], reason: str
) -> None:
    answer = await post(lab, "", source, **request_)
    assert (answer.status, answer.json["code"]) == (422, "no-draft")
    assert reason in answer.json["message"]
