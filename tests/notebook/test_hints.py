"""What is said about a cell that raised."""

from __future__ import annotations

import pytest

from neutrino_lab.notebook import hints
from neutrino_lab.notebook.facts import extract
from tests.declare.conftest import build

WRITES = "%%writefile tool/box.py\nx = 1"


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        ("NameError", "name 'gone' is not defined", "in a new kernel"),
        ("NameError", "name 'later' is not defined", "cell 3, further down, sets `later`"),
        ("NameError", "name 'df' is not defined", "`%%bigquery df` may set `df`"),
        ("ModuleNotFoundError", "No module named 'torch'", "install what has `torch`"),
        (
            "ModuleNotFoundError",
            "No module named 'tool.box'",
            "`%%writefile tool/box.py` writes it",
        ),
        ("FileNotFoundError", "No such file: 'a.csv'", "paths begin at the folder"),
        ("EOFError", "EOF when reading a line", "nobody can answer a service"),
        ("KeyError", "'MODE'", "set the variable where the service is started"),
        ("ZeroDivisionError", "division by zero", "fix this cell"),
    ],
)
def test_a_new_kernel_is_named_only_where_it_would_tell(
    error: str, message: str, hint: str
) -> None:
    notebook = build(
        "%%bigquery df\nSELECT 1", "import os\nos.environ['MODE']", "later = 1", WRITES
    )
    cells = [(each, extract(each.code)) for each in notebook.cells]
    said = hints.of(error, message, notebook.cells[1], cells)
    assert hint in said
    assert ("new kernel" in said) == (hint == "in a new kernel")
