"""FastAPI's routes go on from version to version, and nothing else of a version does."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import pytest

from neutrino_lab.runtime.app import Service, create_app
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.errors import EndpointError
from neutrino_lab.runtime.http.routes import HttpRoute
from tests.served import Served, cell, program_of

DECLARED = {"query": "n"}
CODE = "def f(n: int):\n    return n"

Make = Callable[..., Service]


@pytest.fixture
def made() -> Make:
    """Makes versions of one endpoint, by one engine."""
    engine = Engine.in_memory()

    def make(code: str = CODE, setup: str = "", declared: Mapping[str, str] = DECLARED) -> Service:
        app, program = program_of(cell("GET /a", code, **declared), setup=setup)
        return create_app(app, program, engine=engine)

    return make


def routes(service: Service) -> list[Any]:
    return [each for each in service.asgi.router.routes if isinstance(each, HttpRoute)]


def test_a_route_goes_on_where_only_what_the_function_does_changes(made: Make) -> None:
    first = made()
    first.adopt()
    second = made(CODE.replace("return n", "return -n"))
    assert routes(second)[0] is routes(first)[0]
    assert Served(first.asgi)("GET /a?n=1").json() == 1  # the second one is not served yet
    second.adopt()
    answers = [Served(second.asgi)(f"GET /a?n={n}") for n in ("1", "x")]
    assert [(each.status, each.json()) for each in answers[:1]] == [(200, -1)]
    assert answers[1].status == 422
    first.adopt()  # the second one has turned out not to be sound
    assert Served(first.asgi)("GET /a?n=1").json() == 1


def test_a_call_on_the_loop_does_not_become_one_that_may_block_it(made: Make) -> None:
    first = made(f"async {CODE}")
    first.adopt()
    made(CODE.replace("return n", "return -n")).adopt()
    [begun] = first.built["http"]
    assert asyncio.run(begun.calling.respond({"n": 1})).body == b"1"


@pytest.mark.parametrize(
    ("changed", "setup", "declared"),
    [
        (CODE.replace("int", "str"), "", DECLARED),
        (CODE.replace(" int", "'int'"), "int = str", DECLARED),
        (CODE.replace("f(", "g("), "", DECLARED),
        (CODE.replace("return", "'What it does.'\n    return"), "", DECLARED),
        (CODE, "", {"query": "n=1"}),
        (CODE, "", {"query": "n?"}),
        (CODE, "", {"headers": "n"}),
        (CODE, "", {**DECLARED, "resp": "m:int"}),
        (CODE, "", {**DECLARED, "media": "text/plain"}),
        ("from fastapi import Request\n" + CODE.replace("int", "int, r: Request"), "", DECLARED),
    ],
)
def test_it_does_not_where_fastapi_would_make_another(
    made: Make, changed: str, setup: str, declared: Mapping[str, str]
) -> None:
    first = made()
    first.adopt()
    assert routes(made(changed, setup, declared))[0] is not routes(first)[0]


def test_defaults_are_told_apart_that_are_equal(made: Make) -> None:
    found = []
    for default in ("1", "1.0", "true"):
        service = made("def f(n):\n    return repr(n)", declared={"query": f"n={default}"})
        service.adopt()
        found.append(Served(service.asgi)("GET /a").json())
    assert found == ["1", "1.0", "True"]


COLOURS = """
from enum import Enum
class Colour(str, Enum):
    RED, BLUE = "red", "blue"
    def __repr__(self): return "a colour"
"""


def test_defaults_are_told_apart_that_are_written_alike(
    made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("colours")
    exec(COLOURS, vars(module))
    monkeypatch.setitem(sys.modules, "colours", module)
    found = []
    for name in ("RED", "BLUE"):
        code = f"from colours import Colour\ndef f(n: Colour = Colour.{name}):\n    return n"
        service = made(code, declared={"query": "n?"})
        service.adopt()
        found.append(Served(service.asgi)("GET /a").json())
    assert found == ["red", "blue"]


@pytest.mark.parametrize(
    ("default", "held"),
    [("[Colour.RED]", "n[0]"), ("{'a': Colour.RED}", "n['a']"), ("{Colour.RED: 1}", "[*n][0]")],
)
def test_a_default_holds_what_the_newest_cell_has_made(made: Make, default: str, held: str) -> None:
    code = f"def f(n: object = {default}):\n    return type({held}) is Colour"
    for _ in range(2):
        service = made(code, COLOURS, {"query": "n?"})
        service.adopt()
        assert Served(service.asgi)("GET /a").json() is True


def test_a_function_is_forgotten_while_its_route_goes_on(made: Make) -> None:
    first = made()
    first.adopt()
    [built] = first.built["http"]
    function, api = weakref.ref(built.function), weakref.ref(first.asgi)
    second = made(CODE + "\n")
    second.adopt()
    assert routes(second)[0] is routes(first)[0]
    del first, built
    gc.collect()
    assert (function(), api()) == (None, None)


def test_a_version_is_forgotten_whose_route_does_not_go_on(made: Make) -> None:
    code = "from fastapi import Request\ndef f(r: Request):\n    return {}"
    first = made(code.format(1), declared={})
    first.adopt()
    assert Served(first.asgi)("GET /a").json() == 1
    [built] = first.built["http"]
    function, api = weakref.ref(built.function), weakref.ref(first.asgi)
    second = made(code.format(2), declared={})
    second.adopt()
    assert Served(second.asgi)("GET /a").json() == 2
    del first, built
    gc.collect()
    assert (function(), api()) == (None, None)


def test_a_version_that_is_refused_leaves_the_route_as_it_was(made: Make) -> None:
    first = made()
    first.adopt()
    app, program = program_of(
        cell("GET /a", CODE.replace("return n", "return -n"), **DECLARED),
        cell("GET /b", "def g(n): ...", query="n:Gone"),
    )
    with pytest.raises(EndpointError):
        create_app(app, program, engine=first.engine)
    assert Served(first.asgi)("GET /a?n=1").json() == 1
