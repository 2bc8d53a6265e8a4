"""What a function receives from a request, and what a request is refused for."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.errors import EndpointError
from tests.served import app_of, cell, program_of


def missing(*where: str) -> dict[str, Any]:
    return {"type": "missing", "loc": list(where), "msg": "Field required", "input": None}


def refused(answer: Any) -> list[tuple[Any, ...]]:
    assert answer.status == 422
    return [(error["type"], *error["loc"]) for error in answer.json()["detail"]]


def test_path_query_and_body_are_converted_by_annotation_or_declared_type() -> None:
    served = app_of(
        cell(
            "PUT /items/{item}",
            "def f(item: int, q, tags: list, x, y): return [item, q, tags, x, y]",
            query="q:float; tags:list[int]",
            body="x:list[float]; y",
        )
    )
    answer = served("PUT /items/7?q=2.5&tags=1&tags=2", json={"x": ["1", 2], "y": {"k": [None]}})
    assert (answer.status, answer.json()) == (200, [7, 2.5, [1, 2], [1.0, 2.0], {"k": [None]}])
    assert refused(served("PUT /items/a?q=b", json={"x": ["c"]})) == [
        ("int_parsing", "path", "item"),
        ("float_parsing", "query", "q"),
        ("missing", "query", "tags"),
        ("float_parsing", "body", "x", 0),
        ("missing", "body", "y"),
    ]


def test_without_types_values_from_the_address_are_text() -> None:
    served = app_of(cell("GET /{a}", "def f(a, b): return [a, b]", query="b"))
    assert served("GET /1?b=2").json() == ["1", "2"]


def test_a_broken_annotation_counts_as_none() -> None:
    code = "from __future__ import annotations\ndef f(a: Gone, b: int): return [a, b]"
    served = app_of(cell("GET /", code, query="a; b"))
    assert served("GET /?a=1&b=2").json() == ["1", 2]


def test_the_declared_type_wins_over_the_annotation() -> None:
    served = app_of(cell("GET /", "def f(n: str): return n", query="n:int"))
    assert served("GET /?n=3").json() == 3


def test_one_body_field_is_a_key_of_an_object_too() -> None:
    served = app_of(cell("POST /", "def f(data): return data", body="data:dict[str, int]"))
    assert served("POST /", json={"data": {"a": 1}}).json() == {"a": 1}
    assert refused(served("POST /", json={"a": 1})) == [("missing", "body", "data")]
    assert refused(served("POST /", json=[1])) == [("missing", "body", "data")]
    assert refused(served("POST /")) == [("missing", "body", "data")]
    broken = served("POST /", content=b"{", headers={"content-type": "application/json"})
    assert refused(broken) == [("json_invalid", "body", 1)]


def test_models_of_the_notebook_are_read_from_the_body() -> None:
    served = app_of(
        cell("POST /", "def f(item, more): return [item.name, len(more)]",
             body="item:Item; more:list[Item]"),
        setup="from pydantic import BaseModel\nclass Item(BaseModel):\n    name: str",
    )  # fmt: skip
    body = {"item": {"name": "pen"}, "more": [{"name": "cup"}]}
    assert served("POST /", json=body).json() == ["pen", 1]
    assert refused(served("POST /", json={"item": {}, "more": []})) == [
        ("missing", "body", "item", "name")
    ]


def test_what_may_be_left_out() -> None:
    code = "def f(a, b=2, c=None, d=4): return [a, b, c, d]"
    served = app_of(
        cell("POST /body", code, body="a:int?; b:int?; c:int=3; d:int?"),
        cell("GET /query", code, query="a:int?; b:int?; c:int=3; d:list[int]?"),
    )
    assert served("POST /body").json() == [None, 2, 3, 4]
    assert served("POST /body", json={}).json() == [None, 2, 3, 4]
    nulls = {"a": None, "b": None, "d": None}
    assert served("POST /body", json=nulls).json() == [None, None, 3, None]
    assert refused(served("POST /body", json={"c": None})) == [("int_type", "body", "c")]
    assert served("GET /query").json() == [None, 2, 3, 4]
    assert served("GET /query?a=1&b=1&c=1&d=1").json() == [1, 1, 1, [1]]


def test_a_declared_field_is_required_whatever_the_function_says() -> None:
    served = app_of(cell("GET /", "def f(n=5): return n", query="n:int"))
    assert served("GET /").json() == {"detail": [missing("query", "n")]}


@pytest.mark.parametrize(
    ("default", "sent", "received"),
    [
        ("10", "x=4", "4"),
        ("[1, 2]", "x=3&x=4", "[3, 4]"),
        ("(1.5,)", "x=3&x=4", "(3.0, 4.0)"),
        ("{1}", "x=3", "{3}"),
        ("[]", "x=3&x=a", "['3', 'a']"),
        ("[1, 'a']", "x=3", "['3']"),
        ("date(2024, 1, 1)", "x=2024-05-01", "datetime.date(2024, 5, 1)"),
        ("Size.small", "x=2", "<Size.large: '2'>"),
        ("Decimal(1)", "x=2.50", "Decimal('2.50')"),
        ("'a'", "x=3", "'3'"),
        ("{}", "x=3", "'3'"),
    ],
)
def test_the_type_of_a_default_tells_how_text_is_read(
    default: str, sent: str, received: str
) -> None:
    setup = "from datetime import date\nfrom decimal import Decimal\nfrom enum import Enum\n"
    setup += "class Size(Enum):\n    small = '1'\n    large = '2'"
    served = app_of(cell("GET /", f"def f(x={default}): return repr(x)", query="x?"), setup=setup)
    assert served(f"GET /?{sent}").json() == received
    assert served("GET /openapi.json").status == 200


def test_a_default_that_cannot_be_copied_or_written_down_is_left_to_the_function() -> None:
    setup = "import threading\nLOCK = threading.Lock()\nNAN = float('nan')"
    served = app_of(
        cell("POST /", "def f(a=LOCK, b=NAN, c=(1,)): return [a is LOCK, b != b, c]",
             body="a?; b:float?; c?"),
        setup=setup,
    )  # fmt: skip
    assert served("POST /").json() == [True, True, [1]]
    assert served("POST /", json={"a": 1, "b": 2, "c": None}).json() == [False, False, None]
    assert served("GET /openapi.json").status == 200


def test_a_default_list_is_new_for_each_request() -> None:
    code = "def f(seen=[]):\n    seen.append(1)\n    return seen"
    served = app_of(cell("POST /", code, body="seen:list[int]?"))
    assert [served("POST /").json() for _ in range(2)] == [[1], [1]]


def test_headers() -> None:
    served = app_of(
        cell("GET /checked", "def f(): return 1", headers="X-Api-Key:str"),
        cell("GET /passed", "def g(x_user, x_age=7): return [x_user, x_age]",
             headers="X-User:str; X-Age:int?"),
        cell("GET /any", "def h(**rest): return rest", headers="X-Api-Key:str", query="q:int"),
        cell("GET /under", "def u(under_score): return under_score", headers="under_score"),
    )  # fmt: skip
    assert served("GET /checked").json() == {"detail": [missing("header", "X-Api-Key")]}
    assert served("GET /checked", headers={"x-api-key": "k"}).json() == 1
    assert served("GET /passed", headers={"X-User": "Ada"}).json() == ["Ada", 7]
    assert served("GET /passed", headers={"X-User": "Ada", "X-Age": "36"}).json() == ["Ada", 36]
    assert served("GET /any?q=1", headers={"X-Api-Key": "k"}).json() == {"q": 1}
    assert served("GET /under", headers={"under_score": "a"}).json() == "a"
    parameters = served("GET /openapi.json").json()["paths"]["/checked"]["get"]["parameters"]
    assert [(each["name"], each["in"], each["required"]) for each in parameters] == [
        ("X-Api-Key", "header", True)
    ]


def test_what_a_query_cannot_say_is_json_text() -> None:
    served = app_of(
        cell("GET /", "def f(a, b, c, d): return [a, b.n, c, d]",
             query="a:dict[str, int]; b:Item; c:list[list[float]]; d:dict?"),
        setup="from pydantic import BaseModel\nclass Item(BaseModel):\n    n: int",
    )  # fmt: skip
    given = served('GET /?a={"k":1}&b={"n":2}&c=[[1,2]]')
    assert given.json() == [{"k": 1}, 2, [[1.0, 2.0]], None]
    assert refused(served('GET /?a={"k":"x"}&b={&c=1')) == [
        ("int_parsing", "query", "a", "k"),
        ("json_invalid", "query", "b"),
        ("list_type", "query", "c"),
    ]


def test_names_that_python_or_pydantic_keep_for_themselves() -> None:
    names = ("class", "from", "_id", "json", "schema", "copy", "model_config", "values", "self")
    served = app_of(
        cell("POST /b", "def f(**given): return given", body="; ".join(f"{n}:int" for n in names)),
        cell("GET /q", "def g(**given): return given", query="; ".join(f"{n}:int" for n in names)),
        cell("GET /p/{class}/{json}", "def h(**given): return given"),
    )
    given = {name: number for number, name in enumerate(names)}
    assert served("POST /b", json=given).json() == given
    assert served("GET /q", params=given).json() == given
    assert served("GET /p/1/2").json() == {"class": "1", "json": "2"}
    schema = served("GET /openapi.json").json()["components"]["schemas"]["Body_f"]
    assert sorted(schema["properties"]) == sorted(names)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(a, /, b): return [a, b]", [1, 2]),
        ("def f(a, b, /): return [a, b]", [1, 2]),
        ("def f(a, z=9, /, *, b): return [a, z, b]", [1, 9, 2]),
        ("def f(*rest, b, **more): return [more['a'], b]", [1, 2]),
        ("def f(*, b, a): return [a, b]", [1, 2]),
        ("from functools import lru_cache\n@lru_cache\ndef f(a: int, b: int): return [a, b]",
         [1, 2]),
        ("import functools\ndef wrapped(g):\n    @functools.wraps(g)\n"
         "    def inner(*args, **kwargs): return g(*args, **kwargs)\n    return inner\n"
         "@wrapped\ndef f(a: int, b: int): return [a, b]", [1, 2]),
        ("import functools\ndef wrapped(g):\n    @functools.wraps(g)\n"
         "    async def inner(*args, **kwargs): return await g(*args, **kwargs)\n    return inner\n"
         "@wrapped\nasync def f(a: int, b: int): return [a, b]", [1, 2]),
        ("class Both:\n    def __call__(self, a: int, b: int): return [a, b]\nf = Both()", [1, 2]),
        ("class Both:\n    async def __call__(self, a: int, b: int): return [a, b]\nf = Both()",
         [1, 2]),
        ("from functools import partial\nf = partial(lambda a, b, c: [a, b, c], c=3)", [1, 2, 3]),
    ],
)  # fmt: skip
def test_every_way_to_write_a_function(code: str, expected: list[int]) -> None:
    served = app_of(cell("GET /", code, query="a:int; b:int"))
    assert served("GET /?a=1&b=2").json() == expected


def test_a_callable_that_does_not_tell_its_signature_gets_what_is_declared() -> None:
    code = "class Odd:\n    __signature__ = 1\n    def __call__(self, **all): return all\nf = Odd()"
    assert app_of(cell("GET /", code, query="a:int"))("GET /?a=1").json() == {"a": 1}


def test_undeclared_parameters_with_a_default_are_not_exposed() -> None:
    served = app_of(cell("GET /", "def f(limit=10, model=object()): return limit"))
    assert served("GET /?limit=99").json() == 10
    assert "parameters" not in served("GET /openapi.json").json()["paths"]["/"]["get"]


FASTAPI = """
from typing import Annotated
from fastapi import BackgroundTasks, Cookie, Depends, Header, HTTPException, Query
from fastapi import Request, Response

