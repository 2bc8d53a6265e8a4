"""Notebooks → the description of an app, and everything that is wrong with them.

A cell is judged once for as long as its text stays; only what depends on other cells is asked
again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from neutrino_lab.declare import rules
from neutrino_lab.declare.declared import Declared, InCell, Placed, Project, Scope
from neutrino_lab.declare.diagnostics import Diagnostic, Severity
from neutrino_lab.declare.judgement import (
    Found,
    Judged,
    JudgedBlock,
    found_by,
    judge,
    judge_block,
    key_of,
)
from neutrino_lab.declare.rules import kernel_gateway, misplaced, unknown_kind
from neutrino_lab.declare.scope import scope_of
from neutrino_lab.notebook.blocks import Block, blocks_of
from neutrino_lab.notebook.facts import Facts, FactsCache
from neutrino_lab.notebook.memory import uncollected
from neutrino_lab.notebook.model import Cell, Notebook, Unreadable
from neutrino_lab.runtime.spec import App, Endpoint

_MISSED_DECLARATIONS = frozenset({unknown_kind.CODE, misplaced.CODE, kernel_gateway.CODE})

# What was judged of notebooks, by their ids.
_ByNotebook: TypeAlias = Mapping[int, Sequence[JudgedBlock]]


@dataclass(frozen=True, slots=True)
class Compilation:
    """What notebooks compile to. `app` holds the endpoints that are sound; `facts` are those of
    each code cell, by module and cell number."""

    app: App
    diagnostics: tuple[Diagnostic, ...]
    facts: Mapping[tuple[str, int], Facts]


class Compiler:
    """Compiles the notebooks of one project, time after time.

    A FactsCache that is passed in belongs to it: cells that are gone are forgotten there too.
    """

    def __init__(self, cache: FactsCache | None = None) -> None:
        self._cache = cache if cache is not None else FactsCache()
        self._judged: dict[tuple[str, Block], JudgedBlock] = {}
        self._built: dict[tuple[int, str, int], tuple[Declared, Endpoint]] = {}

    def compile(self, title: str, notebooks: Sequence[Notebook | Unreadable]) -> Compilation:
        """Compile all notebooks into one app; what is unsound stays out and is diagnosed."""
        with uncollected():
            return self._compile(title, notebooks)

    def _compile(self, title: str, notebooks: Sequence[Notebook | Unreadable]) -> Compilation:
        readable = [each for each in notebooks if isinstance(each, Notebook)]
        judged = self._judge_all(readable)
        idle = _idle(readable, judged)
        report = _Report(notebooks, idle)
        placed: list[Placed] = []
        facts: dict[tuple[str, int], Facts] = {}
        for notebook in readable:
            blocks = judged[id(notebook)]
            scope = scope_of([block.names for block in blocks])
            for block in blocks:
                facts.update(block.facts)
                for cell, each in block.telling:
                    here = [Placed(notebook, cell, declared) for declared in each.declared]
                    placed += here
                    if found := [*each.found, *_answers(each, scope)]:
                        report.add_cell(notebook, cell, here, found)
        for rule in rules.PROJECT_RULES:
            project = Project(notebooks, placed, report.has_problems, idle, facts)
            for subject, finding in rule.check(project):
                report.add(subject, found_by(rule, finding, None))
        declaring = {each.notebook.module for each in placed}
        taking_part = [
            each
            for each in readable
            if each.module in declaring
            or not (each.module in idle or kernel_gateway.has_handlers(each))
        ]
        app = App(
            title=title,
            modules=tuple(each.module for each in taking_part),
            endpoints=tuple(_numbered(self._build_all(filter(report.is_sound, placed)))),
            description=taking_part[0].description if taking_part else "",
        )
        return Compilation(app, report.diagnostics(), facts)

    def _judge_all(self, notebooks: Sequence[Notebook]) -> _ByNotebook:
        """Judge the cells of each notebook, but for the blocks of cells that are as they were."""
        before, self._judged = self._judged, {}
        keys = {id(n): [(n.module, block) for block in blocks_of(n.cells)] for n in notebooks}
        gone = before.keys() - {key for listed in keys.values() for key in listed}
        known = {key: each for block in gone for key, each in before[block].cells.items()}

        def judged(cell: Cell) -> Judged:
            key = key_of(cell)
            if key not in known:
                known[key] = judge(cell, self._cache.of(cell.code))
            return known[key]

        for module, block in (key for listed in keys.values() for key in listed):
            found = before.get((module, block)) or judge_block(module, block, judged)
            self._judged[module, block] = found
        if self._judged.keys() != before.keys():
            self._cache.keep(frozenset().union(*(each.codes for each in self._judged.values())))
        return {id_: [self._judged[key] for key in listed] for id_, listed in keys.items()}

    def _build_all(self, placed: Iterable[Placed]) -> list[Endpoint]:
        known, self._built = self._built, {}
        endpoints = []
        for each in placed:
            declared, module = each.declared, each.notebook.module
            # What is kept here keeps its declaration, too, so that no other one can get its id.
            key = id(declared), module, each.cell.number
            found = known.get(key)
            if found is None:
                function = declared.function
                name = f"{module}:{function.name}" if function else module
                found = declared, declared.kind.build(declared.tree, name, each.cell.number)
            self._built[key] = found
            endpoints.append(found[1])
        return endpoints


class _Report:
    """Gathers the findings of one compilation, and which declarations they spoil."""

    def __init__(
        self, notebooks: Sequence[Notebook | Unreadable], idle: frozenset[str] = frozenset()
    ) -> None:
        self._idle = idle
        self._order = {id(each): position for position, each in enumerate(notebooks)}
        self._entries: list[tuple[tuple[int, int, int, int, str], Diagnostic]] = []
        self._spoilt: set[int] = set()
        self.has_problems = False

    def add_cell(
        self, notebook: Notebook, cell: Cell, placed: list[Placed], found: Sequence[Found]
    ) -> None:
        about = {id(each.declared): id(each) for each in placed}
        is_whole = False
        for each in found:
            self._enter(notebook, cell, each)
            if each.severity != "error":
                continue
            if each.declared is not None:
                self._spoilt.add(about[id(each.declared)])
            else:
                is_whole = True
        if is_whole:
            self._spoilt.update(about.values())

    def add(self, subject: Placed | InCell | Notebook | Unreadable, found: Found) -> None:
        if isinstance(subject, Notebook | Unreadable):
            self._enter(subject, None, found)
            return
        self._enter(subject.notebook, subject.cell, found)
        if found.severity == "error" and isinstance(subject, Placed):
            self._spoilt.add(id(subject))

    def is_sound(self, placed: Placed) -> bool:
        return id(placed) not in self._spoilt

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        self._entries.sort(key=lambda entry: entry[0])
        return tuple(diagnostic for _, diagnostic in self._entries)

    def _enter(self, notebook: Notebook | Unreadable, cell: Cell | None, found: Found) -> None:
        finding = found.finding
        if isinstance(notebook, Notebook) and notebook.module in self._idle:
            found = replace(found, severity=_severity_in_idle(found))
        self.has_problems |= found.severity != "note"
        line, column = (finding.span.line, finding.span.column) if finding.span else (0, 0)
        number = cell.number if cell else 0
        diagnostic = Diagnostic(
            code=found.code,
            severity=found.severity,
            message=finding.message,
            hint=finding.hint,
            notebook=str(notebook.path),
            cell=number,
            cell_id=cell.id if cell else "",
            span=finding.span,
            source=cell.source if cell else "",
            fixes=finding.fixes,
            action=finding.action,
        )
        position = self._order[id(notebook)], number, line, column, found.code
        self._entries.append((position, diagnostic))


def _idle(notebooks: Sequence[Notebook], judged: _ByNotebook) -> frozenset[str]:
    """Find the notebooks of a folder that have no part in its app: they declare nothing, while
    others do, and none of those imports them."""
    found = {n.module: judged[id(n)] for n in notebooks}
    declaring = {module for module, blocks in found.items() if any(b.declares for b in blocks)}
    if not declaring or len(declaring) == len(found):
        return frozenset()
    imported = {name for module in declaring for block in found[module] for name in block.imports}
    return frozenset(
        n.module
        for n in notebooks
        if n.module not in declaring and not {n.module, n.path.stem} & imported
    )


def _severity_in_idle(found: Found) -> Severity:
    """Nothing of such a notebook runs; a declaration that was mistyped may be why."""
    return "warning" if found.code in _MISSED_DECLARATIONS else "note"


def _answers(judged: Judged, scope: Scope) -> Iterator[Found]:
    for rule, declared, question in judged.questions:
        for finding in question(scope):
            yield found_by(rule, finding, declared)


def _numbered(endpoints: Iterable[Endpoint]) -> Iterator[Endpoint]:
    """Tell endpoints apart whose functions have one name."""
    counts: Counter[tuple[str, str]] = Counter()
    for endpoint in endpoints:
        counts[endpoint.kind, endpoint.function] += 1
        yield endpoint.numbered(counts[endpoint.kind, endpoint.function])
