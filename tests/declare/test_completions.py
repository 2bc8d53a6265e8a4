"""What is offered where: `|` is the cursor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrino_lab.declare import completions, hover
from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.declare.completions import Completion
from neutrino_lab.notebook import magics, reader
from neutrino_lab.notebook.facts import Facts, extract
from neutrino_lab.notebook.model import Cell, Notebook
from tests.declare.conftest import MakeNotebook

CORPUS = sorted((Path(__file__).parent.parent / "conformance").rglob("*.ipynb"))
FUNCTION = "\ndef f(a: int, b: list[float] = [], *rest, c=None, request: Request = None): ..."


def cell_of(source: str) -> tuple[Cell, Facts]:
    code, found = magics.strip(source)
    return Cell("c", 1, source, code, found), extract(code)


def offered(marked: str) -> list[Completion]:
    before, _, after = marked.partition("|")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
    return completions.at(*cell_of(before + after), line, column, lambda: ["Item"])


def labels(marked: str) -> list[str]:
    return [each.label for each in offered(marked)]


def taken(marked: str, label: str) -> str:
    """The cell with a completion put in."""
    completion = next(each for each in offered(marked) if each.label == label)
    lines = marked.replace("|", "", 1).split("\n")
    span = completion.span
    assert span.line == span.end_line
    text = lines[span.line - 1]
    lines[span.line - 1] = text[: span.column] + completion.insert + text[span.end_column :]
    return "\n".join(lines)


VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
KINDS = ["@HTTP", "@WS", "@SCHEDULE", "@STREAM"]
CELLS = ["@HTTP endpoint", "@WS WebSocket", "@SCHEDULE schedule", "@STREAM stream"]

CARE = ("misfire", "timeout", "retries", "jitter", "on_failure", "on_crash")


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ('"""\n@H|\n"""' + FUNCTION, KINDS),
        ('"""@HT|TP"""' + FUNCTION, KINDS),
        ('"""\n@|', KINDS + CELLS),
        ("# @|", KINDS + CELLS),
        ("@|", CELLS),
        ("'@|'" + FUNCTION, KINDS),
        ("x = 1\n'''@|'''", []),
        ("def f():\n    '''@|'''", []),
        ("f'''@|'''", []),
        ("x = '@|'", []),
        ('"""\n@HTTP\n|\n"""' + FUNCTION, VERBS),
        ('"""\n@HTTP |\n"""' + FUNCTION, VERBS),
        ("# @HTTP PO|" + FUNCTION, VERBS),
        ('"""\n@HTTP\nGET |\n"""' + FUNCTION, ["/api/f"]),
        ('"""\n@WS |\n"""' + FUNCTION, ["/ws/f"]),
        ('"""\n@HTTP\nGET /x/{|\n"""' + FUNCTION, ["a", "b", "c"]),
        ('"""\n@HTTP\nGET /x/{a}/{b|}\n"""' + FUNCTION, ["b", "c"]),
        ('"""\n@HTTP\nGET /x/|\nquery: b\n"""' + FUNCTION, ["{a}", "{c}"]),
        ('"""\n@HTTP\nGET /x/{a:|}\n"""' + FUNCTION, ["str", "int", "float", "path", "uuid"]),
        ('"""\n@WS /x/{|\n"""\ndef f(event): ...', ["room_id", "client_id"]),
        (
            '"""\n@HTTP\nGET /x\n|\n"""' + FUNCTION,
            ["body", "query", "resp", "headers", "media"],
        ),
        (
            '"""\n@HTTP\nGET /x\nquery: a\nbo|\n"""' + FUNCTION,
            ["body", "resp", "headers", "media"],
        ),
        ('"@HTTP GET /x\\nquery: a\\nresp: x\\n|"' + FUNCTION, ["body", "headers", "media"]),
        ('"""\n@SCHEDULE\ncron: x\n|\n"""' + FUNCTION, ["timezone", *CARE]),
        ('"""\n@SCHEDULE\ncron: x\nmisfire: |\n"""' + FUNCTION, ["skip", "once", "all"]),
        ('"""\n@SCHEDULE\ncron: x\non_crash: |\n"""' + FUNCTION, ["rerun", "drop"]),
        ('"""\n@SCHEDULE x|\n"""' + FUNCTION, []),
        ('"""\n@HTTP\nGET /x\nquery: |\n"""' + FUNCTION, ["a", "b", "c"]),
        ('"""\n@HTTP\nGET /x\nquery:\n  - a\n  - |\n"""' + FUNCTION, ["b", "c"]),
        ('"""\n@HTTP\nGET /x\nquery: [a,\n  |]\n"""' + FUNCTION, ["b", "c"]),
        ('"""\n@HTTP\nGET /x/{a}\nquery: b:int=1, c|\n"""' + FUNCTION, ["c"]),
        ('"""\n@HTTP\nGET /x\nquery: a # |\n"""' + FUNCTION, []),
        ('"""\n@HTTP\nGET /x\nquery: a:bool=|\n"""' + FUNCTION, ["True", "False"]),
        ("# @HTTP GET /a\n# query: a=|" + FUNCTION, ["None"]),
        ('"""\n@WS /a\ntype: |\n"""' + FUNCTION, ["event", "stream"]),
        ('"""\n@WS /a\nto: s|\n"""' + FUNCTION, ["all", "room", "sender"]),
        ('"""\n@WS /a\nvalidate: |\n"""' + FUNCTION, ["true", "false"]),
        ('"""\n@SCHEDULE\ntimezone: rome|\n"""' + FUNCTION, ["Europe/Rome"]),
        ('"""\n@SCHEDULE\ninterval: |\n"""' + FUNCTION, ["10s"]),
        ('"""\n@HTTP\nGET /x\nmystery: |\n"""' + FUNCTION, []),
        # Cells that are no Python yet.
        ('"""\n@HTTP\nPOST /x\nbody: |\ndef f(a, b):\n    return 1', ["a", "b"]),
        (
            "# @HTTP GET /x\n# query: |\ndef f(\n    a: int,\n    b=(1, 2),\n):\n    x = (",
            ["a", "b"],
        ),
        ('"""\n@HTTP\nGET /{|\n"""\ndef f(a):\n    return [\n\n"""\n@WS /b\n"""\ndef g(e):', ["a"]),
    ],
)
def test_what_fits_is_offered(marked: str, expected: list[str]) -> None:
    assert labels(marked) == expected


