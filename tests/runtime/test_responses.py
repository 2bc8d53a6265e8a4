"""What a function returns goes out as what it is."""

from __future__ import annotations

import io
import sys
import threading
from contextvars import copy_context
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from neutrino_lab.runtime.encoding import pyplot
from tests.served import Served, app_of, cell

DATA = """
import io
import numpy as np
import pandas as pd
from PIL import Image
from types import SimpleNamespace
from dataclasses import dataclass
from pydantic import BaseModel

FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", "y,z"]})
"""
PLOT = "import matplotlib.pyplot as plt\n"
PNG = b"\x89PNG\r\n\x1a\n"


def returned(expression: str, media: str = "", resp: str = "", setup: str = DATA) -> Any:
    served = app_of(cell("GET /", f"def f(): return {expression}", media=media, resp=resp),
                    setup=setup)  # fmt: skip
    return served("GET /")


@pytest.mark.parametrize(
    ("expression", "media", "body"),
    [
        ("'Hello'", "application/json", '"Hello"'),
        ("None", "application/json", "null"),
        ("{'a': float('nan')}", "application/json", '{"a":null}'),
        ("FRAME", "application/json", '[{"a":1,"b":"x"},{"a":2,"b":"y,z"}]'),
        ("b'raw'", "application/octet-stream", "raw"),
        ("memoryview(bytearray(b'raw'))", "application/octet-stream", "raw"),
        ("io.BytesIO(b'raw')", "application/octet-stream", "raw"),
        ("io.StringIO('text')", "application/json", '"text"'),
    ],
)
def test_without_a_media_type(expression: str, media: str, body: str) -> None:
    answer = returned(expression)
    assert (answer.status, answer.media, answer.text) == (200, media, body)


HTML, TEXT, CSV = "text/html", "text/plain", "text/csv"


@pytest.mark.parametrize(
    ("expression", "media", "body"),
    [
        ("'<b>é</b>'", HTML, "<b>é</b>"),
        ("None", HTML, ""),
        ("SimpleNamespace(_repr_html_=lambda: '<i>')", HTML, "<i>"),
        ("42", HTML, "42"),
        ("{'a': 1}", TEXT, "{'a': 1}"),
        ("'a,b'", CSV, "a,b"),
        ("FRAME", CSV, 'a,b\r\n1,x\r\n2,"y,z"\r\n'),
        ("FRAME.set_index('b')", CSV, 'b,a\r\nx,1\r\n"y,z",2\r\n'),
        ("FRAME['a']", CSV, "a\r\n1\r\n2\r\n"),
        ("[{'a': 1}, {'a': None, 'b': 'x'}]", CSV, "a,b\r\n1,\r\n,x\r\n"),
        ("np.arange(4).reshape(2, 2)", CSV, "0,1\r\n2,3\r\n"),
        ("[1, 2]", CSV, "1\r\n2\r\n"),
        ("b'<svg/>'", "image/svg+xml", "<svg/>"),
        ("None", "image/png", ""),
        ("None", "application/json", "null"),
        ("[1]", "application/x-own", "[1]"),
        ("'{\"type\": 1}'", "application/geo+json", '{"type": 1}'),
        ("{'type': np.int8(1)}", "application/geo+json", '{"type":1}'),
        ("'é'", "text/plain; charset=latin-1", "é"),
        ("'é'", "text/plain; charset=nonsense", "é"),
    ],
)
def test_with_a_media_type(expression: str, media: str, body: str) -> None:
    answer = returned(expression, media)
    charset = "; charset=utf-8" if media in (HTML, TEXT, CSV) else ""
    encoding = "latin-1" if "latin" in media else "utf-8"
    assert (answer.status, answer.media) == (200, media + charset)
    assert answer.body.decode(encoding) == body


def test_a_frame_as_html() -> None:
    answer = returned("FRAME", HTML)
    assert answer.text.startswith('<table border="1" class="dataframe">')


def test_what_has_no_csv_form_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    assert returned("{'a': 1}", CSV).status == 500
    assert "dict has no CSV form" in caplog.text


def test_what_has_no_json_form_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    answer = returned("[1, object()]")
    assert (answer.status, answer.json()) == (500, {"detail": "Internal Server Error"})
    assert "GET / failed" in caplog.text
    assert "builtins.object has no JSON form" in caplog.text


def test_a_response_goes_out_as_it_is() -> None:
    code = "from fastapi.responses import PlainTextResponse as P, RedirectResponse as R\n"
    served = app_of(
        cell("GET /a", code + "def f(): return P('tea', 418, {'x-a': '1'})", resp="a:int"),
        cell("GET /b", code + "async def g(): return R('/a')", media="text/html"),
    )
    a = served("GET /a")
    assert (a.status, a.media, a.text, a.headers["x-a"]) == (
        418,
        "text/plain; charset=utf-8",
        "tea",
        "1",
    )
    assert served("GET /b").headers["location"] == "/a"


