"""What an edit cannot take back: what a cell had set in a module and does not set any more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.notebook.wording import say
from neutrino_lab.serve.swap import Version, flow_of

# Two equal entries do what one does.
_COUNTED_ONCE = frozenset({"sys", "warnings"})
_WORD = re.compile(r"\w+")
_HINT = say("start over to be rid of it: a new process has only what the cells set now")


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a cell, known by its key, had set in the module behind `name`, at `place` there;
    `notebook` is the cell's own module. `is_doubled`: it has set it once more since."""

    notebook: str
    key: str
    name: str
    place: str
    is_doubled: bool = False


def find(
    before: Mapping[str, Sequence[Version]],
    after: Mapping[str, Sequence[Version]],
    old: Iterable[Leftover],
    run: Iterable[tuple[str, str]] = (),
) -> frozenset[Leftover]:
    """Find what cells that were edited, or are gone, had set: a fresh start would not have it.

    `old` were found at updates before, and `run` are the cells that this one runs, by module and
    key.
    """
    were, are = dict(_set(before)), dict(_set(after))
    now = {_place(each) for each in are}
    left = {each for each in (*old, *were) if each.is_doubled or _place(each) not in now}
    again = {*run}
    for each, is_added in are.items():
        if is_added and each in were and (each.notebook, each.key) in again:
            left.add(replace(each, is_doubled=True))
    return frozenset(left)


def diagnostics(
    leftovers: Iterable[Leftover], notebooks: Sequence[Notebook]
) -> Iterator[Diagnostic]:
    """Warn of them, in the order of the notebooks and their cells."""
    # Of one cell and name the last is told.
    found = sorted(leftovers, key=lambda each: (each.name, not each.is_doubled))
    for notebook in notebooks:
        cells = {cell.id: cell for cell in notebook.cells}
        own = {
            (each.key, each.name): (cells.get(each.key), each)
            for each in found
            if each.notebook == notebook.module
        }
        for cell, each in sorted(own.values(), key=lambda pair: pair[0].number if pair[0] else 0):
            who = say("this cell") if cell else say("a cell that is gone")
            message = say("what {who} had set in `{name}` stays set", who=who, name=each.name)
            if each.is_doubled:
                message = say(
                    "what {who} had set in `{name}` stays set, beside what it sets now",
                    who=who,
                    name=each.name,
                )
            yield Diagnostic(
                code="NL805",
                severity="warning",
                message=message,
                hint=_HINT,
                notebook=str(notebook.path),
                cell=cell.number if cell else 0,
                cell_id=cell.id if cell else "",
                source=cell.source if cell else "",
                action="start-over",
            )


def _meaning(names: frozenset[str], code: str) -> str:
    """What a cell says of names: the lines with them. All of it where they stand in a function that
    another cell defines, whose calls are what tells."""
    if not names:
        return ""
    lines = [line for line in code.split("\n") if not names.isdisjoint(_WORD.findall(line))]
    return "\n".join(lines or [code])


def _place(leftover: Leftover) -> tuple[str, str, str]:
    return leftover.notebook, leftover.name, leftover.place


def _set(versions: Mapping[str, Sequence[Version]]) -> Iterator[tuple[Leftover, bool]]:
    """Give what the cells set, and whether it stands beside what was set before."""
    for module, cells in versions.items():
        for cell, step in zip(cells, flow_of(cells).steps, strict=True):
            for made in step.made:
                place = made.place + _meaning(made.names, cell.code)
                is_added = made.is_added and made.name not in _COUNTED_ONCE
                yield Leftover(module, cell.key, made.name, place), is_added
