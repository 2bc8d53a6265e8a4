"""Apps made of a few lines, and requests to them without a server."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

import httpx
import pytest
from fastapi import FastAPI

from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.program import Program
from neutrino_lab.runtime.spec import App, Field, Fields, Http, Verb

TELLS_CANCELLED = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="tasks tell since 3.11 whether they have been cancelled"
)


def fields(text: str) -> Fields:
    """The fields of `name:type?=default`, apart by semicolons."""
    made = []
    for each in filter(None, re.split(r"\s*;\s*", text)):
        declared, _, default = each.partition("=")
        name, _, kind = declared.partition(":")
        is_optional = declared.endswith("?")
        made.append(
            Field(
                name.rstrip("?"),
                kind.rstrip("?"),
                is_optional,
                ... if not default else _literal(default),
            )
        )
    return tuple(made)


def cell(line: str, code: str, **declared: str) -> tuple[Http, str]:
    """An endpoint and its cell: `cell("GET /a", "def f(): ...", query="n:int")`."""
    verb, path = line.split(" ", 1)
    assert verb in get_args(Verb)
    names = re.findall(r"^(?:async )?def (\w+)|^(\w+) = ", code, re.MULTILINE)
    name = next(filter(None, names[-1]))
    media = declared.pop("media", "")
    described: Mapping[str, Any] = {key: fields(text) for key, text in declared.items()}
    return Http(cast(Verb, verb), path, f"nb:{name}", 0, media=media, **described), code


def program_of(
    *cells: tuple[Http, str], setup: str = "", title: str = "Test"
) -> tuple[App, Program]:
    """An app of one notebook: a cell of setup, then the endpoints."""
    endpoints, codes = [], [CodeCell(1, setup, "setup", "<cell 1>")]
    for number, (http, code) in enumerate(cells, 2):
        endpoints.append(
            Http(**{name: getattr(http, name) for name in http.__slots__} | {"cell": number})
        )
        codes.append(CodeCell(number, code, f"key-{number}", f"<cell {number}>"))
    app = App(title, ("nb",), tuple(endpoints))
    program = Program()
    program.update(app, {"nb": codes})
    return app, program


@dataclass(frozen=True)
class Response:
    """What came back."""

    status: int
    media: str
    body: bytes
    headers: httpx.Headers

    def json(self) -> Any:
        return httpx.Response(200, content=self.body).json()

    @property
    def text(self) -> str:
        return self.body.decode()


class Served:
    """An app that answers requests, one after the other or at once."""

    def __init__(self, api: FastAPI) -> None:
        self.api = api

    def __call__(self, line: str, **options: Any) -> Response:
        return self.at_once([(line, options)])[0]

    def at_once(self, requests: Sequence[tuple[str, dict[str, Any]]]) -> list[Response]:
        async def all_of_them() -> list[Response]:
            transport = httpx.ASGITransport(self.api)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return list(await asyncio.gather(*(one(client, *each) for each in requests)))

        async def one(client: httpx.AsyncClient, line: str, options: dict[str, Any]) -> Response:
            verb, url = line.split(" ", 1)
            got = await client.request(verb, url, **options)
            return Response(
                got.status_code, got.headers.get("content-type", ""), got.content, got.headers
            )

        return asyncio.run(all_of_them())


def app_of(*cells: tuple[Http, str], setup: str = "", title: str = "Test") -> Served:
    """Serve the endpoints of a few cells."""
    app, program = program_of(*cells, setup=setup, title=title)
    return Served(create_app(app, program).asgi)


def _literal(text: str) -> Any:
    return json.loads(text)
