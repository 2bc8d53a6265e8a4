"""The variables that cells read are found, and only names that a shell knows get out."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from neutrino_lab.export import variables
from neutrino_lab.notebook.model import Cell, Notebook


def found(*codes: str) -> tuple[str, ...]:
    cells = tuple(Cell(str(n), n, code, code) for n, code in enumerate(codes, 1))
    return variables.of_cells([Notebook(PurePosixPath("a.ipynb"), "a", cells)])


def test_every_way_of_asking_is_known() -> None:
    assert found(
        "import os\nA = os.environ['DB_URL']",
        "from os import environ, getenv\nenviron.get('TOKEN', 'x'); getenv('MODE')",
        "if 'CI' in os.environ: os.environ.setdefault('LEVEL', '1')",
        "os.environ[name]; os.getenv(f'{x}'); other.getenv_all('NO')",
        "os.environ['PATH'], os.environ['NEUTRINO_TIMEZONE'], os.getenv('DB_URL')",
    ) == ("DB_URL", "LEVEL", "MODE", "TOKEN")


@pytest.mark.parametrize(
    "name", ["{{7*7}}", "A\nB", "A B", "A=1", "$(id)", "1A", "ñ", "-e", "", "A:"]
)
def test_a_name_that_no_shell_takes_is_left_out(name: str) -> None:
    assert found(f"import os\nos.environ[{name!r}]") == ()


def test_the_example_sets_nothing() -> None:
    text = variables.example(["A", "B"])
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == []
    assert "# A=\n# B=\n" in text
