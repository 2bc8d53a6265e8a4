"""From a plain function to its declaration."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrino_lab.declare import declaration_stub, signature
from neutrino_lab.declare.compiler import Compilation, Compiler
from neutrino_lab.declare.declaration_stub import UndeclarableError
from neutrino_lab.declare.diagnostics import Fix
from neutrino_lab.notebook.facts import extract
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.runtime.spec import Http, WebSocket
from tests.declare.conftest import MakeNotebook, build


def declare(notebook: Notebook, name: str, cell: int = -1) -> Fix:
    cells = [(each, extract(each.code)) for each in notebook.cells]
    return declaration_stub.declare(cells, notebook.cells[cell], name)


def put_in(source: str, fix: Fix) -> str:
    lines = source.split("\n")
    lines[fix.span.line - 1 : fix.span.line - 1] = fix.text.removesuffix("\n").split("\n")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("def f(): ...", "@HTTP\nGET /api/f"),
        (
            "def k_means(data: list[list[float]], n_clusters: int = 3): ...",
            "@HTTP\nPOST /api/k-means\nbody: data:list[list[float]], n_clusters:int=3",
        ),
        (
            "def f(a, b: 'int', c: str | None = None, *, d: Optional[float] = None): ...",
            "@HTTP\nPOST /api/f\nbody: a, b:'int', c?:str, d?:float",
        ),
        (
            "def mean_error(predicted, wanted): ...",
            "@HTTP\nPOST /api/mean-error\nbody: predicted, wanted",
        ),
        (
            "def f(n=10, up=True, by=-0.5, s='x'): ...",
            "@HTTP\nGET /api/f\nquery: n=10, up=True, by=-0.5, s='x'",
        ),
        ("def f(n=None): ...", "@HTTP\nPOST /api/f\nbody: n?"),
        ("def f(rows=[1, 2]): ...", "@HTTP\nPOST /api/f\nbody: rows=[1, 2]"),
        (
            "def f(n: int, up=True): ...",
            "@HTTP\nGET /api/f\nquery: n:int, up=True",
        ),
        (
            "def f(item: Item, options: dict = {}): ...",
            "@HTTP\nPOST /api/f\nbody: item:Item, options:dict={}",
        ),
        (
            "async def ticks(every: float = 1.0):\n    yield 1",
            "@WS /ws/ticks\ntype: stream\nquery: every:float=1.0",
        ),
        ("def rows():\n    yield 1", "@HTTP\nGET /api/rows"),
        ("async def talk(event: dict):\n    yield 1", "@WS /ws/talk\ntype: stream"),
        (
            "def f(a: int, /, b: str = 'x', *rest, c: bool = True, **more): ...",
            "@HTTP\nGET /api/f\nquery: a:int, b:str='x', c:bool=True",
        ),
        # What a declaration cannot say keeps the function's own default.
        ("def f(a=math.pi, b=(1, 2), c='a\\nb'): ...", "@HTTP\nGET /api/f"),
        ("def f(file: UploadFile, note: str): ...", "@HTTP\nPOST /api/f\nbody: note:str"),
        ("def f(request: Request, a: int): ...", "@HTTP\nGET /api/f\nquery: a:int"),
        ("def f(a: Field(gt=0)): ...", "@HTTP\nPOST /api/f\nbody: a"),
        ("def f(a: Literal['x, y', 'z']): ...", "@HTTP\nGET /api/f\nquery: a:Literal['x, y', 'z']"),
        ("def f(when: datetime.date): ...", "@HTTP\nGET /api/f\nquery: when:datetime.date"),
        ("def f(a: list['Item']): ...", "@HTTP\nPOST /api/f\nbody: a:list['Item']"),
    ],
)
def test_the_signature_is_the_declaration(source: str, text: str, notebook: MakeNotebook) -> None:
    imports = "import datetime, math\nfrom typing import *\nclass Item: ..."
    made = notebook(imports, source)
    fix = declare(made, next(iter(re.findall(r"def (\w+)", source))))
    assert fix.text == f'"""\n{text}\n"""\n'
    after = Compiler().compile("app", [notebook(imports, put_in(source, fix))])
    assert [each for each in after.diagnostics if each.severity == "error"] == []


def test_the_path_is_one_that_nothing_else_has(notebook: MakeNotebook) -> None:
    cells = ["# @HTTP GET /api/f\ndef f(): ...", "# @HTTP GET /api/f-2\ndef g(): ..."]
    fix = declare(notebook(*cells, "def f(): ..."), "f")
    assert fix.title == "Declare `f` as GET /api/f-3"


@pytest.mark.parametrize(
    ("source", "declared"),
    [
        ("# about f\n\ndef f(): ...", '# about f\n\n"""\n@HTTP\nGET /api/f\n"""\ndef f(): ...'),
        ("@cache\ndef f(): ...", '"""\n@HTTP\nGET /api/f\n"""\n@cache\ndef f(): ...'),
        ("import os\ndef f(): ...", '"""\n@HTTP\nGET /api/f\n"""\nimport os\ndef f(): ...'),
        ("%time\ndef f(): ...", '%time\n"""\n@HTTP\nGET /api/f\n"""\ndef f(): ...'),
        ("%%time\nx = 1\ndef f(): ...", '%%time\n"""\n@HTTP\nGET /api/f\n"""\nx = 1\ndef f(): ...'),
        ('"""Text."""\ndef f(): ...', '"""\n@HTTP\nGET /api/f\n"""\n"""Text."""\ndef f(): ...'),
        (
            "def _h(): ...\ndef f(): ...",
            '"""\n@HTTP\nGET /api/f\n"""\ndef _h(): ...\ndef f(): ...',
        ),
    ],
)
def test_it_is_put_where_it_declares(source: str, declared: str, notebook: MakeNotebook) -> None:
    assert put_in(source, declare(notebook(source), "f")) == declared


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def f(): ...\ndef g(): ...", "A declaration is for the last function of its cell"),
        ("def f(:\n    ...", "The cell is no valid Python yet"),
        ("x = 1", "This cell has no function `f` at its top level."),
        ("def f(): ...\ndef _f(): ...", ""),
        ("# @HTTP GET /g\ndef f(): ...", "This cell declares something already"),
        ("%%bash\ndef f(): ...", "This cell has no function `f` at its top level."),
    ],
)
def test_where_it_cannot_be_the_reason_is_told(
    source: str, reason: str, notebook: MakeNotebook
) -> None:
    if not reason:
        assert declare(notebook(source), "f").text
        return
    with pytest.raises(UndeclarableError, match=re.escape(reason)):
        declare(notebook(source), "f")


def test_a_private_function_is_not_declared(notebook: MakeNotebook) -> None:
    with pytest.raises(UndeclarableError, match="`_f` is private"):
        declare(notebook("def _f(): ..."), "_f")


NAMES = st.sampled_from(["a", "b", "größe", "n_clusters", "x1", "_private", "body", "self"])
ANNOTATIONS = st.sampled_from(
    [
        *("", "int", "str", "float", "bool", "list[float]", "dict[str, int]", "Item", "int | None"),
        *("Optional[str]", "Literal['a', 'b']", "datetime.date", "tuple[int, str]", "'Item'"),
        *("list['Item']", "Request", "Annotated[int, 'x']", "Field(1)", "lambda: 1", "Any"),
    ]
)
DEFAULTS = st.sampled_from(
    [
        *("", "1", "None", "'text'", "'it\\'s'", "[]", "{'a': 1}", "(1, 2)", "math.pi", "True"),
        *("-1.5", "b'x'", '"""x"""', "'#'", "' # x'", "'a, b: c = d'", "[1, 'x]']", "1e400"),
    ]
)
PARAMETERS = st.lists(
    st.tuples(NAMES, ANNOTATIONS, DEFAULTS), max_size=5, unique_by=lambda each: each[0]
)


@st.composite
def functions(draw: st.DrawFn) -> str:
    listed = draw(PARAMETERS)
    listed.sort(key=lambda each: bool(each[2]))
    parts = [n + (f": {a}" if a else "") + (f" = {d}" if d else "") for n, a, d in listed]
    for mark in draw(st.sets(st.sampled_from(["/", "*rest", "**more"]))):
        if mark == "**more":
            parts.append(mark)
        elif mark == "/" and listed:
            parts.insert(1, mark)
        elif mark == "*rest" and "/" not in parts:
            at = len(parts) - ("**more" in parts)
            parts.insert(draw(st.integers(0, at)), mark)
    body = draw(st.sampled_from(["return 1", "yield 1"]))
    start = draw(st.sampled_from(["def", "async def"]))
    return f"{start} f({', '.join(parts)}):\n    {body}"


IMPORTS = (
    "import datetime, math\nfrom typing import *\nfrom fastapi import Request\n"
    "from pydantic import BaseModel\nclass Item(BaseModel):\n    n: int"
)


@settings(deadline=None)
@given(functions())
def test_what_is_declared_has_no_mistake_and_takes_what_the_function_takes(source: str) -> None:
    made = build(IMPORTS, source)
    facts = extract(source)
    if facts.error is not None:
        return
    fix = declare(made, "f")
    after: Compilation = Compiler().compile("app", [build(IMPORTS, put_in(source, fix))])
    defaults_apart = [
        each for each in after.diagnostics if each.severity == "error" and each.code != "NL203"
    ]
    assert defaults_apart == []
    if after.diagnostics:
        return  # the function's own default does not fit its annotation
    (endpoint,) = after.app.endpoints
    assert isinstance(endpoint, Http | WebSocket)
    named = [*endpoint.query, *(endpoint.body if isinstance(endpoint, Http) else ())]
    assert [each.name for each in named] == [
        each.name
        for each in facts.functions[0].parameters
        if signature.is_from_caller(each) and signature.is_sayable(each)
    ]