def test_types_are_those_of_python_and_of_the_notebook_and_the_argument_s_own_first() -> None:
    found = labels('"""\n@HTTP\nGET /x\nquery: b:|\n"""' + FUNCTION)
    assert (found[:3], found[-1]) == (["list[float]", "str", "int"], "Item")
    inner = labels('"""\n@HTTP\nGET /x\nquery: b:list[It|]\n"""' + FUNCTION)
    assert (inner[0], inner[-1]) == ("str", "Item")


@pytest.mark.parametrize(
    ("marked", "label", "expected"),
    [
        ("# @HTTP PO|", "POST", "# @HTTP POST "),
        ("# @HT|", "@HTTP", "# @HTTP\n# "),
        ('"""@|"""', "@SCHEDULE", '"""@SCHEDULE\n"""'),
        ("'@|'", "@HTTP", "'@HTTP'"),
        ("# @|", "@WS", "# @WS "),
        ("# @H| GET /a", "@HTTP", "# @HTTP GET /a"),
        ("# @HTTP G|ET /a", "POST", "# @HTTP POST /a"),
        ("# @HTTP GET /a\n# q|: x", "query", "# @HTTP GET /a\n# query: x"),
        ("# @HTTP GET /a\n# |", "query", "# @HTTP GET /a\n# query: "),
        ("# @HTTP GET /{|\ndef f(a): ...", "a", "# @HTTP GET /{a}\ndef f(a): ..."),
        ("# @HTTP GET /x|\ndef f(a): ...", "/api/f", ""),
        (
            "# @HTTP GET /a\n# query: |\ndef f(n: int = 3): ...",
            "n",
            "# @HTTP GET /a\n# query: n:int=3\ndef f(n: int = 3): ...",
        ),
        (
            "# @HTTP GET /a\n# query: größe:list[in|t]",
            "float",
            "# @HTTP GET /a\n# query: größe:list[float]",
        ),
        (
            "# @SCHEDULE\n# timezone: Europe/Ro|",
            "Europe/Rome",
            "# @SCHEDULE\n# timezone: Europe/Rome",
        ),
    ],
)
def test_a_completion_takes_the_place_of_what_is_there(
    marked: str, label: str, expected: str
) -> None:
    if not expected:
        assert label not in labels(marked)
    else:
        assert taken(marked, label) == expected


