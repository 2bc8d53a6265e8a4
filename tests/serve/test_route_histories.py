"""What goes on from version to version serves as what is built from nothing, over random edits."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from fastapi.routing import APIRoute
from hypothesis import given, note, settings
from hypothesis import strategies as st

from neutrino_lab.runtime.app import Service, create_app
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.http.routes import HttpRoute
from neutrino_lab.runtime.program import Program
from neutrino_lab.runtime.spec import App, Http
from neutrino_lab.serve.live import Live
from neutrino_lab.serve.mount import Mount
from tests.notebooks import write

IMPORTS = """from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Literal, NamedTuple, Optional, Tuple
from annotated_types import Ge
from fastapi import Body, Depends, Header, Query, Request
from pydantic import BaseModel, Field, RootModel
from typing_extensions import TypedDict"""

INNER = (
    "class Inner(BaseModel):\n    n: int = 1",
    "class Inner(BaseModel):\n    n: float = 1",
    "class Inner(BaseModel):\n    'Told.'\n    m: str = 'x'",
    "class Inner(TypedDict):\n    n: int",
    "@dataclass\nclass Inner:\n    n: int = 1",
    "class Inner(NamedTuple):\n    n: int = 1",
    "class Inner(RootModel[list[int]]): pass",
    "class Inner(Enum):\n    one = 1\n    two = 2",
    "class Inner(Enum):\n    one = '1'",
    "Inner = int",
    "Inner = float",
    "Inner = Annotated[int, Ge(1)]",
    "Inner = Optional[int]",
    "",
)

ITEM = (
    "class Item(BaseModel):\n    inner: 'Inner' = None",
    "class Item(BaseModel):\n    inner: 'list[Inner]' = []",
    "class Item(BaseModel):\n    inner: Inner = None",
    "@dataclass\nclass Item:\n    inner: 'Inner' = None",
    "class Item(TypedDict):\n    inner: 'Inner'",
    "class Item(Inner): pass",
    "Item = Inner",
    "Item = list['Inner']",
    "Item = Tuple[()]\n",
    "Item = Tuple\n",
    "",
)

NEEDED = ("def needed(n: int = 1): return n", "def needed(m: 'Inner' = 2): return str(m)", "")

DECLARED = ("", ":int", ":float", ":str", ":Item", ":list[Inner]", "=1", "=1.0", "=True", "=[1]",
            ":int=1", ":float=1", ":str?", "?")  # fmt: skip

ANNOTATED = ("", ": int", ": Inner", ": 'Item'", ": 'list[Inner]'", ": Literal[1]",
             ": Literal[True]", ": Annotated[int, Ge(1)]", ": Annotated[int, Ge(1.0)]",
             ": Tuple", ": Tuple[()]", ": Optional[Inner]", ": complex")  # fmt: skip

DEFAULTS = ("", " = 1", " = True", " = 1.0", " = None", " = [1]", " = Query(1)")

SUPPLIED = ("", "", "", ", had=Depends(needed)", ", request: Request = None", ", other=1")

DOCS = ("", "    'What it does.'\n", "    'More.\\n\\nAnd more.'\n")

VERBS = ("GET", "POST")

PATHS = ("/a", "/b", "/a/{k}", "/{k}/a", "/a/a", "/a/b", "/c/{k}/a")

ENDPOINTS = st.builds(
    '"""\n@HTTP\n{} {}\n{}: n{}{}\n"""\n{}def {}(n{}{}, *, k=""{}):\n{}    return {}\n'.format,
    st.sampled_from(VERBS),
    st.sampled_from(PATHS),
    st.sampled_from(("query", "body", "headers")),
    st.sampled_from(DECLARED),
    st.sampled_from(("", "", "\nresp: n:int", "\nresp: n:Inner", "\nmedia: text")),
    st.sampled_from(("", "async ")),
    st.sampled_from("fg"),
    st.sampled_from(ANNOTATED),
    st.sampled_from(DEFAULTS),
    st.sampled_from(SUPPLIED),
    st.sampled_from(DOCS),
    st.sampled_from(("repr((n, k))", "{'n': n}", "[str(n)]", "type(n).__name__")),
)

NAMES = ("one.ipynb", "two.ipynb")

EDITS = st.tuples(
    st.sampled_from(("add", "add", "replace", "remove", "move", "comment")),
    st.sampled_from(NAMES),
    st.integers(0, 20),
    st.one_of(*map(st.sampled_from, (INNER, ITEM, NEEDED)), ENDPOINTS, ENDPOINTS, ENDPOINTS),
)

ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("?n=1", {}),
    ("?n=x", {}),
    ("", {"json": {"n": 1}, "headers": {"n": "1"}}),
    ("?n=1&n=2", {"json": {"n": True}}),
    ("", {"json": {"n": [{"n": 2}]}}),
    ("", {"json": {"n": {"inner": {"n": 3}}}}),
    ("", {"content": b'{"n": 1}', "headers": {"content-type": "text/plain"}}),
)


Edit = tuple[str, str, int, str]
Project = dict[str, list[str]]


def edited(project: Project, edit: Edit) -> Project:
    kind, name, number, code = edit
    cells = list(project[name])
    place = 1 + number % (len(cells) - 1)  # the imports stay
    if kind == "add":
        cells.insert(place + 1, code)
    elif kind == "replace":
        # A type or what is needed takes the place of its own kind.
        at = next((at for at, known in enumerate((INNER, ITEM, NEEDED), 1) if code in known), place)
        cells[at] = code
    elif kind == "move":
        cells.append(cells.pop(place))
    elif kind == "comment":
        cells[place] += "\n# edited"
    elif len(cells) > 2:
        del cells[place]
    return {**project, name: cells}


async def serves(service: Service, asked: Sequence[Http]) -> list[object]:
    """What a client can tell an app by: its description, its routes, the answers of endpoints."""
    try:
        description = json.dumps(service.openapi())
    except Exception as error:  # noqa: BLE001 - as long as the other says the same
        description = repr(error)
    shown: list[object] = [description, [*_routes(service)]]
    transport = httpx.ASGITransport(service.asgi, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        for each in asked:
            for query, sent in ASKED:
                got = await client.request(each.verb, each.path.format(k=1) + query, **sent)
                shown.append((each.key, query, sent, got.status_code, got.content))
    return shown


def _routes(service: Service) -> Iterator[tuple[object, ...]]:
    for each in service.asgi.router.routes:
        shown: tuple[object, ...] = (
            type(each),
            getattr(each, "path", ""),
            getattr(each, "name", ""),
        )
        if isinstance(each, APIRoute):
            shown += (each.methods, each.tags, each.operation_id, each.description)
        if isinstance(each, HttpRoute):
            shown += (each.compiled is None,)
        yield shown


class Anew:
    """Builds each version of a mount once more, by an engine that has served nothing before it."""

    def __init__(self, mount: Mount) -> None:
        self._build = mount._built
        mount._built = self.built  # type: ignore[method-assign]

    def built(self, app: App, program: Program) -> Service:
        # Now: names that no version sees any more go away as this one is adopted.
        self.newest = create_app(app, program, engine=Engine.in_memory())
        return self._build(app, program)


START = {
    name: [
        *(IMPORTS, INNER[0], ITEM[0], NEEDED[0]),
        f'"""\n@HTTP\nGET /{name}\nquery: n:int\n"""\ndef f(n): return n',
        f'"""\n@HTTP\nPOST /{name}\nbody: n\nresp: n:int\n"""\ndef g(n: "Item"): return {{"n": 1}}',
        f'"""\n@HTTP\nPOST /{name}/all\nbody: n:list[Inner]\n"""\ndef g(n): return repr(n)',
    ]
    for name in NAMES
}


@settings(max_examples=int(os.environ.get("NEUTRINO_EDITS", "250")) // 25, deadline=None)
@given(st.lists(EDITS, min_size=4, max_size=12))
def test_a_save_serves_what_is_built_from_nothing(edits: list[Edit]) -> None:
    with TemporaryDirectory() as folder:
        project = START
        live = Live(Path(folder))
        anew = Anew(live.mount)
        before: set[int] = set()
        for edit in edits:
            saved = edited(project, edit)
            for name, cells in saved.items():
                write(Path(folder) / name, *cells)
            note(f"{edit}")
            update = asyncio.run(live.refresh())
            if update.state == "live":
                project = saved  # or the next save takes the mistake back
                service = live.mount._service
                assert service is not None
                built = service.built[Http.kind]
                going_on = [each.http for each in built if id(each.current) in before]
                before = {id(each.current) for each in built}
                ours, expected = serves(service, going_on), serves(anew.newest, going_on)
                assert asyncio.run(ours) == asyncio.run(expected)
