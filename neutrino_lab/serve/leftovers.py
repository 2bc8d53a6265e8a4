"""What an edit cannot take back: what a cell had set in a module and does not set any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.notebook.graph import Flow
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.serve.swap import Version

_HINT = "start over to be rid of it: a new process has only what the cells set now"


@dataclass(frozen=True, slots=True)
class Leftover:
    """A module in which a cell, known by its key, had set something; `notebook` is its module."""

    notebook: str
    key: str
    name: str


def find(
    before: Mapping[str, Sequence[Version]],
    after: Mapping[str, Sequence[Version]],
    old: Iterable[Leftover],
) -> frozenset[Leftover]:
    """Find what cells that were edited, or are gone, had set: a fresh start would not have it.

    `old` were found at updates before.
    """
    set_now = {*_set(after)}
    return frozenset(each for each in (*old, *_set(before)) if each not in set_now)


def told(leftovers: Iterable[Leftover], notebooks: Sequence[Notebook]) -> Iterator[Diagnostic]:
    """Say it, in the order of the notebooks and their cells."""
    found = sorted(leftovers, key=lambda each: each.name)
    for notebook in notebooks:
        cells = {cell.id: cell for cell in notebook.cells}
        own = [(cells.get(each.key), each) for each in found if each.notebook == notebook.module]
        for cell, each in sorted(own, key=lambda pair: pair[0].number if pair[0] else 0):
            who = "this cell" if cell else "a cell that is gone"
            yield Diagnostic(
                code="NL805",
                severity="warning",
                message=f"what {who} had set in `{each.name}` stays set",
                hint=_HINT,
                notebook=str(notebook.path),
                cell=cell.number if cell else 0,
                cell_id=cell.id if cell else "",
                source=cell.source if cell else "",
                action="start-over",
            )


def _set(versions: Mapping[str, Sequence[Version]]) -> Iterator[Leftover]:
    for module, cells in versions.items():
        tasks = [index for index, cell in enumerate(cells) if cell.is_task]
        steps = Flow([cell.facts for cell in cells], tasks).steps
        for cell, step in zip(cells, steps, strict=True):
            yield from (Leftover(module, cell.key, name) for name in step.sets)
