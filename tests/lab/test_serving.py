"""Serving through Jupyter: the calls, the events, and what becomes of the file."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from neutrino_lab.serve.process import Interpreter, WorkerProcess
from tests.jupyter import Lab
from tests.notebooks import write

HELLO = '"""\n@HTTP\nGET /hello\n"""\ndef hello():\n    return GREETING\n'


async def test_a_notebook_is_served_and_listed_and_stopped(lab: Lab) -> None:
    id_ = await lab.serve("sub/a b.ipynb", "GREETING = 'hi'", HELLO)
    assert (await lab.get(id_, "/hello")).json == "hi"
    served = await lab.served(id_)
    [listed] = (await lab.ask("GET", "neutrino/api/served")).json
    assert listed == {**served, "revision": listed["revision"]}
    assert listed["revision"] > served["revision"]
    assert served["endpoints"] == [
        {
            "key": "GET /hello",
            "kind": "http",
            "badge": "GET",
            "path": "/hello",
            "function": "hello",
            "cell": 2,
            "cell_id": "cell-2",
            "inputs": [],
            "media": "",
        }
    ]
    assert served["url"] == f"{lab.base}neutrino/live/{id_}/"
    assert (await lab.ask("DELETE", f"neutrino/api/served/{id_}")).status == 204
    assert (await lab.ask("GET", "neutrino/api/served")).json == []
    assert (await lab.get(id_, "/hello")).status == 404
    assert [each["served"]["state"] for each in lab.events if each["served"]][-1] == "stopped"


async def test_serving_it_again_gives_what_is_there(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", "GREETING = 'hi'", HELLO)
    body = {"path": "a.ipynb"}
    again = await lab.ask("POST", "neutrino/api/served", body=body)
    assert (again.status, again.json["id"]) == (200, id_)
    await lab.ask("DELETE", f"neutrino/api/served/{id_}")
    assert await lab.serve("a.ipynb", "GREETING = 'hi'", HELLO) == id_


async def test_a_save_in_jupyter_is_live_at_once(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", "GREETING = 'hi'", HELLO)
    await lab.save("a.ipynb", "GREETING = 'new'", HELLO)
    await lab.until(id_, lambda served: served["version"] == 2)
    assert (await lab.get(id_, "/hello")).json == "new"


async def test_a_broken_save_keeps_the_old_version_and_shows_the_problem(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", "GREETING = 'hi'", HELLO)
    await lab.save("a.ipynb", "GREETING = 'new'", HELLO.replace("GET /", "GET "))
    await lab.until(id_, lambda served: served["state"] == "problem-serving-previous")
    served = await lab.served(id_)
    assert [(each["cell"], each["severity"]) for each in served["diagnostics"]] == [(2, "error")]
    assert (await lab.get(id_, "/hello")).json == "hi"


async def test_what_an_edit_leaves_behind_is_gone_after_a_start_over(lab: Lab) -> None:
    sets = "import os\nos.environ['NL_MODE'] = 'one'"
    reads = HELLO.replace("def", "import os\ndef").replace("GREETING", "os.environ.get('NL_MODE')")
    id_ = await lab.serve("a.ipynb", sets, reads)
    await lab.save("a.ipynb", "pass", reads)
    await lab.until(id_, lambda served: served["diagnostics"])
    [told] = (await lab.served(id_))["diagnostics"]
    assert (told["code"], told["cell"], told["action"]) == ("NL805", 1, "start-over")
    assert (await lab.get(id_, "/hello")).json == "one"
    assert (await lab.ask("POST", f"neutrino/api/served/{id_}/restart")).status == 204
    await lab.until(id_, lambda served: served["version"] == 3)
    served = await lab.served(id_)
    assert (served["state"], served["diagnostics"], served["restarts"]) == ("live", [], 0)
    assert (await lab.get(id_, "/hello")).json is None


async def test_a_renamed_notebook_is_followed(lab: Lab) -> None:
    id_ = await lab.serve("sub/a.ipynb", "GREETING = 'hi'", HELLO)
    await lab.ask("PATCH", "api/contents/sub", body={"path": "elsewhere"})
    await lab.until(id_, lambda served: served["path"] == "elsewhere/a.ipynb")
    await lab.save("elsewhere/a.ipynb", "GREETING = 'followed'", HELLO)
    await lab.until(id_, lambda served: served["version"] == 2)
    assert (await lab.get(id_, "/hello")).json == "followed"


async def test_a_deleted_notebook_is_stopped(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", "GREETING = 'hi'", HELLO)
    await lab.ask("DELETE", "api/contents/a.ipynb")
    await lab.until(id_, lambda served: served["state"] == "stopped")
    assert lab.events[-1]["served"]["reason"] == "a.ipynb was deleted."
    assert (await lab.get(id_, "/hello")).status == 404


async def test_serving_never_changes_the_file(lab: Lab) -> None:
    write(lab.root / "a.ipynb", "GREETING = 'hi'", HELLO)
    before = (lab.root / "a.ipynb").read_bytes()
    id_ = await lab.serve("a.ipynb", "GREETING = 'hi'", HELLO)
    await lab.get(id_, "/hello")
    await lab.ask("DELETE", f"neutrino/api/served/{id_}")
    assert (lab.root / "a.ipynb").read_bytes() == before


async def test_what_does_not_answer_says_why(lab: Lab) -> None:
    write(lab.root / "a.ipynb", "GREETING = (", HELLO)
    body = {"path": "a.ipynb", "trusted": True}
    id_ = (await lab.ask("POST", "neutrino/api/served", body=body)).json["id"]
    await lab.until(id_, lambda served: served["state"] == "problem-not-served")
    answer = await lab.get(id_, "/hello")
    assert (answer.status, answer.json["code"]) == (503, "not-live")
    assert answer.json["message"] == lab.events[-1]["served"]["reason"]


async def test_figures_are_told_as_events(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", "GREETING = 'hi'", HELLO)
    await lab.get(id_, "/hello")

    async def counted() -> dict[str, object]:
        while True:
            for event in lab.events:
                for each in event["stats"]:
                    if each["calls"]:
                        measured = {name: 0 for name, n in each.items() if "_ms" in name and n}
                        return {**each, **measured}
            lab._news.clear()
            await lab._news.wait()

    assert await asyncio.wait_for(counted(), 10) == {
        "key": "GET /hello",
        "calls": 1,
        "errors": 0,
        **dict.fromkeys(("latencies_ms", "p50_ms", "p95_ms", "p99_ms"), 0),
        "clients": 0,
        "rooms": 0,
        "last_run": "",
        "next": "",
        "last_status": 200,
        "last_output": "",
        "is_paused": False,
        "newest": "",
        "rate": 0,
    }


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed"),
        ({"path": "a.ipynb", "surprise": 1}, 400, "malformed"),
        ({"path": "missing.ipynb"}, 404, "no-notebook"),
        ({"path": "notes.txt"}, 404, "no-notebook"),
        ({"path": "a.ipynb"}, 403, "untrusted"),
        ({"path": "a.ipynb", "trusted": True, "kernel_name": "none"}, 409, "no-kernel"),
    ],
)
async def test_a_call_that_cannot_be_done_says_why(
    lab: Lab, body: object, status: int, code: str
) -> None:
    write(lab.root / "a.ipynb", "GREETING = 'hi'", HELLO)
    answer = await lab.ask("POST", "neutrino/api/served", body=body)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert (await lab.ask("GET", "neutrino/api/served")).json == []


async def test_the_kernel_of_the_notebook_is_the_one_that_serves_it(lab: Lab) -> None:
    file = write(lab.root / "a.ipynb", "GREETING = 'hi'", HELLO)
    named = file.read_text().replace(
        '"metadata": {}, "nbformat"', '"metadata": {"kernelspec": {"name": "gone"}}, "nbformat"'
    )
    file.write_text(named)
    body = {"path": "a.ipynb", "trusted": True}
    answer = await lab.ask("POST", "neutrino/api/served", body=body)
    assert answer.json["message"] == "The kernel gone is not installed; choose another one."
    body["kernel_name"] = "python3"
    assert (await lab.ask("POST", "neutrino/api/served", body=body)).status == 201


async def test_a_start_that_is_cancelled_leaves_nothing(lab: Lab) -> None:
    write(lab.root / "a.ipynb", "while True: pass", HELLO)
    body = {"path": "a.ipynb", "trusted": True}
    id_ = (await lab.ask("POST", "neutrino/api/served", body=body)).json["id"]
    await lab.until(id_, lambda served: served["running"] and served["running"]["cell"] == 1)
    assert (await lab.ask("DELETE", f"neutrino/api/served/{id_}")).status == 204
    assert (await lab.ask("GET", "neutrino/api/served")).json == []


class TestSettings:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        return {
            "ServerApp": {"jpserver_extensions": {"neutrino_lab": True}},
            "NeutrinoLab": {"trust_pages": True, "most_served": 1, "restarts": 0},
        }

    async def test_they_hold(self, lab: Lab) -> None:
        id_ = await lab.serve("a.ipynb", "GREETING = 'hi'", HELLO)
        assert "Content-Security-Policy" not in (await lab.get(id_, "/hello")).headers
        write(lab.root / "b.ipynb", "GREETING = 'hi'", HELLO)
        body = {"path": "b.ipynb", "trusted": True}
        answer = await lab.ask("POST", "neutrino/api/served", body=body)
        assert (answer.status, answer.json["code"]) == (429, "too-many")


async def test_a_notebook_that_was_saved_here_is_trusted(lab: Lab) -> None:
    await lab.save("a.ipynb", "GREETING = 'hi'", HELLO)
    answer = await lab.ask("POST", "neutrino/api/served", body={"path": "a.ipynb"})
    assert answer.status == 201


async def test_the_document_is_analysed_as_it_is_now(lab: Lab) -> None:
    cells = [
        {"id": "m", "type": "markdown", "source": "# Title"},
        {"id": "h", "type": "code", "source": HELLO},
        {"id": "b", "type": "code", "source": '"""\n@HTTP\nFETCH /x\n"""\ndef x(): ...'},
    ]
    body = {"path": "not/saved.ipynb", "cells": cells}
    answer = (await lab.ask("POST", "neutrino/api/analyses", body=body)).json
    assert [each["key"] for each in answer["endpoints"]] == ["GET /hello"]
    assert [(each["cell"], each["cell_id"]) for each in answer["diagnostics"]] == [
        (2, "h"),
        (3, "b"),
    ]
    first = answer["cells"][0]
    assert (first["cell_id"], first["cell"]) == ("h", 2)
    pieces = [(token["kind"], _cut(HELLO, token["span"])) for token in first["tokens"]]
    assert pieces == [("kind", "@HTTP"), ("verb", "GET"), ("path", "/hello")]


def _cut(source: str, span: dict[str, int]) -> str:
    assert span["line"] == span["end_line"]
    return source.split("\n")[span["line"] - 1][span["column"] : span["end_column"]]


async def test_the_settings_of_the_user_hold(lab: Lab) -> None:
    schedule = '"""\n@SCHEDULE\ncron: 0 0 9 * * *\n"""\ndef wake(): ...\n'
    waits = (
        '"""\n@HTTP\nGET /wait\n"""\nasync def wait():\n'
        "    await asyncio.sleep(1.5)  # longer than the caller may wait\n"
    )
    write(lab.root / "a.ipynb", "import asyncio\nGREETING = 'hi'", HELLO, schedule, waits)
    options = {"reload_on_save": False, "request_limit_s": 0.5, "timezone": "Europe/Rome"}
    body = {"path": "a.ipynb", "trusted": True, "options": options}
    id_ = (await lab.ask("POST", "neutrino/api/served", body=body)).json["id"]
    await lab.until(id_, lambda served: served["state"] == "live")
    assert (await lab.served(id_))["endpoints"][1]["timezone"] == "Europe/Rome"
    answer = await lab.get(id_, "/wait")
    assert (answer.status, answer.json["code"]) == (504, "too-slow")

    async def noted() -> int:
        while True:
            lab._news.clear()
            for event in lab.events:
                for each in event["stats"]:
                    if each["key"] == "GET /wait" and each["calls"]:
                        return int(each["last_status"])
            await lab._news.wait()

    # What the caller got, though the function ends later and well.
    assert await asyncio.wait_for(noted(), 30) == 504
    await lab.save("a.ipynb", "import asyncio\nGREETING = 'new'", HELLO, schedule, waits)
    await lab.until(id_, lambda served: served["state"] == "outdated")
    outdated = await lab.served(id_)
    assert (outdated["follows_saves"], outdated["behind"]) == (False, ["cell-1"])
    assert (await lab.get(id_, "/hello")).json == "hi"
    assert (await lab.ask("POST", "neutrino/api/served", body=body)).status == 200
    await lab.until(id_, lambda served: served["version"] == 2)
    assert (await lab.get(id_, "/hello")).json == "new"


async def test_a_start_limit_of_the_user_holds(lab: Lab) -> None:
    write(lab.root / "a.ipynb", "while True: pass", HELLO)
    body = {"path": "a.ipynb", "trusted": True, "options": {"start_limit_s": 2}}
    id_ = (await lab.ask("POST", "neutrino/api/served", body=body)).json["id"]
    await lab.until(id_, lambda served: served["state"] == "problem-not-served")
    assert [each["code"] for each in (await lab.served(id_))["diagnostics"]] == ["NL119", "NL804"]


async def test_an_interpreter_is_ready_for_an_open_notebook_that_declares_endpoints(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: asyncio.Queue[WorkerProcess] = asyncio.Queue()
    prepare = WorkerProcess.prepare

    async def noted(interpreter: Interpreter, on_message: Any) -> WorkerProcess:
        process = await prepare(interpreter, on_message)
        prepared.put_nowait(process)
        return process

    monkeypatch.setattr(WorkerProcess, "prepare", noted)
    trace = lab.root / "trace"
    cells = [f"open({str(trace)!r}, 'w').close()", "GREETING = 'hi'", HELLO]
    write(lab.root / "a.ipynb", *cells)
    for source in ("x = 1", HELLO, HELLO):
        asked = {"id": "1", "type": "code", "source": source, "tags": []}
        body = {"path": "a.ipynb", "cells": [asked]}
        assert (await lab.ask("POST", "neutrino/api/analyses", body=body)).status == 200
    waiting = await asyncio.wait_for(prepared.get(), 30)
    assert prepared.empty()
    assert not trace.exists()
    id_ = await lab.serve("a.ipynb", *cells)
    assert (await lab.get(id_, "/hello")).json == "hi"
    assert waiting.is_running
    assert trace.exists()