def test_a_return_annotation_is_no_response_model() -> None:
    served = app_of(
        cell("GET /a", "def f() -> int: return 'not one'"),
        cell("GET /b", "def g() -> object(): return 1"),
        cell("GET /c", "def h() -> 'Gone': return 2"),
    )
    assert [served(f"GET /{x}").json() for x in "abc"] == ["not one", 1, 2]
    described = served("GET /openapi.json").json()["paths"]["/a"]["get"]["responses"]["200"]
    assert described["content"] == {"application/json": {"schema": {}}}


RESP = "name:str; age:int; note:str?"


@pytest.mark.parametrize(
    "expression",
    [
        "{'name': 'Ada', 'age': '36', 'password': 'hunter2'}",
        "{'name': np.str_('Ada'), 'age': np.int64(36)}",
        "{'name': 'Ada', 'age': 36.0, 'note': None}",
        "Model(name='Ada', age=36)",
        "Data('Ada', 36)",
        "SimpleNamespace(name='Ada', age=36)",
        "Row('Ada', 36)",
        "Computed()",
        "pd.Series({'name': 'Ada', 'age': 36})",
    ],
)
def test_resp_converts_and_drops(expression: str) -> None:
    setup = (
        DATA
        + """
from collections import namedtuple
Row = namedtuple("Row", "name age")
class Model(BaseModel):
    name: str
    age: int
    password: str = "hunter2"
@dataclass
class Data:
    name: str
    age: int
    password: str = "hunter2"
class Computed:
    def __init__(self):
        self.name = "Ada"
    @property
    def age(self):
        return 36
"""
    )
    answer = returned(expression, resp=RESP, setup=setup)
    assert (answer.status, answer.json()) == (200, {"name": "Ada", "age": 36, "note": None})


