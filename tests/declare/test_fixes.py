"""The edits that findings offer: put in, they mend the cell."""

from __future__ import annotations

from typing import Any

import pytest

from neutrino_lab.declare.diagnostics import Fix

SOCKET = "async def f(event: str):\n    return event['a']"


def put_in(source: str, fix: Fix) -> str:
    lines = source.split("\n")
    assert fix.span.line == fix.span.end_line
    line = lines[fix.span.line - 1]
    lines[fix.span.line - 1] = line[: fix.span.column] + fix.text + line[fix.span.end_column :]
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
    ],
)
def test_the_offered_edit_mends_the_cell(
    source: str, title: str, mended: str, compiled: Any
) -> None:
    (found,) = (each for each in compiled(source).diagnostics if each.fixes)
    (fix,) = found.fixes
    assert (fix.title, put_in(source, fix)) == (title, mended)
    after = compiled(mended).diagnostics
    assert found.message not in {each.message for each in after}
