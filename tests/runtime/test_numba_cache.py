"""Functions that numba compiles and keeps, each time in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")

PROGRAM = """
import sys
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.program import Program
from neutrino_lab.runtime.spec import App

first = "from numba import njit\\n@njit(cache=True)\\ndef add(a, b):\\n    return a + b"
codes = [first + sys.argv[1], "three = add(1, 2)"]
cells = [CodeCell(n, c, str(n), f"n.ipynb, cell {n}") for n, c in enumerate(codes, 1)]
program = Program()
program.update(App("n", ("nb",), ()), {"nb": cells})
names = program.names("nb")
print(names["three"], sum(names["add"].stats.cache_hits.values()))
"""


def test_what_cells_compile_is_kept_until_their_text_changes(tmp_path: Path) -> None:
    def run(more: str) -> str:
        printed = subprocess.run(
            [sys.executable, "-c", PROGRAM, more],
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        return printed.stdout

    assert [run(""), run(""), run(" + 1")] == ["3 0\n", "3 1\n", "4 0\n"]
