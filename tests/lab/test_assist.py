"""Help at one place of the open document, as the front end asks for it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from neutrino_lab import scaffold
from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.declare.declaration_stub import UndeclarableError
from neutrino_lab.lab import assist
from neutrino_lab.lab.analysis import DocumentAnalyzer
from neutrino_lab.lab.errors import NoCellError
from neutrino_lab.lab.protocol.analysis import AnalysisRequest, PlainFunction
from neutrino_lab.lab.protocol.base import Fix, SourceCell, Span, Wording
from neutrino_lab.lab.protocol.writing import Completions, DeclareRequest, Hover, PositionRequest
from tests.declare.conftest import build
from tests.jupyter import Lab

TYPES = "from pydantic import BaseModel\nclass Item(BaseModel):\n    n: int\nLIMIT = 3"
PLAIN = "def price(item: Item): ..."


def cells(*sources: str) -> list[SourceCell]:
    return [SourceCell(id=f"c{n}", type="code", source=s) for n, s in enumerate(sources, 1)]


def asked(line: int, column: int, *sources: str) -> PositionRequest:
    last = f"c{len(sources)}"
    return PositionRequest(
        path="a.ipynb", cells=cells(*sources), cell_id=last, line=line, column=column
    )


def test_completions_know_the_other_cells() -> None:
    source = "# @HTTP POST /a\n# body: item:\ndef f(item): ..."
    items = assist.complete(DocumentAnalyzer(), asked(2, 13, TYPES, source)).items
    assert [each.label for each in items if each.detail] == ["BaseModel", "Item"]
    assert {each.span for each in items} == {Span(line=2, column=13, end_line=2, end_column=13)}


@pytest.mark.parametrize(
    ("line", "column", "is_declaration"), [(1, 14, True), (2, 10, True), (3, 13, False)]
)
def test_completions_say_whether_the_place_is_in_a_declaration(
    line: int, column: int, is_declaration: bool
) -> None:
    source = "# @HTTP GET /ab\n# summary: a\ndef f(): ..."
    answer = assist.complete(DocumentAnalyzer(), asked(line, column, source))
    assert answer == Completions(items=[], is_declaration=is_declaration)


def test_a_hover_says_what_stands_there() -> None:
    source = "# @HTTP GET /a\ndef f(): ..."
    assert assist.explain(DocumentAnalyzer(), asked(1, 9, source)) == Hover(
        markdown="**GET** Reads something. Its values come from the path and the query.",
        span=Span(line=1, column=8, end_line=1, end_column=11),
    )
    assert assist.explain(DocumentAnalyzer(), asked(2, 0, source)) == Hover(markdown="", span=None)


def test_functions_that_could_be_declared_are_listed_and_declared() -> None:
    analyzer = DocumentAnalyzer()
    sources = cells(TYPES, PLAIN, "# @HTTP GET /a\ndef f(): ...", "def _private(): ...")
    analysis = analyzer.analyse(AnalysisRequest(path="a.ipynb", cells=sources))
    assert analysis.functions == [PlainFunction(name="price", cell=2, cell_id="c2", line=1)]
    request = DeclareRequest(path="a.ipynb", cells=sources, cell_id="c2", function="price")
    assert assist.declare(analyzer, request) == Fix(
        title="Declare `price` as POST /api/price",
        title_wording=Wording(
            template="Declare `{name}` as {heading}",
            arguments={"name": "price", "heading": "POST /api/price"},
        ),
        span=Span(line=1, column=0, end_line=1, end_column=0),
        text='"""\n@HTTP\nPOST /api/price\nbody: item:Item\n"""\n',
    )


def test_what_is_not_there_is_refused() -> None:
    request = asked(1, 0, PLAIN).model_copy(update={"cell_id": "gone"})
    with pytest.raises(NoCellError):
        assist.complete(DocumentAnalyzer(), request)
    with pytest.raises(UndeclarableError):
        assist.declare(
            DocumentAnalyzer(),
            DeclareRequest(path="a.ipynb", cells=cells(PLAIN), cell_id="c1", function="cost"),
        )


def test_each_snippet_is_a_cell_that_works() -> None:
    snippets = assist.snippets().items
    assert [each.kind for each in snippets] == ["http", "websocket", "schedule", "stream"]
    compilation = Compiler().compile("app", [build(*(each.source for each in snippets))])
    assert (len(compilation.app.endpoints), compilation.diagnostics) == (4, ())


async def test_they_answer_over_http(lab: Lab) -> None:
    sources = [each.model_dump() for each in cells("# @HTTP G\ndef f(): ...")]
    place = {"path": "a.ipynb", "cells": sources, "cell_id": "c1", "line": 1, "column": 9}
    answers: dict[str, Any] = {
        name: (await lab.ask("POST", f"neutrino/api/{name}", body=place)).json
        for name in ("completions", "hovers")
    }
    assert answers["completions"]["items"][0]["label"] == "GET"
    assert answers["hovers"]["span"] is None
    body = {"path": "a.ipynb", "cells": sources, "cell_id": "c1", "function": "f"}
    refused = await lab.ask("POST", "neutrino/api/declarations", body=body)
    assert (refused.status, refused.json["code"]) == (422, "undeclarable")
    gone = await lab.ask("POST", "neutrino/api/hovers", body={**place, "cell_id": "x"})
    assert (gone.status, gone.json["code"]) == (404, "no-cell")
    listed = await lab.ask("GET", "neutrino/api/snippets")
    assert [each["kind"] for each in listed.json["items"]] == [
        "http",
        "websocket",
        "schedule",
        "stream",
    ]


async def test_an_answer_is_judged_by_what_its_example_expects(lab: Lab) -> None:
    async def judged(expect: Any, status: int, text: str = "") -> Any:
        body = {"expect": expect, "status": status, "text": text}
        return (await lab.ask("POST", "neutrino/api/judgements", body=body)).json["error"]

    assert await judged(None, 200) == ""
    assert await judged(None, 500) == "the status is 500"
    assert await judged({"status": 422}, 422) == ""
    error = await judged({"path": "$.a", "equals": 1}, 200, '{"a": 2}')
    assert error == "$.a is 2, 1 was expected"


async def test_the_quickstart_is_a_notebook_without_mistakes(lab: Lab) -> None:
    notebook = (await lab.ask("GET", "neutrino/api/quickstart?name=Untitled%203.ipynb")).json

    text = json.dumps(notebook)
    assert "neutrino run Untitled 3.ipynb" in text
    assert "Press **Try** above the cell" in text
    assert not re.search("hello.ipynb|127.0.0.1", text)
    plain = await lab.ask("GET", "neutrino/api/quickstart")
    assert plain.body == scaffold.notebook()
    sources = [
        SourceCell(id=each["id"], type=each["cell_type"], source="".join(each["source"]))
        for each in notebook["cells"]
    ]
    analysis = DocumentAnalyzer().analyse(AnalysisRequest(path="copy.ipynb", cells=sources))
    assert (analysis.diagnostics, len(analysis.endpoints)) == ([], 4)
