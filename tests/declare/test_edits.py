"""A compiler that has seen a notebook before says of it what a new one says."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.notebook.blocks import SIZE
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.notebook.reader import parse
from tests.notebooks import notebook

CELLS = (
    "a = b + 1",
    "b = 1",
    "del a",
    "def f():\n    return g()",
    "def g():\n    global b\n    b = a",
    '"@HTTP GET /f"\ndef h():\n    return f()',
    '"@HTTP GET /{x}"\ndef i(x):\n    return a + b',
    '"@HTTP GET /{y}"\ndef j(y: Item):\n    return _',
    '"@SCHEDULE\\ninterval: 1m"\nprint(a)',
    "class Item: ...",
    "try:\n    a\nexcept NameError:\n    a = 1",
    "from items import *",
    "a = +",
    "print(_, Out[1])",
    "# GET /f\nprint(REQUEST)",
    "%run setup.py",
)
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["change", "insert", "delete", "move"]),
        st.integers(0, 2 * SIZE),
        st.sampled_from(CELLS),
    ),
    max_size=6,
)
FILLER = [f"value_{n} = {n}" for n in range(2 * SIZE)]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2 * SIZE - 1), st.sampled_from(CELLS)), max_size=8), EDITS)
def test_a_history_of_edits_compiles_as_its_last_version(
    placed: list[tuple[int, str]], edits: list[tuple[str, int, str]]
) -> None:
    cells = FILLER.copy()
    for at, cell in placed:
        cells[at] = cell
    compiler = Compiler()
    seen: list[Any] = []
    for how, place, cell in [("change", 0, cells[0]), *edits]:
        at = place % len(cells)
        if how != "insert":
            taken = cells.pop(at)
        if how != "delete":
            cells.insert(0 if how == "move" else at, taken if how == "move" else cell)
        # As the reader gives it, cells that stay are the same objects.
        read = parse(notebook(*cells), PurePosixPath("app.ipynb"), "app")
        assert isinstance(read, Notebook)
        seen.append((compiler.compile("app", [read]), Compiler().compile("app", [read])))
    assert [remembered for remembered, _ in seen] == [new for _, new in seen]
