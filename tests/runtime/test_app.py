"""One function makes the app, from its description and the notebook's functions."""

from __future__ import annotations

import asyncio

import httpx

from neutrino_lab import runtime
from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.program import Program
from neutrino_lab.runtime.spec import App, Http, Schedule, WebSocket
from tests.served import Served, app_of, cell, program_of


def test_the_public_names() -> None:
    assert runtime.__all__ == [
        "App",
        "Field",
        "Http",
        "Schedule",
        "WebSocket",
        "create_app",
        "load",
    ]
    assert runtime.create_app is create_app


def test_it_tells_its_health() -> None:
    answer = app_of()("GET /healthz")
    assert (answer.status, answer.json()) == (200, {"status": "ok"})


def test_the_users_own_pages_win_over_ours_and_ours_over_a_catch_all() -> None:
    served = app_of(
        cell("GET /{p:path}", "def rest(p): return p"),
        cell("GET /docs", "def docs(): return 'mine'"),
        cell("POST /healthz", "def health(): return 'posted'"),
    )
    assert served("GET /docs").json() == "mine"
    assert served("POST /healthz").json() == "posted"
    assert served("GET /healthz").json() == {"status": "ok"}
    assert served("GET /openapi.json").json()["info"]["title"] == "Test"
    assert served("GET /other").json() == "other"
    every = app_of(*(cell(f"GET {p}", f"def f{n}(): return {n}")
                     for n, p in enumerate(("/healthz", "/openapi.json"))))  # fmt: skip
    assert [every("GET /healthz").json(), every("GET /openapi.json").json()] == [0, 1]


def test_notebooks_are_tags_where_there_are_several() -> None:
    app = App(
        "Two",
        ("a", "b"),
        (Http("GET", "/a", "a:f", 1), Http("GET", "/b", "b:f", 1)),
    )
    program = Program()
    program.update(
        app,
        {
            "a": [CodeCell(1, "def f(): return 'a'", "1", "<a 1>")],
            "b": [CodeCell(1, "def f(): return 'b'", "1", "<b 1>")],
        },
    )
    served = Served(create_app(app, program).asgi)
    paths = served("GET /openapi.json").json()["paths"]
    assert {path: (each["get"]["tags"], each["get"]["operationId"]) for path, each in paths.items()
            } == {"/a": (["a"], "a_f_1"), "/b": (["b"], "b_f_1")}  # fmt: skip
    assert [served("GET /a").json(), served("GET /b").json()] == ["a", "b"]


CELL = "def every(): ...\nasync def heard(event): return event\ndef f(): return 1"


def whole() -> tuple[App, Program]:
    app = App(
        "Whole",
        ("nb",),
        (
            Http("GET", "/f", "nb:f", 1),
            WebSocket("/ws", "nb:heard", 1),
            Schedule("nb:every", 1, interval="1h"),
        ),
    )
    program = Program()
    program.update(app, {"nb": [CodeCell(1, CELL, "1", "<cell 1>")]})
    return app, program


def test_a_given_engine_is_left_alone_and_gets_the_calls() -> None:
    engine = Engine.in_memory()
    adopted: list[object] = []
    engine.adopt = lambda *given: adopted.append(given)  # type: ignore[method-assign]
    service = create_app(*whole(), engine=engine)
    assert {kind: len(built) for kind, built in service.built.items()} == {
        "http": 1,
        "websocket": 1,
        "schedule": 1,
        "stream": 0,
    }
    assert (adopted, Served(service.asgi)("GET /f").json()) == ([], 1)


def test_alone_it_runs_its_own_engine_as_long_as_it_lives() -> None:
    api = create_app(*whole()).asgi

    async def lived() -> int:
        async with api.router.lifespan_context(api):
            transport = httpx.ASGITransport(api)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return (await client.get("/f")).status_code

    assert asyncio.run(lived()) == 200


def test_two_versions_of_an_app_stand_beside_each_other() -> None:
    engine = Engine.in_memory()
    app, program = program_of(cell("GET /", "def f(): return 'old'"))
    old = create_app(app, program, engine=engine)
    program.update(app, {"nb": [CodeCell(2, "def f(): return 'new'", "key-2", "<cell 2>")]})
    new = create_app(app, program, engine=engine)
    assert [Served(each.asgi)("GET /").json() for each in (old, new)] == ["old", "new"]