DONE = []

def user(authorization: Annotated[str, Header()]):
    if authorization != "ok":
        raise HTTPException(401, "who?")
    return "Ada"
"""


def test_fastapis_own_parameters_work() -> None:
    served = app_of(
        cell("GET /r", "def f(request: Request): return str(request.url.path)"),
        cell("GET /q", "def g(n: int, q: Annotated[int, Query(ge=1)] = 5): return n * q",
             query="n"),
        cell("GET /d", "async def h(who=Depends(user)): return who"),
        cell("GET /c", "def i(seen: Annotated[str, Cookie()] = 'no'): return seen"),
        cell("GET /ge", "def j(n: Annotated[int, Query(ge=1)]): return n", query="n"),
        cell("GET /b", "def k(tasks: BackgroundTasks):\n"
             "    tasks.add_task(DONE.append, 1)\n    return list(DONE)"),
        setup=FASTAPI,
    )  # fmt: skip
    assert served("GET /r").json() == "/r"
    assert served("GET /q?n=2").json() == 10
    assert refused(served("GET /q?n=2&q=0")) == [("greater_than_equal", "query", "q")]
    assert refused(served("GET /ge?n=0")) == [("greater_than_equal", "query", "n")]
    assert served("GET /d", headers={"authorization": "ok"}).json() == "Ada"
    who = served("GET /d", headers={"authorization": "no"})
    assert (who.status, who.json()) == (401, {"detail": "who?"})
    assert served("GET /c", headers={"cookie": "seen=yes"}).json() == "yes"
    assert [served("GET /b").json() for _ in range(2)] == [[], [1]]


def test_headers_and_status_set_on_the_response_parameter() -> None:
    code = """
