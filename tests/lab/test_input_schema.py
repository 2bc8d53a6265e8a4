"""What an endpoint takes, told without running it, is what the running app asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neutrino_lab.declare import tools
from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.lab import serialize
from neutrino_lab.lab.protocol.analysis import Endpoint, HttpEndpoint, Input, WebSocketEndpoint
from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.program import Program
from neutrino_lab.runtime.tools import reading
from neutrino_lab.runtime.tools.definition import Tool
from neutrino_lab.serve.revision import read_revision
from tests.lab.test_analysis import analyse

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "conformance" / "corpus"
SOUND = [
    *sorted((ROOT / "examples").rglob("*.ipynb")),
    *(CORPUS / name for name in ("http_cells.ipynb", "http_more.ipynb", "variants", "routing")),
]
INTEGER, TEXT, FILE = (
    {"type": "integer"},
    {"type": "string"},
    {"type": "string", "format": "binary"},
)


def inputs(source: str, *before: str) -> list[Input]:
    found = analyse(*before, source).endpoints
    assert len(found) == 1, analyse(*before, source).diagnostics
    return found[0].inputs


def test_what_is_declared_comes_in_its_order() -> None:
    source = (
        '"""\n@HTTP\nPOST /a/{id:int}/{name}\nquery: tag:list[str], page:int=1, q?\n'
        'headers: X-Token, x-page?:int\nbody: item:Item, many:list[Item], note?: str, any\n"""\n'
        "class Item: ...\n"
        "def post(id, name: str, tag, page, x_token, item, many, any, q: str | None = 'all', "
        "x_page=2, note=None): ..."
    )
    assert inputs(source) == [
        made("id", "path", "int", INTEGER),
        made("name", "path", "str", TEXT),
        made("tag", "query", "list[str]", {"type": "array", "items": TEXT}),
        made("page", "query", "int", INTEGER, default=1),
        made("q", "query", "str | None", {"anyOf": [TEXT, {"type": "null"}]}, default="all"),
        made("X-Token", "header", "str", TEXT),
        made("x-page", "header", "int", INTEGER, default=2),
        made("item", "body", "Item", {}),
        made("many", "body", "list[Item]", {"type": "array", "items": {}}),
        made("note", "body", "str", TEXT, default=None),
        made("any", "body", "", {}),
    ]


def test_what_fastapi_reads_itself_comes_after() -> None:
    source = (
        '"""\n@HTTP\nPOST /a\nquery: q\n"""\n'
        "def post(request: Request, q: Annotated[int, Query(ge=1)], file: UploadFile, "
        "files: list[UploadFile] = File(...), n: int = Query(5, alias='N'), "
        "user_agent: str | None = Header(None), who: str = Form(), raw: bytes = File(None), "
        "session=Depends(open), cookie: str = Cookie(None), own=3, *rest): ..."
    )
    assert inputs(source, "from fastapi import *") == [
        made("q", "query", "int", INTEGER),
        made("file", "file", "UploadFile", FILE),
        made("files", "file", "list[UploadFile]", {"type": "array", "items": FILE}),
        made("N", "query", "int", INTEGER, default=5),
        made(
            "user-agent", "header", "str | None", {"anyOf": [TEXT, {"type": "null"}]}, default=None
        ),
        made("who", "form", "str", TEXT),
        made("raw", "file", "bytes", FILE, default=None),
    ]


def test_a_lone_body_has_no_name() -> None:
    source = '"""\n@HTTP\nPOST /a\n"""\ndef post(item: dict[str, int] = Body()): ...'
    schema = {"type": "object", "additionalProperties": INTEGER}
    assert inputs(source) == [made("", "body", "dict[str, int]", schema)]
    assert inputs(source.replace("Body()", "Body(embed=True)"))[0].name == "item"


