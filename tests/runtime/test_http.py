"""How requests find their function, how they fail, and what is noted of them."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from fastapi import FastAPI

from neutrino_lab.runtime.http.routes import add, build, operation_ids
from neutrino_lab.runtime.paths import specificity
from neutrino_lab.runtime.spec import Http
from neutrino_lab.runtime.threads import Threads
from tests.recording import Recording
from tests.served import TELLS_CANCELLED, Served, app_of, cell, program_of


def test_a_path_that_says_more_comes_first() -> None:
    paths = [
        "/{p:path}",
        "/{p:path}/meta",
        "/a/{x}",
        "/a/{n:int}",
        "/a/b",
        "/a/v{x}",
        "/{x}/b",
        "/a/{p:path}",
        "/",
    ]
    assert sorted(paths, key=specificity) == [
        "/a/b",
        "/a/v{x}",
        "/a/{n:int}",
        "/a/{x}",
        "/a/{p:path}",
        "/",
        "/{x}/b",
        "/{p:path}/meta",
        "/{p:path}",
    ]


def test_the_order_of_cells_does_not_hide_an_endpoint() -> None:
    served = app_of(
        cell("GET /{p:path}", "def rest(p): return ['rest', p]"),
        cell("GET /a/{x}", "def one(x): return ['one', x]"),
        cell("GET /a/me", "def me(): return 'me'"),
        cell("GET /a/{n:int}", "def number(n): return ['number', n]"),
        cell("POST /a/{x}", "def post(x): return ['post', x]"),
    )
    assert served("GET /a/me").json() == "me"
    assert served("GET /a/you").json() == ["one", "you"]
    assert served("GET /a/7").json() == ["number", 7]
    assert served("GET /a/b/c").json() == ["rest", "a/b/c"]
    assert served("POST /a/me").json() == ["post", "me"]
    assert served("DELETE /a/me").status == 405


def test_operation_ids_are_the_functions_names_and_unique() -> None:
    def http(function: str, path: str, cell: int) -> Http:
        return Http("GET", path, function, cell)

    named = operation_ids(
        [http("a:f", "/1", 1), http("a:f", "/2", 2), http("b:f", "/3", 2), http("b:g", "/4", 3)]
    )
    assert list(named.values()) == ["a_f_1", "a_f_2", "b_f_2", "g"]


def test_a_function_of_a_cell_stays_when_another_cell_takes_its_name() -> None:
    served = app_of(
        cell("GET /1", "def f(): return 1"),
        cell("GET /2", "def f(): return 2"),
    )
    assert [served("GET /1").json(), served("GET /2").json()] == [1, 2]


ERRORS = """
import asyncio
from fastapi import HTTPException
class OutOfStock(Exception):
    status_code = 409
    message = "out of stock"
"""


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        ("HTTPException(404, 'none')", 404, "none"),
        ("HTTPException(400, {'why': [1]})", 400, {"why": [1]}),
        ("OutOfStock()", 409, "out of stock"),
        ("RuntimeError('secret')", 500, "Internal Server Error"),
        ("StopIteration('secret')", 500, "Internal Server Error"),
        ("SystemExit('secret')", 500, "Internal Server Error"),
        ("KeyboardInterrupt('secret')", 500, "Internal Server Error"),
        ("OSError('secret')", 500, "Internal Server Error"),
        pytest.param(
            "asyncio.CancelledError('secret')",
            *(500, "Internal Server Error"),
            marks=TELLS_CANCELLED,
        ),
    ],
)
def test_an_exception_becomes_an_answer(
    kind: str, error: str, status: int, detail: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = app_of(cell("GET /", f"{kind} f(): raise {error}"), setup=ERRORS)("GET /")
    assert (answer.status, answer.json()) == (status, {"detail": detail})
    logged = [record.getMessage() for record in caplog.records if record.name == "neutrino"]
    assert len(logged) == (status == 500)
    if status == 500:
        assert logged[0].startswith("GET / failed\n")
        assert '"<cell 2>", line 1, in f' in logged[0] or "StopIteration" in error
        assert "secret" in logged[0]


def test_an_exception_reaches_dependencies_before_it_is_an_answer() -> None:
    setup = (
        "from fastapi import Depends\nSEEN = []\n"
        "def session():\n    try:\n        yield 1\n"
        "    except ValueError as error:\n        SEEN.append('rolled back')\n        raise\n"
    )
    served = app_of(
        cell("GET /", "def f(s=Depends(session)): raise ValueError"),
        cell("GET /seen", "def g(): return SEEN"),
        setup=setup,
    )
    assert served("GET /").status == 500
    assert served("GET /seen").json() == ["rolled back"]


def test_a_background_task_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    code = "def f(tasks: BackgroundTasks):\n    tasks.add_task(lambda: 1 / 0)\n    return 'done'"
    served = app_of(cell("GET /", code), setup="from fastapi import BackgroundTasks")
    assert (served("GET /").status, served("GET /").json()) == (200, "done")
    assert "ZeroDivisionError" in caplog.text


def test_a_refused_value_that_json_cannot_say_is_still_a_422() -> None:
    served = app_of(cell("POST /", "def f(x): ...", body="x:int"))
    answer = served("POST /", content=b'{"x": NaN}', headers={"content-type": "application/json"})
    assert (answer.status, answer.json()["detail"][0]["loc"]) == (422, ["body", "x"])
    answer = served("POST /", content=b'{"x": "\\ud800"}',
                    headers={"content-type": "application/json"})  # fmt: skip
    assert (answer.status, answer.json()["detail"][0]["loc"]) == (422, ["body", "x"])


def test_a_body_that_is_no_json() -> None:
    served = app_of(cell("POST /", "def f(x): ...", body="x:int"))
    assert served("POST /", content=b"\xff\xfe\xfd", headers={"content-type": "application/json"}
                  ).status == 400  # fmt: skip
    assert served("POST /", content=b"[" * 100_000, headers={"content-type": "application/json"}
                  ).status == 400  # fmt: skip
    assert served("POST /", content=b"x=1", headers={"content-type": "text/plain"}).status == 422


def test_plain_functions_run_beside_each_other() -> None:
    setup = "import threading\nBARRIER = threading.Barrier(8, timeout=30)"
    served = app_of(
        cell("GET /", "def f():\n    BARRIER.wait()\n    return threading.get_ident()"), setup=setup
    )
    answers = served.at_once([("GET /", {})] * 8)
    assert len({answer.json() for answer in answers}) == 8


def test_no_more_threads_answer_than_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUTRINO_THREADS", "1")
    code = """
