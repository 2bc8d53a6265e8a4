"""The API describes itself, and its page needs no network."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from neutrino_lab.runtime import docs
from tests.served import Served, app_of, cell

ENDPOINT = cell(
    "POST /items/{item}",
    '''def make(item: int, q, x, x_key):
    """Make an item.

    And say so.
    """
''',
    query="q:int=10",
    headers="X-Key:str",
    body="x:list[float]; y:str?".partition(";")[0],
    resp="total:float; note:str?",
)


def test_the_description_says_everything() -> None:
    described = app_of(ENDPOINT, title="My app")("GET /openapi.json").json()
    assert described["info"]["title"] == "My app"
    operation = described["paths"]["/items/{item}"]["post"]
    assert (operation["operationId"], operation["summary"]) == ("make", "Make")
    assert operation["description"] == "Make an item.\n\nAnd say so."
    assert "tags" not in operation
    assert [
        (each["in"], each["name"], each["required"], each["schema"]["type"])
        for each in operation["parameters"]
    ] == [
        ("path", "item", True, "integer"),
        ("query", "q", False, "integer"),
        ("header", "X-Key", True, "string"),
    ]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert (body, answer) == (
        {"$ref": "#/components/schemas/Body_make"},
        {"$ref": "#/components/schemas/Response_make"},
    )
    schemas = described["components"]["schemas"]
    assert schemas["Body_make"]["properties"]["x"] == {
        "items": {"type": "number"},
        "type": "array",
        "title": "X",
    }
    assert schemas["Response_make"]["required"] == ["total"]


def test_only_declared_endpoints_are_described() -> None:
    assert app_of(cell("GET /a", "def f(): ..."))("GET /openapi.json").json()["paths"].keys() == {
        "/a"
    }


def test_an_endpoint_that_has_no_description_spoils_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    served = app_of(
        cell("POST /odd", "def f(x: type): ...", body="x"),
        cell("GET /plain", "def g(): ..."),
    )
    assert list(served("GET /openapi.json").json()["paths"]) == ["/plain"]
    assert "/odd is not in /openapi.json" in caplog.text


def test_a_prefix_is_told_as_the_server() -> None:
    served = app_of(cell("GET /a", "def f(): return 1"))
    outer = FastAPI()
    outer.mount("/under/here", served.api)
    described = Served(outer)("GET /under/here/openapi.json").json()
    assert described["servers"] == [{"url": "/under/here"}]
    assert "servers" not in served("GET /openapi.json").json()


def test_the_page_works_under_any_prefix_and_offline() -> None:
    outer = FastAPI()
    outer.mount("/under/here", app_of(ENDPOINT, title="<My> app").api)
    page = Served(outer)("GET /under/here/docs")
    assert (page.status, page.media) == (200, "text/html; charset=utf-8")
    assert "<title>&lt;My&gt; app</title>" in page.text
    assert not re.search(r"https?://|[\"']//", page.text)
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(linked) == 3
    at = httpx.URL("http://test/under/here/docs")
    for link in linked:
        assert Served(outer)(f"GET {at.join(link).path}").status == 200


@pytest.mark.parametrize("path", sorted(docs.STATIC.iterdir()), ids=lambda path: path.name)
def test_the_assets_ask_for_nothing_else(path: Path) -> None:
    content = path.read_bytes()
    assert b"sourceMappingURL=" not in content or path.suffix == ".md"
    if path.suffix == ".css":
        linked = re.findall(rb"url\([\"']?([^)\"']+)", content)
        assert [each for each in linked if not each.startswith((b"data:", b"#"))] == []


def test_there_is_no_other_page() -> None:
    served = app_of(ENDPOINT)
    assert [served(f"GET {path}").status for path in ("/redoc", "/docs/oauth2-redirect")] == [
        404,
        404,
    ]
    assert served("GET /docs/assets/../docs.py").status == 404
