"""An export of the needed cells answers exactly what the whole one answers."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from neutrino_lab.declare.diagnostics import has_errors
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.export.selection import Selection, select
from neutrino_lab.notebook.model import Cell, Notebook

NAMES = ("a", "b", "c", "d")
ENDPOINT = '"""\n@HTTP\nGET /{0}\n"""\ndef {0}():\n    '


def notebook(codes: Sequence[str]) -> Notebook:
    cells = tuple(Cell(f"c{n}", n, code, code) for n, code in enumerate(codes, 1))
    return Notebook(PurePosixPath("nb.ipynb"), "nb", cells)


def selected(codes: Sequence[str], **options: Any) -> Selection:
    return select("nb", [notebook(codes)], BuildOptions(**options))


def reasons(selection: Selection) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.reason, each.needed_by) for each in selection.choices]


name = st.sampled_from(NAMES)
statement = st.one_of(
    st.builds("{0} = [{1}]".format, name, st.integers(0, 9)),
    st.builds("{0} = {1}".format, name, name),
    st.builds("{0} = [{1}, {2}]".format, name, name, name),
    st.builds("{0} = list({1})".format, name, name),
    st.builds("{0} = iter({1})".format, name, name),
    st.builds("{0}.append({1})".format, name, st.integers(0, 9)),
    st.builds("{0} += [len({1})]".format, name, name),
    st.builds("{0}[0] = {1}[:1]".format, name, name),
    st.builds("print({0}, len({1}))".format, name, name),
    st.builds("list({0})".format, name),
    st.builds("def make_{0}(v=0):\n    return [v, len({1})]".format, name, name),
    st.builds("def put_{0}(v=1):\n    {1}.append(v)".format, name, name),
    st.builds("def keep_{0}(v):\n    global {0}\n    {0} = [v]".format, name),
    st.builds("put_{0}({1})".format, name, name),
    st.builds("keep_{0}({1})".format, name, name),
    st.builds("{1} = make_{0}()".format, name, name),
    st.builds("class Box_{0}:\n    def fill(self, v): v.append(3)".format, name),
    st.builds("Box_{0}().fill({1})".format, name, name),
    st.builds("for i in {0}:\n    {1} = [i]".format, name, name),
    st.builds("if len({0}) > 1:\n    {1} = [7]\nelse:\n    {1}.append(8)".format, name, name),
    st.builds("{0}, {1} = {1}, {0}".format, name, name),
    st.builds("del {0}[:]".format, name),
    st.builds("with open('/dev/null') as f:\n    {0} = [f.read()]".format, name),
    st.builds("exec('{0} = [5]')".format, name),
    st.builds("import sys\nsys.{0}_set = 1".format, name),
    st.builds("{1} = [getattr(__import__('sys'), '{0}_set', 0)]".format, name, name),
)
guarded = statement.map(
    lambda code: "try:\n" + "\n".join(f"    {line}" for line in code.split("\n"))
    + "\nexcept Exception as e:\n    pass"
)  # fmt: skip
cell = st.one_of(statement, guarded, st.lists(statement, min_size=2, max_size=3).map("\n".join))
endpoint = st.builds(
    lambda number, body: ENDPOINT.format(f"get_{number}") + body,
    st.integers(0, 3),
    st.one_of(
        st.builds("return repr({0})".format, name),
        st.builds("{0}.append(1)\n    return repr({0})".format, name),
        st.builds("return repr(make_{0}())".format, name),
        st.builds("put_{0}(2)\n    return repr({1})".format, name, name),
    ),
)
START = ["a = [1]\nb = [2]\nc = [3]\nd = [4]"]


def answers(notebook: Notebook) -> Any:
    """Run the cells that are left, then call every endpoint twice."""
    space: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        for each in notebook.cells:
            try:
                exec(each.code, space)
            except Exception as error:  # noqa: BLE001 - cells may raise anything
                return f"does not start: {type(error).__name__}"
    found = []
    for _ in range(2):
        for function in sorted(name for name in space if name.startswith("get_")):
            try:
                found.append((function, re.sub(r" at 0x\w+", "", space[function]())))
            except Exception as error:  # noqa: BLE001
                found.append((function, repr(error)))
    return found


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(cell, cell, endpoint), min_size=2, max_size=12))
def test_the_needed_cells_answer_what_all_answer(codes: list[str]) -> None:
    whole = notebook([*START, *codes])
    assume(not has_errors(selected([*START, *codes]).compilation.diagnostics))
    chosen = selected([*START, *codes], only_needed=True)
    (kept,) = chosen.notebooks
    assert isinstance(kept, Notebook)
    expected = answers(whole)
    # One that does not start as a whole may start without the cell that fails.
    if not isinstance(expected, str):
        assert answers(kept) == expected, reasons(chosen)


def test_every_cell_is_in_or_out_for_a_reason() -> None:
    codes = [
        "import math",
        "def helper(): return math.pi",
        "import os\nos.environ['A'] = '1'",
        "unused = 3",
        ENDPOINT.format("one") + "return helper()",
        "",
        ENDPOINT.format("two") + "return 2",
    ]
    assert reasons(selected(codes, only_needed=True)) == [
        ("needed", ("GET /one",)),
        ("needed", ("GET /one",)),
        ("unanalysable", ()),
        ("not-needed", ()),
        ("declares", ("GET /one",)),
        ("empty", ()),
        ("declares", ("GET /two",)),
    ]
    assert [reason for reason, _ in reasons(selected(codes))] == [
        *("all", "all", "all", "all", "declares", "empty", "declares")
    ]


def test_a_cell_that_is_left_out_though_it_is_needed_is_told() -> None:
    codes = ["x = 1", "y = 2", ENDPOINT.format("one") + "return x"]
    found = selected(codes, excluded=("c1", "c2")).diagnostics
    assert [(each.code, each.cell, each.severity) for each in found] == [("NL752", 1, "warning")]
    assert "GET /one may need it: it sets `x`" in found[0].message
    # Nor is it told where the endpoint stays out as well.
    assert selected(codes, excluded=("c1", "c3")).diagnostics == ()


def test_an_endpoint_that_is_left_out_is_not_served() -> None:
    codes = [ENDPOINT.format("one") + "return 1", ENDPOINT.format("two") + "return 2"]
    chosen = selected(codes, excluded=("c1",))
    assert [each.function for each in chosen.compilation.app.endpoints] == ["nb:two"]


def test_what_a_declaration_names_is_needed() -> None:
    item = "from pydantic import BaseModel\nclass Item(BaseModel):\n    a: int"
    post = '"""\n@HTTP\nPOST /items\nbody: item:Item\n"""\ndef add(item): return item.a'
    assert [r for r, _ in reasons(selected([item, post], only_needed=True))] == [
        "needed",
        "declares",
    ]


def test_a_cell_that_is_not_there_cannot_be_left_out() -> None:
    (found,) = selected(["x = 1"], excluded=("gone",)).diagnostics
    assert (found.code, found.severity) == ("NL753", "warning")
    assert "`gone`" in found.message
