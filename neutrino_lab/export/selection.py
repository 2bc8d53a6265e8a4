"""Which cells an export holds, each with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from neutrino_lab.declare.compiler import Compilation, Compiler
from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export.location import CodeLocation
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.notebook.dependence import Dependence
from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.model import Cell, Notebook, Unreadable
from neutrino_lab.notebook.wording import code_words, say
from neutrino_lab.runtime.spec import Endpoint

_WORD = re.compile(r"[^\W\d]\w*")

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
        """Whether the cell goes into the export."""
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


def select(
    title: str, notebooks: Sequence[Notebook | Unreadable], options: BuildOptions
) -> Selection:
    """Choose the cells. What is left out counts as a cell that is tagged to be skipped."""
    compiler = Compiler()
    whole = compiler.compile(title, notebooks)
    modules = {*whole.app.modules}
    notebooks = [n for n in notebooks if isinstance(n, Unreadable) or n.module in modules]
    excluded = frozenset(options.excluded)
    choices: list[Choice] = []
    found: list[Diagnostic] = []
    for notebook in notebooks:
        if isinstance(notebook, Notebook):
            here = list(_choices(notebook, whole, excluded, only_needed=options.only_needed))
            choices += here
            found += _missed(here, whole)
    found += _unknown(options.excluded, choices)
    out = {(c.notebook.module, c.cell.number) for c in choices if not c.is_included}
    if not any(c.reason in {"excluded", "not-needed"} for c in choices):
        return Selection(tuple(choices), tuple(notebooks), whole, tuple(found), whole.facts)
    kept = tuple(_without(each, out) for each in notebooks)
    return Selection(tuple(choices), kept, compiler.compile(title, kept), tuple(found), whole.facts)


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
    notebook: Notebook, compilation: Compilation, excluded: frozenset[str], *, only_needed: bool
) -> Iterator[Choice]:
    declared = _declared(notebook, compilation)
    needed, always = _needed(notebook, compilation, declared)
    for index, cell in enumerate(notebook.cells):
        keys = tuple(each.key for each in declared.get(cell.number, ()))
        reason: Reason = "all"
        if cell.skipped:
            reason = "skipped"
        elif not cell.code.strip():
            reason = "empty"
        elif cell.id in excluded:
            reason = "excluded"
        elif keys:
            reason = "declares"
        elif only_needed and needed[index]:
            reason = "needed"
        elif only_needed:
            reason = "unanalysable" if index in always else "not-needed"
        yield Choice(notebook, cell, reason, needed[index], keys)


def _needed(
    notebook: Notebook, compilation: Compilation, declared: Mapping[int, list[Endpoint]]
) -> tuple[list[tuple[str, ...]], frozenset[int]]:
    """Give for each cell the endpoints that need it, and the cells that stay in any case."""
    cells = notebook.cells
    known = Dependence(
        [cell.code for cell in cells],
        [compilation.facts[notebook.module, cell.number] for cell in cells],
        tasks=[
            index
            for index, cell in enumerate(cells)
            if any(not each.name for each in declared.get(cell.number, ()))
        ],
        words={
            index: _words(notebook, cell, declared[cell.number], compilation)
            for index, cell in enumerate(cells)
            if cell.number in declared
        },
    )
    roots = [index for index, cell in enumerate(cells) if cell.number in declared]
    # Cells that hang together are needed by the same, and share one list.
    keys: dict[tuple[int, ...], tuple[str, ...]] = {}
    needed = []
    for needing in known.needing(roots):
        if needing not in keys:
            listed = (each.key for root in needing for each in declared[cells[root].number])
            keys[needing] = tuple(dict.fromkeys(listed))
        needed.append(keys[needing])
    return needed, frozenset(known.needed_by(known.always))


def _words(
    notebook: Notebook, cell: Cell, endpoints: Iterable[Endpoint], compilation: Compilation
) -> frozenset[str]:
    """The names in declared types, and in the annotations of the declared functions."""
    texts = [field.type for endpoint in endpoints for field in endpoint.declared]
    for function in compilation.facts[notebook.module, cell.number].functions:
        texts += [function.returns, *(each.annotation for each in function.parameters)]
    return frozenset(word for text in texts for word in _WORD.findall(text))


def _missed(choices: Sequence[Choice], compilation: Compilation) -> Iterator[Diagnostic]:
    """Say which cells are left out though an endpoint that stays needs them."""
    left = {key for each in choices if each.is_included for key in each.declares}
    for each in choices:
        needing = [key for key in each.needed_by if key in left]
        if each.reason != "excluded" or not needing:
            continue
        facts = compilation.facts[each.notebook.module, each.cell.number]
        names = code_words(sorted(facts.binds)[:3])
        keys = ", ".join(needing[:3])
        message = say("the cell is left out, but {keys} may need it", keys=keys)
        if names:
            message = say(
                "the cell is left out, but {keys} may need it: it sets {names}",
                keys=keys,
                names=names,
            )
        hint = say(
            "take it in again, or leave out what needs it as well; a check tells for certain"
        )
        place = CodeLocation.of(each.notebook, each.cell)
        yield place.finding("NL752", "warning", message, hint=hint)


def _unknown(excluded: Iterable[str], choices: Sequence[Choice]) -> Iterator[Diagnostic]:
    """Say which cells cannot be left out, as there is none."""
    known = {each.cell.id for each in choices}
    for name in excluded:
        if choices and name not in known:
            message = say(
                "there is no code cell `{name}`, which the export is to leave out", name=name
            )
            hint = say(
                "drop it from the options of the export; --verbose lists the ids of the cells"
            )
            place = CodeLocation(str(choices[0].notebook.path))
            yield place.finding("NL753", "warning", message, hint=hint)


def _declared(notebook: Notebook, compilation: Compilation) -> dict[int, list[Endpoint]]:
    """The endpoints of a notebook by the numbers of their cells."""
    found: dict[int, list[Endpoint]] = {}
    for endpoint in compilation.app.endpoints:
        if endpoint.module == notebook.module:
            found.setdefault(endpoint.cell, []).append(endpoint)
    return found
