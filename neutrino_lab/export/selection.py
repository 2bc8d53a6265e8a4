"""Which cells an export holds, each with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from neutrino_lab.declare.compiler import Compilation, Compiler
from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export.options import Options
from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.model import Cell, Notebook, Unreadable
from neutrino_lab.runtime.spec import key

Reason: TypeAlias = Literal[
    "all", "declares", "needed", "unanalysable", "not-needed", "excluded", "skipped", "empty"
]


@dataclass(frozen=True, slots=True)
class Choice:
    """One code cell. `needed_by` are the keys of the endpoints that need it, its own included;
    `declares` those that it declares."""

    notebook: Notebook
    cell: Cell
    reason: Reason
    needed_by: tuple[str, ...] = ()
    declares: tuple[str, ...] = ()

    @property
    def is_included(self) -> bool:
        return self.reason in {"all", "declares", "needed", "unanalysable"}


@dataclass(frozen=True, slots=True)
class Selection:
    """The cells, and the notebooks and their compilation without those that stay out.

    `facts` are those of all cells, also of the ones that stay out.
    """

    choices: tuple[Choice, ...]
    notebooks: tuple[Notebook | Unreadable, ...]
    compilation: Compilation
    diagnostics: tuple[Diagnostic, ...]
    facts: Mapping[tuple[str, int], Facts]


def select(title: str, notebooks: Sequence[Notebook | Unreadable], options: Options) -> Selection:
    """Choose the cells. What is left out counts as a cell that is tagged to be skipped."""
    compiler = Compiler()
    whole = compiler.compile(title, notebooks)
    excluded = frozenset(options.excluded)
    choices: list[Choice] = []
    for notebook in notebooks:
        if isinstance(notebook, Notebook):
            choices += _choices(notebook, whole, excluded)
    out = {(c.notebook.module, c.cell.number) for c in choices if not c.is_included}
    if not any(c.reason in {"excluded", "not-needed"} for c in choices):
        return Selection(tuple(choices), tuple(notebooks), whole, (), whole.facts)
    kept = tuple(_without(each, out) for each in notebooks)
    return Selection(tuple(choices), kept, compiler.compile(title, kept), (), whole.facts)


def _without(notebook: Notebook | Unreadable, out: set[tuple[str, int]]) -> Notebook | Unreadable:
    if isinstance(notebook, Unreadable):
        return notebook
    cells = (
        replace(cell, code="", magics=(), skipped=True)
        if (notebook.module, cell.number) in out
        else cell
        for cell in notebook.cells
    )
    return replace(notebook, cells=tuple(cells))


def _choices(
    notebook: Notebook, compilation: Compilation, excluded: frozenset[str]
) -> Iterator[Choice]:
    declared = _declared(notebook, compilation)
    for cell in notebook.cells:
        keys = declared.get(cell.number, ())
        reason: Reason = "all"
        if cell.skipped:
            reason = "skipped"
        elif not cell.code.strip():
            reason = "empty"
        elif cell.id in excluded:
            reason = "excluded"
        elif keys:
            reason = "declares"
        yield Choice(notebook, cell, reason, keys, keys)


def _declared(notebook: Notebook, compilation: Compilation) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for endpoint in compilation.app.endpoints:
        if endpoint.module == notebook.module:
            found[endpoint.cell] = (*found.get(endpoint.cell, ()), key(endpoint))
    return found
