"""Every file comes back as a notebook or as the reason why it is none."""

from __future__ import annotations

import json
import sys
import tracemalloc
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrino_lab.notebook.facts import extract
from neutrino_lab.notebook.model import Cell, Magic, Notebook, Span, Unreadable
from neutrino_lab.notebook.reader import parse, read

PATH = PurePosixPath("some/My Report.ipynb")


def code(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "outputs": [], "source": source, **more}


def markdown(source: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def document(*cells: Any, **more: Any) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **more}


def parsed(*cells: Any, **more: Any) -> Notebook:
    notebook = parse(json.dumps(document(*cells, **more)), PATH, "report")
    assert isinstance(notebook, Notebook)
    return notebook


def refused(content: Any) -> str:
    """The code of the refusal, once it is clear that it says something."""
    text = content if isinstance(content, bytes | str) else json.dumps(content)
    result = parse(text, PATH, "report")
    assert isinstance(result, Unreadable)
    assert result.path == PATH
    assert result.message.endswith(".")
    assert result.hint.endswith(".")
    return result.code


def test_a_notebook_is_its_code_cells_numbered_among_all() -> None:
    notebook = parsed(
        markdown(["# Sales\n", "\n", "What we sell."]),
        code(["a = 1\n", "b = 2"], id="first"),
        {"cell_type": "raw", "metadata": {}, "source": "raw"},
        code("%pwd", id="second"),
        code("secret = 1", id="third", metadata={"tags": ["neutrino-skip"]}),
        metadata={"language_info": {"name": "python"}},
    )
    assert notebook == Notebook(
        path=PATH,
        module="report",
        cells=(
            Cell("first", 2, "a = 1\nb = 2", "a = 1\nb = 2"),
            Cell("second", 4, "%pwd", "pass  # %pwd", (Magic("line", 1, "%pwd"),)),
            Cell("third", 5, "secret = 1", "", skipped=True),
        ),
        title="Sales",
        description="What we sell.",
    )
    assert notebook.metadata == {"language_info": {"name": "python"}}


@pytest.mark.parametrize(
    ("cells", "title", "description"),
    [
        ([], "My Report", ""),
        ([code("# Not this")], "My Report", ""),
        (
            [code("1"), markdown("Intro\n# Title #\nmore"), markdown("# Other")],
            "Title",
            "Intro\nmore",
        ),
        ([markdown("## Section\ntext"), markdown("# Later")], "My Report", "## Section\ntext"),
        ([markdown("```\n# code\n```\n#   Real")], "Real", "```\n# code\n```"),
        ([markdown("#hashtag")], "My Report", "#hashtag"),
    ],
)
def test_title_and_description_come_from_the_first_markdown_cell(
    cells: list[Any], title: str, description: str
) -> None:
    notebook = parsed(*cells)
    assert (notebook.title, notebook.description) == (title, description)


def test_ids_that_are_missing_stay_with_the_text_of_the_cell() -> None:
    before = [cell.id for cell in parsed(code("a = 1"), code("b = 2"), code("")).cells]
    after = [cell.id for cell in parsed(code("new"), code("a = 1"), code("b = 2"), code("")).cells]
    assert after[1:] == before
    assert len(set(after)) == 4


def test_ids_that_are_taken_are_made_different() -> None:
    cells = parsed(*[code("a", id=each) for each in ("x", "x-2", "x", "x", "", 5)]).cells
    assert [cell.id for cell in cells[:4]] == ["x", "x-2", "x-3", "x-4"]
    assert len({cell.id for cell in cells}) == 6


@pytest.mark.parametrize("number", [2**64 - 1, 2**64, -(2**63) - 1, 10**20 + 1])
def test_numbers_of_any_length_stay_as_they_are(number: int) -> None:
    assert parsed(metadata={"ids": [number]}).metadata == {"ids": [number]}


def test_many_cells_of_one_id_are_read_quickly() -> None:
    assert len({cell.id for cell in parsed(*[code("", id="x")] * 5000).cells}) == 5000


@pytest.mark.parametrize("missing", [None, [], ""])
def test_a_source_may_be_missing(missing: Any) -> None:
    assert parsed(code(missing, id="x")).cells == (Cell("x", 1, "", ""),)


def test_lines_end_as_in_python() -> None:
    assert parsed(code("a\r\nb\rc", id="x")).cells == (Cell("x", 1, "a\nb\nc", "a\nb\nc"),)


