"""Where declarations stand in a cell, and which function each of them declares."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.notebook import magics
from neutrino_lab.notebook.model import Cell, Notebook
from neutrino_lab.runtime.spec import Http


@pytest.mark.parametrize(
    "text",
    [
        '"""\n@HTTP\nGET /x\n"""',
        "'''\n@HTTP\nGET /x\n'''",
        '"""@HTTP\nGET /x"""',
        '"""\n@HTTP GET /x\n"""',
        '"@HTTP GET /x"',
        "'@HTTP GET /x'",
        '"@HTTP\\nGET /x"',
        'r"""\n@HTTP\nGET /x\n"""',
        "R'@HTTP GET /x'",
        '"""\\\n@HTTP\nGET /x\n"""',
        '"""\n    @HTTP\n    GET /x\n"""',
        "# @HTTP\n# GET /x",
        "#@HTTP GET /x",
        "#   @HTTP\n#\n#   GET /x",
        '\n\n# what it is\n\n"""\n@HTTP\nGET /x\n"""  # why',
        "# a remark\n# @HTTP\n# GET /x",
        '%matplotlib inline\n"""\n@HTTP\nGET /x\n"""',
        '%%time\n"""\n@HTTP\nGET /x\n"""',
    ],
)
def test_every_way_to_write_a_declaration(compiled: Any, text: str) -> None:
    compilation = compiled(f"{text}\ndef answer():\n    return 1\n")
    found = [(e.verb, e.path, e.function) for e in compilation.app.of(Http)]
    assert found == [("GET", "/x", "app:answer")]
    assert {d.severity for d in compilation.diagnostics} <= {"note"}


@pytest.mark.parametrize(
    "text",
    [
        'x = """\n@HTTP\nGET /x\n"""',
        'print("""\n@HTTP\nGET /x\n""")',
        "(1,\n# @HTTP\n# GET /x\n)",
        'x = """\n# @HTTP\n# GET /x\n"""',
        "# about @HTTP",
        "# @title A form\n# @param {type: 'string'}",
        '"""@note what this cell does"""',
        "# @app.get('/x')",
    ],
)
def test_what_is_no_declaration_and_passes_in_silence(judged: Any, text: str) -> None:
    assert judged('"@HTTP GET /other"\ndef other():\n    return 1', text) == []


def test_the_last_public_function_before_the_next_declaration_is_declared(compiled: Any) -> None:
    compilation = compiled(
        '"@HTTP GET /a"\n'
        "def _helper(n):\n    return n\n"
        "@cache\ndef first():\n    return 1\n"
        "def last():\n    def inner():\n        return 1\n    return inner\n"
        "class Between:\n    def method(self):\n        return 1\n"
        "# @WS /b\n"
        "def socket(event):\n    return event\n"
        "def _after():\n    return 1\n",
    )
    assert [e.function for e in compilation.app.endpoints] == ["app:last", "app:socket"]
    assert compilation.diagnostics == ()


def test_declarations_of_broken_python_are_checked_all_the_same(judged: Any) -> None:
    broken = (
        '"""\n@HTTP\nGET /a\nbdoy: x:int\n"""\n'
        "def a(x):\n    return 'it's'\n\n"
        "# @WS b\n"
        'def b(event):\n    x = """\n@HTTP\nFETCH /no\n"""\n'
    )
    codes = [line[:12] for line in judged(broken)]
    assert [code.split()[0] for code in codes] == ["NL107", "NL101", "NL401"]


@given(st.text(st.sampled_from("@HTPWS xyz/\n\"'\\#:=()%!def \t,[]{}é"), max_size=120))
def test_any_cell_compiles(text: str) -> None:
    _compile(text)


PIECES = st.sampled_from(
    [
        '"""', "'''", '"', "\n", "@HTTP", "@WS /w", "@SCHEDULE", "GET /x", "# ", "body: a:int",
        "cron: * * * * *", "interval: 1s", "def f(a):\n    return a\n", "    ", "x = 1\n", "%time ",
        "!ls", "{", "query:", "type: stream\n", "a:list[", "=1", "yield 1\n", "async def g(event):",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=16).map("".join))
def test_any_mixture_of_the_usual_pieces_compiles(text: str) -> None:
    _compile(text)


def _compile(text: str) -> None:
    code, found = magics.strip(text)
    cell = Cell("a", 1, text, code, found)
    notebook = Notebook(PurePosixPath("a.ipynb"), "a", (cell, Cell("b", 2, text, code, found)))
    lines = text.split("\n")
    for each in Compiler().compile("a", [notebook]).diagnostics:
        assert each.message
        if each.span:
            assert 1 <= each.span.line <= each.span.end_line <= len(lines)
            assert 0 <= each.span.column <= len(lines[each.span.line - 1])
        for fix in each.fixes:
            assert fix.span.end_column <= len(lines[fix.span.line - 1])
