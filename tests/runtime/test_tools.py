"""Endpoints as tools in this process: from the arguments of a call to what a model reads."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from neutrino_lab.runtime.app import Service, create_app
from neutrino_lab.runtime.arguments import Input
from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.errors import ToolError
from neutrino_lab.runtime.spec import Http
from neutrino_lab.runtime.tools import calling, endpoints, reading, replies
from neutrino_lab.runtime.tools.definition import FORMATS, ToolResult, definitions
from neutrino_lab.runtime.tools.endpoints import EndpointTool, Request
from neutrino_lab.runtime.tools.replies import Reply
from neutrino_lab.runtime.tools.served import Mcp
from tests.served import cell, program_of

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
CELLS = (
    cell(
        "GET /shops/{shop}/items",
        'def items(shop, tags, page):\n    "List them."\n    return [shop, tags, page]',
        query="tags:list[str]; page:int=1",
    ),
    cell(
        "POST /orders",
        "def order(item, count): return {'total': item * (count or 2), 'name': 'x'}",
        body="item:float; count:int?",
        resp="total:float; name",
    ),
    cell(
        "DELETE /notes/{where:path}",
        "def drop(where, x_reason): return f'{where}: {x_reason}'",
        headers="X-Reason?",
    ),
    cell(
        "POST /sizes",
        "from fastapi import File, Form, UploadFile\n"
        "async def sizes(file: UploadFile, name: str = Form()):\n"
        "    return [name, len(await file.read())]",
    ),
    cell("GET /plot", f"def plot(): return {PNG!r}", media="image/png"),
    cell(
        "GET /endless",
        "async def endless():\n    while True:\n        yield 'y' * 900_000",
        media="text/plain",
    ),
)
ASKING: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "scheme": "http",
    "client": None,
    "server": ("test", 80),
    "root_path": "",
    "headers": [(b"host", b"test"), (b"accept", b"text/plain")],
}  # fmt: skip


@pytest.fixture(scope="module")
def service() -> Service:
    app, program = program_of(*CELLS)
    service = create_app(app, program, engine=Engine(MemoryBus(), mcp=Mcp("Test")))
    service.adopt()
    return service


@pytest.fixture(scope="module")
def tools(service: Service) -> Mapping[str, EndpointTool]:
    app, program = program_of(*CELLS)
    listed = reading.tools(app, service.built["http"], program)
    return {each.tool.name: each for each in listed}


@pytest.mark.parametrize(
    ("name", "given", "result"),
    [
        ("items", {"shop": "a b", "tags": ["x", "y"]}, ToolResult('["a b",["x","y"],1]')),
        ("items", {"shop": "a", "tags": "x", "page": 3}, ToolResult('["a",["x"],3]')),
        ("order", {"item": 1.5, "count": None},
         ToolResult('{"total":3.0,"name":"x"}', data={"total": 3.0, "name": "x"})),
        ("drop", {"where": "a/b", "X-Reason": "old"}, ToolResult('"a/b: old"')),
        ("drop", {"where": "a"}, ToolResult('"a: None"')),
        ("sizes", {"file": base64.b64encode(b"12345").decode(), "name": "five"},
         ToolResult('["five",5]')),
        ("plot", {}, ToolResult(f"A picture: image/png, {len(PNG)} bytes.",
                                pictures=(("image/png", base64.b64encode(PNG).decode()),))),
    ],
)  # fmt: skip
def test_a_call_is_a_request_and_its_answer_is_read(
    service: Service,
    tools: Mapping[str, EndpointTool],
    name: str,
    given: dict[str, Any],
    result: ToolResult,
) -> None:
    request = endpoints.request(tools[name], given)
    reply = asyncio.run(calling.ask(service.asgi, request, ASKING))
    assert replies.answer(tools[name].tool, reply) == result


def test_an_answer_without_an_end_is_cut(
    service: Service, tools: Mapping[str, EndpointTool]
) -> None:
    request = endpoints.request(tools["endless"], {})
    reply = asyncio.run(calling.ask(service.asgi, request, ASKING))
    assert (reply.is_cut, len(reply.body)) == (True, replies.MOST_BYTES)
    text = replies.answer(tools["endless"].tool, reply).text
    assert "characters left out" in text
    assert text.endswith("[… it went on …]")


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("items", {"shop": "a"}, "items needs the argument tags."),
        ("items", {"sop": "a"}, "items has no argument sop; it has shop, tags, page."),
        ("plot", {"n": 1}, "plot has no argument n; it has none."),
        ("items", {"shop": "a/b", "tags": []},
         "shop is a part of the path: it cannot be empty or hold a slash."),
        ("drop", {"where": "a", "X-Reason": "ü"},
         "The header X-Reason can hold printable ASCII characters only."),
        ("sizes", {"file": "?", "name": "x"},
         "file has to be the bytes of a file as base64."),
    ],
)  # fmt: skip
def test_arguments_that_cannot_be_sent_are_told(
    tools: Mapping[str, EndpointTool], name: str, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ToolError) as raised:
        endpoints.request(tools[name], given)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        (Reply(307, "", b"", "/there"), ToolResult("307: it is at /there.")),
        (Reply(404, "application/json", b'{"detail":"no"}'),
         ToolResult('404: {"detail":"no"}', is_error=True)),
        (Reply(204, "", b""), ToolResult("This is not the declared answer: There is no content.",
                                         is_error=True)),
        (Reply(200, "application/zip", b"123"),
         ToolResult("This is not the declared answer: 3 bytes of application/zip, which are no "
                    "text.", is_error=True)),
        (Reply(200, "application/json", b"[1]"),
         ToolResult("This is not the declared answer: [1]", is_error=True)),
    ],
)  # fmt: skip
def test_what_is_no_declared_answer_is_told(
    tools: Mapping[str, EndpointTool], reply: Reply, result: ToolResult
) -> None:
    assert replies.answer(tools["order"].tool, reply) == result


def test_every_dialect_names_every_tool(tools: Mapping[str, EndpointTool]) -> None:
    listed = [each.tool for each in tools.values()]
    texts = [json.dumps(definitions(style, listed)) for style in FORMATS]
    assert [[f'"{name}"' in text for name in tools] for text in texts] == [
        [True] * len(tools)
    ] * len(FORMATS)


def test_two_tools_of_one_name_are_told_apart(tools: Mapping[str, EndpointTool]) -> None:
    found = endpoints.apart([tools["plot"], tools["plot"]], ["plot"])
    assert [each.tool.name for each in found] == ["plot_2", "plot_3"]


def test_they_are_served_over_mcp(service: Service) -> None:
    async def exchange() -> list[Any]:
        mcp = service.engine.mcp
        assert mcp is not None
        await mcp.start()
        transport = httpx.ASGITransport(service.asgi)
        headers = {"Accept": "application/json, text/event-stream"}
        try:
            async with httpx.AsyncClient(
                transport=transport, base_url="http://test", headers=headers
            ) as client:
                answers = [
                    await client.post("/mcp", json={"jsonrpc": "2.0", "id": 1, **asked})
                    for asked in (
                        {"method": "tools/list", "params": {}},
                        call("items", shop="a", tags=["x"]),
                        call("items", shop="a"),
                        call("nothing"),
                    )
                ]
                status = (await client.get("/mcp")).status_code
        finally:
            await mcp.stop()
        return [status, *(parsed(each) for each in answers)]

    status, listed, *called = asyncio.run(exchange())
    assert (status, [each["name"] for each in listed["tools"]]) == (
        405,
        ["items", "order", "drop", "sizes", "plot", "endless"],
    )
    assert [(each["content"][0]["text"], each["isError"]) for each in called] == [
        ('["a",["x"],1]', False),
        ("items needs the argument tags.", True),
        ("There is no tool nothing.", True),
    ]


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"method": "tools/call", "params": {"name": name, "arguments": arguments}}


def parsed(answer: httpx.Response) -> Any:
    """The result of an answer, which is JSON or one event that holds it."""
    text = answer.text
    if "data: " in text:
        text = next(line for line in text.splitlines() if line.startswith("data: {"))[6:]
    return json.loads(text)["result"]


def described(*inputs: Input, path: str = "/a") -> EndpointTool:
    http = Http("POST", path, "nb:work", 1)
    return endpoints.make(http, "work at/once", docstring="", inputs=inputs, output=None)


def model(name: str, kind: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}", "$defs": {name: {"type": kind}}}


def test_arguments_of_one_name_are_told_apart() -> None:
    made = described(
        Input("id", "path", "", True),
        Input("id", "query", "", False, default=3, schema={"title": "Id", "type": "integer"}),
        Input("id", "query", "", False),
        Input("", "body", "", True, schema={"type": "object"}),
        path="/a/{id}",
    )
    assert (made.tool.name, made.tool.description) == ("work_at_once", "POST /a/{id}")
    assert made.tool.schema == {
        "type": "object",
        "properties": {
            "id": {},
            "query_id": {"type": "integer", "default": 3},
            "query_id_2": {},
            "body": {"type": "object"},
        },
        "required": ["id", "body"],
        "additionalProperties": False,
    }
    request = endpoints.request(made, {"id": 1, "query_id_2": [2, "b c"], "body": {"x": 1}})
    assert request == Request(
        "POST", "/a/1?id=2&id=b+c", (("content-type", "application/json"),), b'{"x": 1}'
    )


def test_many_arguments_of_one_long_name_fit_every_provider() -> None:
    made = described(*[Input("n" * 64, "query", "", False) for _ in range(102)])
    assert (len(made.inputs), {len(name) for name in made.inputs}) == (102, {64})


def test_two_models_of_one_name_are_told_apart() -> None:
    made = described(
        Input("a", "body", "", True, schema=model("Item", "string")),
        Input("b", "body", "", True, schema=model("Item", "string")),
        Input("c", "body", "", True, schema=model("Item", "integer")),
    )
    assert made.tool.schema["$defs"] == {"Item": {"type": "string"}, "Item_2": {"type": "integer"}}
    assert made.tool.schema["properties"]["c"] == {"$ref": "#/$defs/Item_2"}


def test_files_are_asked_for_as_base64() -> None:
    listed = {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]}
    made = described(
        Input("one", "file", "", True, schema={}), Input("more", "file", "", False, schema=listed)
    )
    file = {"type": "string", "contentEncoding": "base64"}
    assert made.tool.schema["properties"] == {
        "one": file,
        "more": {"anyOf": [{"type": "array", "items": file}, {"type": "null"}]},
    }
    sent = endpoints.request(made, {"one": "YQ==", "more": ["Yg==", "Yw=="]})
    assert [line for line in sent.body.split(b"\r\n") if line and len(line) == 1] == [
        b"a",
        b"b",
        b"c",
    ]