def f(response: Response):
    response.headers["x-a"] = "1"
    response.set_cookie("c", "2")
    response.headers["content-type"] = "application/own+json"
    response.status_code = 201
    return {"a": 1}
"""
    served = app_of(
        cell("POST /f", code),
        cell("GET /d", "def g(x=Depends(mark)): return 1"),
        cell("GET /n", "def h(response: Response):\n    response.status_code = 204"),
        cell("GET /s", "def i(x=Depends(mark)):\n    yield 'a'"),
        setup=FASTAPI + "\ndef mark(response: Response): response.headers['x-b'] = '2'",
    )
    made = served("POST /f")
    assert (made.status, made.json(), made.headers["x-a"]) == (201, {"a": 1}, "1")
    assert made.headers.get_list("content-type") == ["application/own+json"]
    assert made.headers["set-cookie"].startswith("c=2")
    assert served("GET /d").headers["x-b"] == "2"
    assert served("GET /s").headers["x-b"] == "2"
    nothing = served("GET /n")
    assert (nothing.status, nothing.body, nothing.media) == (204, b"", "")


@pytest.mark.parametrize(
    ("line", "code", "declared", "reason"),
    [
        ("GET /", "def f(): ...", {"query": "q:int"}, "`f` has no parameter `q`"),
        ("GET /", "def f(q): ...", {}, "nothing supplies `q` to `f`"),
        ("GET /", "def f(q): ...", {"query": "q:Gone"}, "`q:Gone`: `Gone` is not a type"),
        ("GET /", "def f(): ...", {"resp": "a:Gone"}, "`resp`: `Gone` is not a type"),
        ("POST /", "import io\ndef f(x: io.StringIO): ...", {"body": "x"},
         "`x`: _io.StringIO cannot be read from a request"),
        ("POST /", "from fastapi import Request\ndef f(r: Request, x: 'object()'): ...",
         {"body": "x:Text; y"}, "`f` has no parameter `y`"),
        ("POST /", "def f(n): ...", {"query": "n", "body": "n"}, "`n` is declared twice"),
        ("GET /{d}", "def f(d: dict): ...", {}, "Path params must be"),
        ("POST /", "class Own:\n"
         "    def __get_pydantic_core_schema__(*_): raise ValueError('mine')\n"
         "def f(x): ...", {"body": "x:Own"}, "`x`: mine"),
        ("GET /{a}/{a}", "def f(a): ...", {}, "is not a path"),
        ("GET /{a:nope}", "def f(a): ...", {}, "is not a path"),
    ],
)  # fmt: skip
def test_an_endpoint_that_cannot_be_built_says_why(
    line: str, code: str, declared: dict[str, str], reason: str
) -> None:
    app, program = program_of(cell(line, code, **declared))
    with pytest.raises(EndpointError) as raised:
        create_app(app, program)
    assert (raised.value.module, raised.value.cell) == ("nb", 2)
    assert reason in raised.value.reason


def test_a_form_says_what_it_needs_where_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("python_multipart", "multipart"):
        monkeypatch.setitem(sys.modules, name, None)
    code = "from fastapi import Form\ndef f(x=Form()): ..."
    app, program = program_of(cell("POST /", code))
    with pytest.raises(EndpointError, match="python-multipart"):
        create_app(app, program)


def test_files_and_form_fields_are_read() -> None:
    code = "from fastapi import Form, UploadFile\ndef f(files: list[UploadFile], note=Form('')):\n"
    code += "    return [note, *((each.filename, each.file.read()) for each in files)]"
    files = [("files", ("a.csv", b"1")), ("files", ("b.csv", b"2"))]
    served = app_of(cell("POST /", code))
    answer = served("POST /", files=files, data={"note": "x"})
    assert (answer.status, answer.json()) == (200, ["x", ["a.csv", "1"], ["b.csv", "2"]])
