"""Versions of a notebook, what changes from one to the next, and what running that leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neutrino_lab.notebook.facts import FactsCache
from neutrino_lab.runtime import ipython
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.program import Changes, Program
from neutrino_lab.runtime.spec import App
from neutrino_lab.serve.swap import Version, plan

APP = App(title="", modules=("nb",), endpoints=())


FACTS = FactsCache()


def versions(*cells: str | tuple[str, str], tasks: Sequence[str] = ()) -> list[Version]:
    """Cells as code, or as (key, code); a cell without a key is keyed by its number."""
    keyed = [
        cell if isinstance(cell, tuple) else (str(number), cell)
        for number, cell in enumerate(cells, 1)
    ]
    return [Version(key, code, FACTS.of(code), is_task=key in tasks) for key, code in keyed]


def run(program: Program, cells: Sequence[Version], planned: Changes | None = None) -> None:
    program.update(
        APP,
        {
            "nb": [
                CodeCell(number, cell.code, cell.key, f"cell {number}")
                for number, cell in enumerate(cells, 1)
            ]
        },
        planned,
    )
    program.commit()


def values(program: Program) -> dict[str, Any]:
    """The plain values of the namespace."""
    plain = (int, str, list, dict, tuple, set)
    return {
        name: value
        for name, value in program.names("nb").items()
        if name not in ipython.NAMES and name[:2] != "__" and isinstance(value, plain)
    }


def gone(before: Sequence[str], after: Sequence[str]) -> tuple[set[str], set[str]]:
    """The names that go before the cells run, and those that go when the version is adopted."""
    planned = plan({"nb": versions(*before)}, {"nb": versions(*after)})
    return {name for _, name in planned.forget}, {name for _, name in planned.remove_after_swap}