def test_a_socket_takes_a_handshake_and_messages() -> None:
    source = (
        '"""\n@WS /rooms/{room_id}\nquery: token\nmessage: text:str, size?:float\nto: room\n'
        'type: event\n"""\ndef talk(event: dict, token, session: str = Query("x")): ...'
    )
    found = analyse(source).endpoints[0]
    assert isinstance(found, WebSocketEndpoint)
    assert (found.mode, found.to) == ("event", "room")
    assert found.inputs == [
        made("room_id", "path", "str", TEXT),
        made("token", "query", "str", TEXT),
        made("session", "query", "str", TEXT, default="x"),
        made("text", "message", "str", TEXT),
        made("size", "message", "float", {"type": "number"}, default=None),
    ]


def test_a_name_that_the_notebook_defines_is_its_own() -> None:
    source = '"""\n@HTTP\nPOST /a\nbody: when:date\n"""\ndef post(when): ...'
    assert inputs(source)[0].json_schema == {"type": "string", "format": "date"}
    assert inputs(source, "from datetime import date")[0].json_schema["format"] == "date"
    assert inputs(source, "class date: ...")[0].json_schema == {}


def test_the_media_type_of_the_answer_is_told() -> None:
    source = '"""\n@HTTP\nGET /a\nmedia: csv\n"""\ndef get(): ...'
    found = analyse(source).endpoints[0]
    assert isinstance(found, HttpEndpoint)
    assert found.media == "text/csv"


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.stem)
def test_the_app_asks_for_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = path if path.is_dir() else path.parent
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.chdir(folder)
    revision = read_revision(path, Compiler())
    program = Program()
    program.update(revision.app, revision.cells())
    document = create_app(revision.app, program).openapi()
    for endpoint in serialize.endpoints(revision.app, revision.notebooks, revision.facts):
        if endpoint.kind == "http":
            verb, place = endpoint.key.split(" ")
            assert told(endpoint) == asked(document, verb, place), endpoint.key


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.stem)
def test_a_tool_is_told_as_the_app_has_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = path if path.is_dir() else path.parent
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.chdir(folder)
    revision = read_revision(path, Compiler())
    program = Program()
    program.update(revision.app, revision.cells())
    service = create_app(revision.app, program)
    told = [each.tool for each in tools.of(revision.app, revision.facts)]
    served = [each.tool for each in reading.tools(revision.app, service.built["http"], program)]
    assert [outline(each) for each in told] == [outline(each) for each in served]
    for source, running in zip(told, served, strict=True):
        for name, schema in source.schema["properties"].items():
            if schema.keys() - {"default"} and "{}" not in str(schema):  # only a run can tell more
                assert schema == running.schema["properties"][name], (source.name, name)


def outline(tool: Tool) -> tuple[object, ...]:
    names, required = [*tool.schema["properties"]], [*tool.schema["required"]]
    has_output = tool.output is not None
    return tool.name, tool.title, tool.description, names, required, has_output


def told(endpoint: Endpoint) -> dict[tuple[str, str], bool]:
    return {(each.place, each.name): each.required for each in endpoint.inputs}


def asked(document: dict[str, Any], verb: str, path: str) -> dict[tuple[str, str], bool]:
    plain = {key.replace(":path}", "}"): value for key, value in document["paths"].items()}
    operation = plain[path.replace(":path}", "}")][verb.lower()]
    found = {
        (each["in"], each["name"]): each["required"] for each in operation.get("parameters", ())
    }
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = content["schema"]
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        for name, kind in schema["properties"].items():
            place = "body" if media == "application/json" else "form"
            is_file = "binary" in str(kind) or "octet-stream" in str(kind)
            found["file" if is_file else place, name] = name in schema.get("required", ())
    return found


def made(name: str, place: str, type_: str, schema: dict[str, Any], **default: Any) -> Input:
    return Input.model_validate(
        {
            "name": name,
            "place": place,
            "type": type_,
            "required": "default" not in default,
            "json_schema": schema,
            **default,
        }
    )
