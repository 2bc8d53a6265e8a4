"""The edits that findings offer: put in, they mend the cell."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.declare.diagnostics import Diagnostic, Fix
from neutrino_lab.notebook import reader
from neutrino_lab.notebook.model import Notebook
from tests.declare.conftest import build
from tests.declare.test_findings import CASES

BROKEN = sorted((Path(__file__).parent.parent / "conformance").glob("*/broken/*.ipynb"))

SOCKET = "async def f(event: str):\n    return event['a']"


def put_in(source: str, fix: Fix) -> str:
    lines = source.split("\n")
    span = fix.span
    before = lines[span.line - 1][: span.column]
    after = lines[span.end_line - 1][span.end_column :] if span.end_line <= len(lines) else ""
    lines[span.line - 1 : span.end_line] = [before + fix.text + after]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("source", "title", "mended"),
    [
        ('"@htpp GET /a"\ndef f(): ...', "change it to `@HTTP`", '"@HTTP GET /a"\ndef f(): ...'),
        ("# @HTTP get /a\ndef f(): ...", "change it to `GET`", "# @HTTP GET /a\ndef f(): ..."),
        (
            '"@HTTP GET a/b"\ndef f(): ...',
            "change it to `/a/b`",
            '"@HTTP GET /a/b"\ndef f(): ...',
        ),
        (
            '"@HTTP GET /a/<n>"\ndef f(n): ...',
            "change it to `{n}`",
            '"@HTTP GET /a/{n}"\ndef f(n): ...',
        ),
        (
            '"@HTTP GET /a/{n:integer}"\ndef f(n): ...',
            "change it to `int`",
            '"@HTTP GET /a/{n:int}"\ndef f(n): ...',
        ),
        (
            "# @HTTP GET /a\n# qeury: größe: list[integer]\ndef f(größe): ...",
            "change it to `query`",
            "# @HTTP GET /a\n# query: größe: list[integer]\ndef f(größe): ...",
        ),
        (
            "# @HTTP GET /a\n# query: größe: list[integer]\ndef f(größe): ...",
            "change it to `int`",
            "# @HTTP GET /a\n# query: größe: list[int]\ndef f(größe): ...",
        ),
        (
            "# @HTTP GET /a\n# query: n:bool=true\ndef f(n): ...",
            "change it to `True`",
            "# @HTTP GET /a\n# query: n:bool=True\ndef f(n): ...",
        ),
        (
            "# @HTTP GET /a\n# query: limt\ndef f(limit): ...",
            "change it to `limit`",
            "# @HTTP GET /a\n# query: limit\ndef f(limit): ...",
        ),
        (
            "# @HTTP GET /a/{id:int}\ndef f(): ...",
            "add `id: int` to `f`",
            "# @HTTP GET /a/{id:int}\ndef f(id: int): ...",
        ),
        (
            "# @HTTP POST /a\n# body: b:list[Any]\ndef f(*, c=1): ...",
            "add `b` to `f`",
            "# @HTTP POST /a\n# body: b:list[Any]\ndef f(b, *, c=1): ...",
        ),
        ('"@WS /a"\ndef f(): ...', "add `event` to `f`", '"@WS /a"\ndef f(event): ...'),
        (
            f'"@WS /a"\n{SOCKET}',
            "annotate `event: dict`",
            '"@WS /a"\n' + SOCKET.replace("str", "dict"),
        ),
        (
            '"@WS /a"\ndef f(event):\n    return event["a"]',
            "annotate `event: dict`",
            '"@WS /a"\ndef f(event: dict):\n    return event["a"]',
        ),
        (
            "# @WS /a/{room_id}\n# to: rooms\ndef f(event): ...",
            "change it to `room`",
            "# @WS /a/{room_id}\n# to: room\ndef f(event): ...",
        ),
        (
            "# @SCHEDULE\n# interval: 10 minutes\ndef f(): ...",
            "change it to `10m`",
            "# @SCHEDULE\n# interval: 10m\ndef f(): ...",
        ),
        (
            "# @SCHEDULE\n# cron: 0 9 * * *\n# timezone: Rome\ndef f(): ...",
            "change it to `Europe/Rome`",
            "# @SCHEDULE\n# cron: 0 9 * * *\n# timezone: Europe/Rome\ndef f(): ...",
        ),
        (
            '"""\n@SCHEDULE\ncron: 0 9 * * *\ninterval: 10s\n"""\ndef f(): ...',
            "keep `cron`",
            '"""\n@SCHEDULE\ncron: 0 9 * * *\n"""\ndef f(): ...',
        ),
        (
            "# @SCHEDULE\n# cron: 0 9 * * *\n# interval: 10s\ndef f(): ...",
            "keep `interval`",
            "# @SCHEDULE\n# interval: 10s\ndef f(): ...",
        ),
        (
            "# @SCHEDULE\ndef f(): ...",
            "add `interval: 10s`",
            "# @SCHEDULE\n# interval: 10s\ndef f(): ...",
        ),
        (
            '"@SCHEDULE"\ndef f(): ...',
            "add `interval: 10s`",
            '"@SCHEDULE\\ninterval: 10s"\ndef f(): ...',
        ),
        (
            '"""@SCHEDULE"""\ndef f(): ...',
            "add `interval: 10s`",
            '"""@SCHEDULE\ninterval: 10s"""\ndef f(): ...',
        ),
        (
            "# @SCHEDULE\n# cron: '@daily'\ndef f(): ...",
            "change it to `0 0 0 * * *`",
            "# @SCHEDULE\n# cron: '0 0 0 * * *'\ndef f(): ...",
        ),
        (
            '"""\n@HTTP\nGET /a\n"""\ndef f(n: int = 1, *, limit: int): ...',
            "add `query: limit:int`",
            '"""\n@HTTP\nGET /a\nquery: limit:int\n"""\ndef f(n: int = 1, *, limit: int): ...',
        ),
        (
            "# @HTTP POST /a\n# body: a:int\ndef f(a, b: list[int]): ...",
            "add `b:list[int]` to `body`",
            "# @HTTP POST /a\n# body: a:int, b:list[int]\ndef f(a, b: list[int]): ...",
        ),
        (
            "# @HTTP POST /a\n# body: a:int, b:int, c:int\ndef f(a, c): ...",
            "take `b` out of `body`",
            "# @HTTP POST /a\n# body: a:int, c:int\ndef f(a, c): ...",
        ),
        (
            '"""\n@HTTP\nPOST /a\nbody:\n  - other:int\n  - c:int\n"""\ndef f(c): ...',
            "take `other` out of `body`",
            '"""\n@HTTP\nPOST /a\nbody:\n  - c:int\n"""\ndef f(c): ...',
        ),
        (
            '"""\n@WS /a\n"""\nasync def f():\n    yield 1',
            "add `type: stream`",
            '"""\n@WS /a\ntype: stream\n"""\nasync def f():\n    yield 1',
        ),
        (
            "# @WS /a\n# type: stream\ndef f(event): ...",
            "take `type` out",
            "# @WS /a\ndef f(event): ...",
        ),
        (
            "# @WS /a\n# validate: true\ndef f(event): ...",
            "take `validate` out",
            "# @WS /a\ndef f(event): ...",
        ),
        ("# @HTTP /a\ndef f(): ...", "change it to `GET /a`", "# @HTTP GET /a\ndef f(): ..."),
        ("# @HTTP GET\ndef f(): ...", "change it to `GET /f`", "# @HTTP GET /f\ndef f(): ..."),
        (
            "# @HTTP GET /a\n# body: b\ndef f(b): ...",
            "change it to `query`",
            "# @HTTP GET /a\n# query: b\ndef f(b): ...",
        ),
    ],
)
def test_the_offered_edit_mends_the_cell(
    source: str, title: str, mended: str, compiled: Any
) -> None:
    offered = [(each, fix) for each in compiled(source).diagnostics for fix in each.fixes]
    found, fix = next(each for each in offered if each[1].title == title)
    assert put_in(source, fix) == mended
    after = compiled(mended).diagnostics
    assert found.message not in {each.message for each in after}


@pytest.mark.parametrize("cells", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_no_edit_makes_more_errors(cells: list[str]) -> None:
    check(cells)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_no_edit_makes_more_errors_in_the_broken_notebooks(path: Path) -> None:
    notebook = reader.read(path, PurePosixPath(path.name), path.stem)
    assert isinstance(notebook, Notebook)
    check([cell.source for cell in notebook.cells])


def check(cells: list[str]) -> None:
    before = Compiler().compile("app", [build(*cells)]).diagnostics
    for found in before:
        for fix in found.fixes:
            mended = list(cells)
            mended[found.cell - 1] = put_in(cells[found.cell - 1], fix)
            after = Compiler().compile("app", [build(*mended)]).diagnostics
            assert errors(after) <= errors(before), (fix, mended, after)
            assert (found.code, found.cell, found.message) not in {
                (each.code, each.cell, each.message) for each in after
            }, (fix, mended)


def errors(found: Iterable[Diagnostic]) -> int:
    return sum(each.severity == "error" for each in found)