def test_half_characters_become_whole_ones() -> None:
    text = json.dumps(document(code("a = '\ud800\U0001f600'", id="\udfff"), markdown("# \ud800")))
    notebook = parse(text, PATH, "report")
    assert isinstance(notebook, Notebook)
    assert notebook.cells == (Cell("\ufffd", 1, "a = '\ufffd😀'", "a = '\ufffd😀'"),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_in_any_of_its_encodings_is_read(encoding: str) -> None:
    text = json.dumps(document(code("é = 1", id="x")), ensure_ascii=False)
    notebook = parse(text.encode(encoding), PATH, "report")
    assert isinstance(notebook, Notebook)
    assert notebook.cells == (Cell("x", 1, "é = 1", "é = 1"),)
    assert parse("\ufeff" + text, PATH, "report") == notebook


@pytest.mark.parametrize(
    "content",
    [
        b"",
        "  \n",
        "not json",
        '{"nbformat": 4,',
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"\x00" * 100,
        bytes(range(256)),
        json.dumps(document(code("é")), ensure_ascii=False).encode("latin-1"),
        "[" * 100_000,
        '{"nbformat": ' + "9" * 5000 + "}",
    ],
)
def test_what_is_not_json_is_refused(content: Any) -> None:
    assert refused(content) == "NL002"


def test_a_merge_conflict_is_named() -> None:
    text = json.dumps(document(), indent=1).replace("\n", "\n<<<<<<< HEAD\n", 1)
    result = parse(text, PATH, "report")
    assert isinstance(result, Unreadable)
    assert "merge conflict" in result.hint


@pytest.mark.parametrize(
    "content",
    [
        [],
        5,
        None,
        {},
        {"cells": []},
        {"nbformat": "4", "cells": []},
        {"nbformat": True, "cells": []},
        {"nbformat": 0, "cells": []},
        {"nbformat": 4},
        {"nbformat": 4, "cells": {"a": 1}},
        document("cell"),
        document(None),
        document([]),
        document(code(5)),
        document(code(["a", 5])),
        document(code({"a": 1})),
    ],
)
def test_json_that_is_no_notebook_is_refused(content: Any) -> None:
    assert refused(content) == "NL003"


def test_a_newer_format_is_refused() -> None:
    assert refused({"nbformat": 5, "cells": []}) == "NL004"


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": "ir", "language": "R"}},
        {"language_info": {"name": "julia"}},
        {"kernelspec": {"language": "R"}, "language_info": {"name": "R"}},
    ],
)
def test_another_language_is_refused(metadata: Any) -> None:
    assert refused(document(code("x <- 1"), metadata=metadata)) == "NL006"


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        [],
        {"kernelspec": None},
        {"kernelspec": {"language": 5}, "language_info": "python"},
        {"kernelspec": {"language": "sage"}, "language_info": {"name": "python"}},
        {"kernelspec": {"language": "Python"}},
        {"language_info": {"name": "ipython"}},
    ],
)
def test_python_and_what_says_nothing_is_read(metadata: Any) -> None:
    assert len(parsed(code("a = 1"), metadata=metadata).cells) == 1


def test_an_old_format_is_upgraded_and_says_so() -> None:
    cells = [
        {"cell_type": "heading", "level": 1, "metadata": {}, "source": ["Old"]},
        {"cell_type": "code", "input": ["a = 1\n", "b = 2"], "outputs": [], "language": "python"},
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    notebook = parse(json.dumps(old), PATH, "report")
    assert isinstance(notebook, Notebook)
    assert (notebook.upgraded_from, notebook.title) == (3, "Old")
    assert [(cell.number, cell.code) for cell in notebook.cells] == [(2, "a = 1\nb = 2")]


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("worksheets", [None, 5, [5], [{"cells": [5]}], [{"cells": [{}]}]])
def test_a_broken_old_notebook_is_refused(version: int, worksheets: Any) -> None:
    old = {"nbformat": version, "metadata": {}, "worksheets": worksheets, "cells": worksheets}
    assert refused(old) in {"NL003", "NL005"}


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(document(code("a = 1", id="x"))), encoding="utf-8")
    result = read(path, PurePosixPath("a.ipynb"), "a")
    assert result == Notebook(
        PurePosixPath("a.ipynb"), "a", (Cell("x", 1, "a = 1", "a = 1"),), title="a"
    )


def test_a_file_that_cannot_be_read_is_told_why(tmp_path: Path) -> None:
    (tmp_path / "loop.ipynb").symlink_to(tmp_path / "loop.ipynb")
    for path, word in [
        (tmp_path / "none.ipynb", "no such file"),
        (tmp_path, "folder"),
        (tmp_path / "loop.ipynb", "cannot be read"),
        (Path("a\0b.ipynb"), "cannot be read"),
    ]:
        result = read(path, PATH, "a")
        assert isinstance(result, Unreadable)
        assert (result.code, word in result.message) == ("NL001", True)