@pytest.mark.parametrize(
    "marked", ['"""\n@|', '"""@H|', "'''\n@|", "# @|", "@|", '\n# one\n"""\n@|']
)
@pytest.mark.parametrize("label", CELLS)
def test_a_whole_cell_works_as_it_stands(marked: str, label: str, notebook: MakeNotebook) -> None:
    compilation = Compiler().compile("app", [notebook(taken(marked, label))])
    assert compilation.diagnostics == ()
    assert len(compilation.app.endpoints) == 1


def test_a_whole_cell_never_takes_the_place_of_code() -> None:
    for marked in ('"""\n@|\ndef f(): ...', "# @|\nx = 1", "x = 1\n@|", '"""\n@|\n"""'):
        assert not set(labels(marked)) & set(CELLS)


def corpus_cells() -> Iterator[str]:
    for path in CORPUS:
        notebook = reader.read(path, PurePosixPath(path.name), path.stem)
        if isinstance(notebook, Notebook):
            yield from (cell.source for cell in notebook.cells)


DECLARING = sorted({source for source in corpus_cells() if "@" in source})


def test_every_place_of_every_cell_has_an_answer() -> None:
    assert len(DECLARING) > 50
    for source in DECLARING:
        cell, facts = cell_of(source)
        for line, text in enumerate(source.split("\n"), start=1):
            for column in range(len(text) + 1):
                for completion in completions.at(cell, facts, line, column, list):
                    assert completion.span.line == line
                    assert completion.span.column <= column <= completion.span.end_column
                meaning = hover.at(cell, facts, line, column)
                assert meaning is None or (
                    meaning.span.column <= column < meaning.span.end_column and meaning.text
                )


@settings(deadline=None)
@given(
    st.sampled_from(DECLARING),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from(["", "{", "[", '"""', "@", "\n", ":", "ꙮ", "'", "# "]),
    st.integers(-1, 40),
    st.integers(0, 200),
)
def test_broken_cells_and_places_that_are_not_there_have_one_as_well(  # noqa: PLR0917
    source: str, start: float, end: float, put: str, line: int, column: int
) -> None:
    low, high = sorted((int(start * len(source)), int(end * len(source))))
    cell, facts = cell_of(source[:low] + put + source[high:])
    completions.at(cell, facts, line, column, list)
    hover.at(cell, facts, line, column)
    at = source[:low].count("\n") + 1, low - source.rfind("\n", 0, low) - 1 + len(put)
    completions.at(cell, facts, *at, list)
    hover.at(cell, facts, *at)


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ('"""\n@H|TTP GET /a\n"""\ndef f(): ...', "**@HTTP** Answers a request"),
        ('"""\n@HTTP G|ET /a\n"""\ndef f(): ...', "**GET** Reads something."),
        ("# @HTTP GET /|a\ndef f(): ...", "**/a** The path that is served"),
        (
            "# @HTTP GET /{|n:int}\ndef f(n: int): ...",
            "**{n}** A value from the path, a whole number.\n\nThe argument `n: int` of `f`.",
        ),
        (
            "# @HTTP GET /a\n# query: |n:int=1\ndef f(n: int = 2): ...",
            "**n** `int` A value from the query string. `1` where it is left out.\n\n"
            "The argument `n: int = 2` of `f`.",
        ),
        ("# @HTTP GET /a\n# query: n:list[|int]\ndef f(n): ...", "**int** A whole number"),
        ("# @HTTP GET /a\n# query: n:It|em\ndef f(n): ...", "**Item** A type of this notebook."),
        (
            "# @HTTP GET /a\n# headers: |X-Api-Key\ndef f(x_api_key): ...",
            "**X-Api-Key** A header of the request. Required.\n\nThe argument `x_api_key` of `f`.",
        ),
        ("# @WS /a\n# t|o: room\ndef f(event): ...", "**to** Who receives a plain return value"),
        ("# @WS /a\n# to: r|oom\ndef f(event): ...", "**to** Who receives a plain return value"),
        ("# @WS /a\n# to: room |\ndef f(event): ...", ""),
        ("# @WS /a\n# to: room\ndef |f(event): ...", ""),
    ],
)
def test_what_stands_there_is_explained(marked: str, expected: str) -> None:
    before, _, after = marked.partition("|")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
    found = hover.at(*cell_of(before + after), line, column)
    assert (found.text if found else "").startswith(expected)
    assert bool(expected) == (found is not None)
