"""Endpoints as tools over MCP, called by the package's own client, however they are served."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ImageContent, TextContent

from neutrino_lab.kernels import toolset
from tests.conformance.servers import STANDALONE, TARGETS, Served, neutrino, serve
from tests.notebooks import write

KEY = "a-key-in-plain-text"
ERAS = ["legacy", "2026-07-28"]
CELLS = (
    "from pydantic import BaseModel\n\nclass Item(BaseModel):\n    name: str\n    price: float = 1",
    '"""\n@HTTP\nGET /shops/{shop}/items\nquery: tags:list[str], page:int=1\n"""\n'
    'def items(shop, tags, page):\n    "List what a shop has."\n    return [shop, tags, page]',
    '"""\n@HTTP\nPOST /orders\nbody: item:Item, count?:int\nresp: total:float, name\n"""\n'
    'def order(item: Item, count=2):\n    return {"total": item.price * count, "name": item.name}',
    '"""\n@HTTP\nDELETE /orders/{number:int}\nheaders: X-Reason\n"""\n'
    "from fastapi import HTTPException\n\ndef cancel(number, x_reason):\n"
    "    if number > 9:\n        raise HTTPException(404, 'no such order')\n"
    "    return f'{number}: {x_reason}'",
    '"""\n@HTTP\nPOST /sizes\n"""\nfrom fastapi import File, Form, UploadFile\n\n'
    "async def sizes(file: UploadFile, name: str = Form()):\n"
    "    return [name, len(await file.read())]",
    '"""\n@HTTP\nGET /plot\nmedia: png\n"""\ndef plot():\n'
    "    return b'\\x89PNG\\r\\n\\x1a\\n' + bytes(20)",
    '"""\n@HTTP\nGET /flood\nmedia: text\n"""\nasync def flood():\n'
    "    while True:\n        yield 'y' * 10_000",
    '"""\n@HTTP\nGET /broken\n"""\ndef broken():\n    return 1 / 0',
    '"""\n@HTTP\nGET /slow\n"""\nimport asyncio\n\nasync def slow():\n'
    "    await asyncio.sleep(3)\n    return 'done'",
    '"""\n@HTTP\nPOST /{anything}\n"""\ndef anything(anything): return anything',
    '"""\n@WS /talk\n"""\nasync def talk(event: str): return event',
)
NAMES = ["items", "order", "cancel", "sizes", "plot", "flood", "broken", "slow", "anything"]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("tools") / "shop.ipynb", *CELLS)


@pytest.fixture(scope="module", params=TARGETS)
def served(
    request: pytest.FixtureRequest, notebook: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    with serve(request.param, notebook, folder, NEUTRINO_MCP="1") as found:
        yield found


def address(served: Served) -> str:
    """Where MCP is: in JupyterLab it is the Jupyter server's own."""
    return f"http://{served.address.partition('/')[0]}/mcp"


@asynccontextmanager
async def connected(
    served: Served, era: str = ERAS[1], headers: dict[str, str] | None = None
) -> AsyncIterator[Client]:
    async with httpx2.AsyncClient(headers=headers, timeout=120) as http:
        transport = streamable_http_client(address(served), http_client=http)
        async with Client(transport, mode=era) as client:
            yield client


def call(served: Served, tool: str, era: str = ERAS[1], /, **arguments: Any) -> CallToolResult:
    async def called() -> CallToolResult:
        async with connected(served, era) as client:
            return await client.call_tool(tool, arguments)

    return asyncio.run(called())


def text(result: CallToolResult) -> str:
    assert isinstance(result.content[0], TextContent)
    return result.content[0].text


@pytest.mark.parametrize("era", ERAS)
def test_every_http_endpoint_is_a_tool(served: Served, era: str) -> None:
    async def listed() -> dict[str, Any]:
        async with connected(served, era) as client:
            return {each.name: each for each in (await client.list_tools()).tools}

    tools = asyncio.run(listed())
    assert [each for each in tools if each not in toolset.NAMES] == NAMES
    assert tools["items"].model_dump(by_alias=True, exclude_none=True) == {
        "name": "items",
        "title": "GET /shops/{shop}/items",
        "description": "List what a shop has.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "shop": {"type": "string"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "page": {"type": "integer", "default": 1},
            },
            "required": ["shop", "tags"],
            "additionalProperties": False,
        },
        "annotations": {
            "title": "GET /shops/{shop}/items",
            "readOnlyHint": True,
            "destructiveHint": False,
            "openWorldHint": True,
        },
    }
    ordered = tools["order"]
    # The notebook's own model is there, as in the form of the preview.
    assert ordered.input_schema["properties"] == {
        "item": {
            "type": "object",
            "properties": {
                "name": {"title": "Name", "type": "string"},
                "price": {"title": "Price", "type": "number", "default": 1},
            },
            "required": ["name"],
        },
        "count": {"type": "integer", "default": 2},
    }
    assert ordered.output_schema["properties"]["total"] == {"type": "number"}
    assert not ordered.annotations.read_only_hint
    assert not ordered.annotations.destructive_hint
    assert tools["cancel"].annotations.destructive_hint
    assert list(tools["sizes"].input_schema["properties"]) == ["file", "name"]