import threading, time
def f():
    seen.add(threading.get_ident())
    time.sleep(0.005)  # long enough for others to be started, were there more
    return len(seen)
"""
    served = app_of(cell("GET /", code), setup="seen = set()")
    assert [each.json() for each in served.at_once([("GET /", {})] * 8)] == [1] * 8


def test_an_async_function_runs_on_the_loop() -> None:
    served = app_of(
        cell("GET /", "async def f(): return threading.get_ident()"), setup="import threading"
    )
    assert served("GET /").json() == threading.get_ident()


def test_a_plain_function_may_return_something_to_await() -> None:
    setup = "async def later(): return {'a': 1}"
    served = app_of(
        cell("GET /a", "def f(): return later()"),
        cell("GET /b", "f = lambda: later()"),
        setup=setup,
    )
    assert [served("GET /a").json(), served("GET /b").json()] == [{"a": 1}, {"a": 1}]


def test_a_client_that_is_gone_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    journal = Recording()
    app, program = program_of(cell("GET /", "def f(): return 1"))
    api = FastAPI()
    add(api, build(app.of(Http), program, Threads("call", 4)), journal)

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise OSError("broken pipe")

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    asyncio.run(api(scope, receive, send))
    assert (noted(journal), caplog.text) == ([("GET /", 200)], "")


def noted(journal: Recording) -> list[tuple[str, int]]:
    return [(each.key, each.status) for each in journal.calls]


def test_every_request_of_a_declared_endpoint_is_noted() -> None:
    journal = Recording()
    app, program = program_of(
        cell("GET /a/{n}", "def a(n: int): return 1 / n"),
        cell("GET /s", "def s():\n    yield 'x'\n    raise ValueError"),
        cell("GET /n", "def n(): raise HTTPException(404)"),
        setup=ERRORS,
    )
    api = FastAPI()
    add(api, build(app.of(Http), program, Threads("call", 4)), journal)
    served, before = Served(api), time.time()
    for line in ("GET /a/1", "GET /a/0", "GET /a/x", "GET /n", "POST /n", "GET /nowhere"):
        served(line)
    with pytest.raises(AssertionError):
        served("GET /s")  # the transport minds that the answer is unfinished
    assert noted(journal) == [
        ("GET /a/{n}", 200),
        ("GET /a/{n}", 500),
        ("GET /a/{n}", 422),
        ("GET /n", 404),
        ("GET /s", 200),
    ]
    assert all(before <= each.started and 0 < each.duration_s < 5 for each in journal.calls)


def test_a_functions_own_default_says_what_a_value_is() -> None:
    served = app_of(
        cell(
            "GET /q",
            "def f(n=10, up=True, by=0.5, s='x'): return [n, up, by, s]",
            query="n?;up?;by?;s?",
        )
    )
    assert served("GET /q?n=2&up=false&by=1&s=3").json() == [2, False, 1.0, "3"]
    assert served("GET /q").json() == [10, True, 0.5, "x"]
    assert served("GET /q?n=two").status == 422