def test_fifty_megabytes_of_outputs_leave_no_trace() -> None:
    output = {
        "output_type": "stream",
        "name": "stdout",
        "text": ["epoch 1 loss 0.1" * 100 + "\n"] * 100,
    }
    content = json.dumps(document(*[code("a = 1", outputs=[output] * 5)] * 60)).encode()
    assert len(content) > 45_000_000
    tracemalloc.start()
    notebook = parse(content, PATH, "report")
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(notebook, Notebook)
    assert held < 1_000_000
    assert peak < 2 * len(content)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)
SOURCES = st.one_of(
    st.text(),
    st.lists(st.text()),
    JSON,
    st.sampled_from(
        [
            "def f(event):\n  event['é']",
            "%%time\nx = 1",
            '"""\n@HTTP\n"""\ndef f(): ...',
            "!ls",
            "a?",
        ]
    ),
)
CELLS = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {"cell_type": st.one_of(st.sampled_from(["code", "markdown", "raw"]), JSON)},
        optional={
            "source": SOURCES,
            "id": JSON,
            "metadata": JSON,
            "outputs": JSON,
            "input": SOURCES,
        },
    ),
)
DOCUMENTS = st.fixed_dictionaries(
    {"nbformat": st.one_of(st.just(4), st.integers(-1, 6), JSON)},
    optional={
        "cells": st.one_of(st.lists(CELLS), JSON),
        "metadata": st.one_of(
            JSON,
            st.dictionaries(
                st.sampled_from(["kernelspec", "language_info"]),
                st.dictionaries(st.sampled_from(["name", "language"]), JSON),
            ),
        ),
        "worksheets": st.one_of(
            JSON, st.lists(st.fixed_dictionaries({}, optional={"cells": st.lists(CELLS)}))
        ),
        "nbformat_minor": JSON,
    },
)


@st.composite
def mutated(draw: Any) -> bytes:
    """The bytes of a document, some of them cut out or put in again."""
    content = bytearray(json.dumps(draw(DOCUMENTS)).encode())
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(content)))
        content[start : start + draw(st.integers(0, 5))] = draw(st.binary(max_size=5))
    return bytes(content)


def inside(span: Span, text: str) -> bool:
    lines = text.split("\n")
    return (
        1 <= span.line <= span.end_line <= len(lines)
        and 0 <= span.column <= len(lines[span.line - 1])
        and 0 <= span.end_column <= len(lines[span.end_line - 1])
        and (span.line, span.column) <= (span.end_line, span.end_column)
    )


@pytest.mark.no_cover
@settings(max_examples=600, deadline=None)
@given(st.one_of(mutated(), st.binary(), st.text()))
def test_no_file_raises_and_every_span_lies_in_its_cell(content: bytes | str) -> None:
    result = parse(content, PATH, "report")
    if isinstance(result, Unreadable):
        assert result.code in {"NL002", "NL003", "NL004", "NL005", "NL006"}
        return
    for cell in result.cells:
        cell.source.encode()
        facts = extract(cell.code)
        spans = [*facts.texts, *(each.span for each in facts.functions)]
        spans += [each.span for each in facts.imports]
        if facts.error:
            spans.append(facts.error.span)
        assert all(inside(span, cell.code) for span in spans)


def test_the_default_recursion_limit_is_in_force() -> None:
    """The tests of deep nesting would mean little without."""
    assert sys.getrecursionlimit() <= 10_000


def test_a_cell_of_another_language_is_left_out() -> None:
    metadata = {"vscode": {"languageId": "sql"}}
    cell = {"cell_type": "code", "source": "SELECT 1", "metadata": metadata, "outputs": []}
    text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    found = parse(text, PurePosixPath("a.ipynb"), "a")
    assert isinstance(found, Notebook)
    assert [(each.code, [m.text for m in each.magics]) for each in found.cells] == [("", ["%%sql"])]


def test_cells_of_an_old_format_are_the_same_at_each_reading() -> None:
    cell = {"cell_type": "code", "input": "a = 1", "language": "python", "outputs": []}
    old = {"worksheets": [{"cells": [cell]}], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}
    first, again = (parse(json.dumps(old), PurePosixPath("a.ipynb"), "a") for _ in range(2))
    assert isinstance(first, Notebook)
    assert first == again
