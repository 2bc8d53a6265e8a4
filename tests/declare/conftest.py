"""Cells and notebooks in memory, compiled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TypeAlias

import pytest

from neutrino_lab.declare.compiler import Compilation, Compiler
from neutrino_lab.notebook import magics
from neutrino_lab.notebook.model import Cell, Notebook

MakeNotebook: TypeAlias = Callable[..., Notebook]
Compile: TypeAlias = Callable[..., Compilation]
Judge: TypeAlias = Callable[..., list[str]]


def build(*sources: str, name: str = "app") -> Notebook:
    cells = []
    for number, source in enumerate(sources, start=1):
        code, found = magics.strip(source)
        cells.append(Cell(f"id{number}", number, source, code, found))
    return Notebook(PurePosixPath(f"{name}.ipynb"), name, tuple(cells))


@pytest.fixture
def notebook() -> MakeNotebook:
    """Make a notebook of the given cells."""
    return build


@pytest.fixture
def compiled() -> Compile:
    """Compile a notebook of the given cells."""

    def compile_cells(*sources: str) -> Compilation:
        return Compiler().compile("app", [build(*sources)])

    return compile_cells


@pytest.fixture
def judged(compiled: Compile) -> Judge:
    """Compile a notebook of the given cells and give each finding in one line.

    `NL107 2:4:0 message | help` is a finding in cell 2, line 4, column 0.
    """

    def judge_cells(*sources: str) -> list[str]:
        shown = []
        for each in compiled(*sources).diagnostics:
            place = f"{each.cell}:{each.span.line}:{each.span.column}" if each.span else each.cell
            shown.append(f"{each.code} {place} {each.message} | {each.hint}")
        return shown

    return judge_cells