@pytest.mark.parametrize(
    ("expression", "resp", "expected"),
    [
        ("{'x': np.array([1, np.nan])}", "x:list[float]", {"x": [1.0, None]}),
        ("{'x': float('nan')}", "x:float", {"x": None}),
        ("{'x': np.array([[1, 2]])}", "x:list[list[int]]", {"x": [[1, 2]]}),
        ("{'x': FRAME}", "x:list[dict[str, Any]]",
         {"x": [{"a": 1, "b": "x"}, {"a": 2, "b": "y,z"}]}),
        ("{'x': [{'k': np.int8(1)}]}", "x:Any", {"x": [{"k": 1}]}),
        ("{'x': map(str, [1, 2])}", "x:list[str]", {"x": ["1", "2"]}),
        ("{'x': np.datetime64('2024-01-02')}", "x:date", {"x": "2024-01-02"}),
        ("{'class': 1, '_id': 2}", "class:int; _id:int", {"class": 1, "_id": 2}),
        ("{}", "x:int=5", {"x": 5}),
        ("{'x': {'a': '1'}}", "x:dict[str, int]", {"x": {"a": 1}}),
    ],
)  # fmt: skip
def test_resp_takes_what_encode_takes(expression: str, resp: str, expected: Any) -> None:
    answer = returned(expression, resp=resp)
    assert (answer.status, answer.json()) == (200, expected)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("{'name': 'Ada', 'age': 'secret'}", "age: Input should be a valid integer"),
        ("{'name': 'Ada'}", "age: Field required"),
        ("{'name': None, 'age': 1}", "name: Input should be a valid string"),
        ("[1]", "the result: Input should be"),
        ("'text'", "the result: Input should be"),
        ("b'raw'", "the result: Input should be"),
        ("None", "the result: Input should be"),
    ],
)
def test_what_does_not_fit_resp_is_an_error_in_the_log(
    expression: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = returned(expression, resp=RESP)
    assert (answer.status, answer.json()) == (500, {"detail": "Internal Server Error"})
    assert told in caplog.text
    assert "secret" not in caplog.text


def test_resp_only_documents_another_media_type() -> None:
    served = app_of(cell("GET /", "def f(): return 'a,b'", media=CSV, resp="a:int"))
    assert served("GET /").text == "a,b"
    responses = served("GET /openapi.json").json()["paths"]["/"]["get"]["responses"]
    assert responses["200"]["content"] == {
        CSV: {"schema": {"$ref": "#/components/schemas/Response_f"}}
    }


def image(answer: Any) -> Any:
    assert answer.status == 200
    return Image.open(io.BytesIO(answer.body))


@pytest.mark.parametrize(
    "expression",
    [
        "plt.figure()",
        "plt.figure().gca()",
        "plt.subplots(1, 2)[1]",
        "Figure()",
        "pd.Series([1, 2]).plot()",
    ],
)
def test_a_figure_is_a_png_and_stays_open_nowhere(expression: str) -> None:
    setup = DATA + PLOT + "from matplotlib.figure import Figure"
    answer = returned(expression, setup=setup)
    assert (answer.media, image(answer).format) == ("image/png", "PNG")
    assert import_module("matplotlib.pyplot").get_fignums() == []


@pytest.mark.parametrize(
    "body",
    [
        "plt.plot([1])",
        "plt.plot([1]); plt.show(); plt.close('all')",
        "plt.plot([1]); plt.figure(); plt.close()",
        "return plt.plot([1])",
        "return {'bars': plt.bar([1], [2])}",
    ],
)
def test_what_was_drawn_is_sent_whatever_the_function_returns(body: str) -> None:
    served = app_of(cell("GET /", f"def f(): {body}", media="image/png"), setup=PLOT)
    assert image(served("GET /")).format == "PNG"
    # Nothing is left of it for a call that draws nothing.
    empty = app_of(cell("GET /", "def f(): pass", media="image/png"), setup=PLOT)
    assert empty("GET /").body == b""


@pytest.mark.parametrize(
    "body",
    [
        "plt.plot([1, 2]); plt.show(); plt.clf()",
        "plt.plot([1, 2]); plt.show(); plt.close('all'); plt.figure()",
        "plt.plot([1, 2]); plt.show(); return plt.gcf()",
        "axes = plt.figure().gca(); axes.plot([1, 2]); plt.show(); axes.clear()",
        "figure = plt.figure(); plt.plot([1, 2]); figure.show(); figure.clear()",
        "plt.plot([1, 2]); display(plt.gcf()); plt.clf()",
        # A picture that was shown is not drawn on any more.
        "plt.plot([9]); plt.show(); plt.plot([1, 2]); plt.show()",
        "figure, axes = plt.subplots(); figure.show(); axes.plot([1, 2])",
    ],
)
def test_what_a_kernel_displays_last_is_sent(body: str) -> None:
    setup = f"{PLOT}from neutrino_lab.runtime.ipython import display\n"
    served = app_of(
        cell("GET /f", f"def f(): {body}", media="image/png"),
        cell("GET /plain", "def plain(): plt.plot([1, 2])", media="image/png"),
        setup=setup,
    )
    assert served("GET /f").body == served("GET /plain").body


def test_pyplot_that_a_call_imports_first_is_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "matplotlib._pylab_helpers"
    import_module("matplotlib.pyplot")
    monkeypatch.setattr(import_module("matplotlib"), "_pylab_helpers", None)
    monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    pyplot.draw_off_screen()
    figures = import_module(name).Gcf.figs
    figures[1] = SimpleNamespace()
    context = copy_context()
    context.run(pyplot.begin_call)
    assert (len(figures), context.run(len, figures)) == (1, 0)
    del figures[1]


def test_a_figure_in_another_form() -> None:
    figure = "plt.figure()"
    assert returned(figure, "image/svg+xml", setup=PLOT).body.startswith(b"<?xml")
    assert image(returned(figure, "image/jpeg", setup=PLOT)).format == "JPEG"
    page = returned(figure, HTML, setup=PLOT)
    assert page.text.startswith('<img src="data:image/png;base64,iVBOR')
    asynchronous = app_of(cell("GET /", f"async def f(): return {figure}"), setup=PLOT)
    assert asynchronous("GET /").body.startswith(PNG)


@pytest.mark.parametrize(
    ("mode", "media", "form"),
    [
        ("RGB", "", "PNG"),
        ("CMYK", "", "PNG"),
        ("F", "", "PNG"),
        ("1", "", "PNG"),
        ("RGBA", "image/jpeg", "JPEG"),
        ("RGB", "image/webp", "WEBP"),
        ("RGB", "application/x-unknown", "PNG"),
    ],
)
def test_an_image(mode: str, media: str, form: str) -> None:
    answer = returned(f"Image.new('{mode}', (3, 2))", media)
    picture = image(answer)
    assert (picture.format, picture.size) == (form, (3, 2))
    assert answer.media == (media if form == media.partition("/")[2].upper() else "image/png")


def test_figures_of_many_requests_at_once() -> None:
    code = "def f():\n    figure = Figure()\n    figure.gca().plot([1, 2])\n    return figure"
    served: Served = app_of(cell("GET /", code), setup="from matplotlib.figure import Figure")
    before = threading.active_count()  # other tests' apps have theirs
    answers = served.at_once([("GET /", {})] * 8)
    assert [answer.body[:8] for answer in answers] == [PNG] * 8
    assert len({answer.body for answer in answers}) == 1
    assert threading.active_count() - before < 50