@pytest.mark.parametrize("era", ERAS)
def test_a_call_is_a_request(served: Served, era: str) -> None:
    found = call(served, "items", era, shop="a b/ü".replace("/", "-"), tags=["x&y", "z"])
    assert text(found) == '["a b-ü",["x&y","z"],1]'
    ordered = call(served, "order", era, item={"name": "tea", "price": 2.5}, count=None)
    assert not ordered.is_error, text(ordered)
    assert ordered.structured_content == {"total": 5.0, "name": "tea"}
    assert text(call(served, "cancel", era, **{"number": 3, "X-Reason": "late"})) == '"3: late"'
    content = base64.b64encode(b"12345").decode()
    assert text(call(served, "sizes", era, file=content, name="n")) == '["n",5]'
    assert text(call(served, "anything", era, anything="else")) == '"else"'


def test_a_picture_is_a_picture_and_what_has_no_end_is_cut(served: Served) -> None:
    told, picture = call(served, "plot").content
    assert isinstance(picture, ImageContent)
    assert base64.b64decode(picture.data).startswith(b"\x89PNG")
    assert text(CallToolResult(content=[told])) == "A picture: image/png, 28 bytes."
    flood = text(call(served, "flood"))
    assert len(flood) < 21_000
    assert flood.endswith("[… it went on …]")


@pytest.mark.parametrize(
    ("name", "arguments", "word"),
    [
        ("items", {}, "items needs the argument shop."),
        ("items", {"shop": "a", "tags": [], "x": 1}, "no argument x; it has shop, tags, page"),
        ("items", {"shop": "a/b", "tags": ["t"]}, "cannot be empty or hold a slash"),
        ("items", {"shop": "a", "tags": ["t"], "page": "many"}, "422: "),
        ("order", {"item": {"price": 1}}, "Field required"),
        ("cancel", {"number": 10, "X-Reason": "r"}, '404: {"detail":"no such order"}'),
        ("cancel", {"number": 1, "X-Reason": "a\nb"}, "printable ASCII"),
        ("sizes", {"file": "no base64!", "name": "n"}, "as base64"),
        ("broken", {}, "500: "),
        ("talk", {}, "no tool talk"),
    ],
)
def test_what_is_wrong_is_an_error_that_a_model_reads(
    served: Served, name: str, arguments: dict[str, Any], word: str
) -> None:
    found = call(served, name, **arguments)
    assert found.is_error
    assert word in text(found)
    assert "ZeroDivisionError" not in text(found)


@pytest.mark.parametrize("era", ERAS)
def test_a_slow_endpoint_tells_that_it_goes_on(served: Served, era: str) -> None:
    told: list[float] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    async def talk() -> str:
        async with connected(served, era) as client:
            return text(await client.call_tool("slow", {}, progress_callback=heard))

    assert asyncio.run(talk()) == '"done"'
    assert told


@pytest.mark.parametrize("target", STANDALONE)
def test_who_has_no_key_is_no_client_and_a_foreign_page_gets_nothing(
    target: Any, notebook: Path, tmp_path: Path
) -> None:
    with serve(target, notebook, tmp_path, NEUTRINO_MCP="1", NEUTRINO_API_KEYS=KEY) as served:
        assert httpx.post(address(served), json={}).status_code == 401
        own = {"Authorization": f"Bearer {KEY}"}

        async def talk() -> str:
            async with connected(served, headers=own) as client:
                return text(await client.call_tool("anything", {"anything": "in"}))

        assert asyncio.run(talk()) == '"in"'
        for stranger in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            answer = httpx.post(address(served), json={}, headers={**own, **stranger})
            assert answer.status_code == 403, stranger


@pytest.mark.parametrize("target", STANDALONE)
def test_it_is_there_when_it_is_asked_for_and_a_notebooks_own_comes_first(
    target: Any, tmp_path: Path
) -> None:
    own = '"""\n@HTTP\nPOST /mcp\n"""\ndef mine(): return "mine"'
    other = '"""\n@HTTP\nGET /other\n"""\ndef other(): return 1'
    source = write(tmp_path / "own.ipynb", own)
    with serve(target, source, tmp_path / "one", NEUTRINO_MCP="1") as served:
        assert httpx.post(address(served)).json() == "mine"
    source = write(tmp_path / "plain.ipynb", other)
    with serve(target, source, tmp_path / "two") as served:
        assert httpx.post(address(served), json={}).status_code == 404


def test_the_command_prints_what_is_served(served: Served, notebook: Path) -> None:
    printed = neutrino("tools", str(notebook), "--format", "mcp")
    assert printed.returncode == 0, printed.stderr

    async def listed() -> list[dict[str, Any]]:
        async with connected(served) as client:
            tools = (await client.list_tools()).tools
        return [each.model_dump(by_alias=True, exclude_none=True) for each in tools]

    told = {each["name"]: each for each in json.loads(printed.stdout)}
    assert list(told) == NAMES
    for each in asyncio.run(listed()):
        if each["name"] in told and each["name"] != "order":
            assert each == told[each["name"]]
