"""Notebooks → the description of an app, and everything that is wrong with them.

A cell is judged once for as long as its text stays; only what depends on other cells is asked
again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from neutrino_lab.declare import rules, view
from neutrino_lab.declare.declared import (
    Declared,
    Finding,
    InCell,
    Placed,
    Project,
    Question,
    Rule,
    Scope,
)
from neutrino_lab.declare.diagnostics import Diagnostic, Severity
from neutrino_lab.declare.rules import kernel_gateway, misplaced, unknown_kind
from neutrino_lab.notebook.facts import Facts, FactsCache
from neutrino_lab.notebook.memory import uncollected
from neutrino_lab.notebook.model import Cell, Notebook, Unreadable
from neutrino_lab.runtime.spec import App, Endpoint

# What a cell's own text decides depends on this, and on nothing else.
_Key: TypeAlias = tuple[str, str, str]
_MISSED_DECLARATIONS = frozenset({unknown_kind.CODE, misplaced.CODE, kernel_gateway.CODE})


@dataclass(frozen=True, slots=True)
class Compilation:
    """What notebooks compile to. `app` holds the endpoints that are sound; `facts` are those of
    each code cell, by module and cell number."""

    app: App
    diagnostics: tuple[Diagnostic, ...]
    facts: Mapping[tuple[str, int], Facts]


@dataclass(frozen=True, slots=True)
class _Found:
    """A finding with what its rule adds, and the declaration it is about, if it is one."""

    finding: Finding
    code: str
    severity: Severity
    declared: Declared | None


@dataclass(frozen=True, slots=True)
class _Judged:
    """Everything that a cell's own text decides."""

    facts: Facts
    declared: tuple[Declared, ...]
    found: tuple[_Found, ...]
    questions: tuple[tuple[Rule, Declared, Question], ...]
    annotated: frozenset[str]
    # What functions of the cell change: they may also set it, through `global`.
    set_later: frozenset[str]


class Compiler:
    """Compiles the notebooks of one project, time after time.

    A FactsCache that is passed in belongs to it: cells that are gone are forgotten there too.
    """

    def __init__(self, cache: FactsCache | None = None) -> None:
        self._cache = cache if cache is not None else FactsCache()
        self._judged: dict[_Key, _Judged] = {}
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
            cells = list(zip(notebook.cells, judged[id(notebook)], strict=True))
            scope = _scope(cells)
            for cell, each in cells:
                facts[notebook.module, cell.number] = each.facts
                if not (each.declared or each.found):
                    continue  # as most cells
                here = [Placed(notebook, cell, declared) for declared in each.declared]
                placed += here
                if found := [*each.found, *_answers(each, scope)]:
                    report.add_cell(notebook, cell, here, found)
        for rule in rules.PROJECT_RULES:
            project = Project(notebooks, placed, report.has_problems, idle, facts)
            for subject, finding in rule.check(project):
                report.add(subject, _found(rule, finding, None))
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

    def _judge_all(self, notebooks: list[Notebook]) -> dict[int, list[_Judged]]:
        """Judge the cells of each notebook, in their order, by the notebook's id."""
        before, self._judged = self._judged, {}
        judged: dict[int, list[_Judged]] = {}
        for notebook in notebooks:
            here = judged[id(notebook)] = []
            for cell in notebook.cells:
                key = cell.source, cell.code, cell.generated
                found = before.get(key) or self._judged.get(key)
                if found is None:
                    found = _judge(cell, self._cache.of(cell.code))
                self._judged[key] = found
                here.append(found)
        self._cache.keep([code for _, code, _ in self._judged])
        return judged

    def _build_all(self, placed: Iterable[Placed]) -> list[Endpoint]:
        known, self._built = self._built, {}
        endpoints = []
        for each in placed:
            declared, function = each.declared, each.declared.function
            module = each.notebook.module
            name = f"{module}:{function.name}" if function else module
            # What is kept here keeps its declaration, too, so that no other one can get its id.
            key = id(declared), name, each.cell.number
            found = known.get(key)
            if found is None:
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
        self, notebook: Notebook, cell: Cell, placed: list[Placed], found: Sequence[_Found]
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

    def add(self, subject: Placed | InCell | Notebook | Unreadable, found: _Found) -> None:
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

    def _enter(self, notebook: Notebook | Unreadable, cell: Cell | None, found: _Found) -> None:
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


def _idle(notebooks: Sequence[Notebook], judged: Mapping[int, Sequence[_Judged]]) -> frozenset[str]:
    """Find the notebooks of a folder that have no part in its app: they declare nothing, while
    others do, and none of those imports them."""
    found = {n.module: judged[id(n)] for n in notebooks}
    declaring = {module for module, cells in found.items() if any(c.declared for c in cells)}
    if not declaring or len(declaring) == len(found):
        return frozenset()
    imported = {
        each.module.partition(".")[0]
        for module in declaring
        for cell in found[module]
        for each in cell.facts.imports
    }
    return frozenset(
        n.module
        for n in notebooks
        if n.module not in declaring and not {n.module, n.path.stem} & imported
    )


def _severity_in_idle(found: _Found) -> Severity:
    """Nothing of such a notebook runs; a declaration that was mistyped may be why."""
    return "warning" if found.code in _MISSED_DECLARATIONS else "note"


def _judge(cell: Cell, facts: Facts) -> _Judged:
    seen = view.of(cell, facts)
    found = [
        _found(rule, finding, None) for rule in rules.CELL_RULES for finding in rule.check(seen)
    ]
    questions: list[tuple[Rule, Declared, Question]] = []
    for declared in seen.declared:
        for each in () if declared.is_excessive else rules.BY_KIND[declared.kind.word]:
            for answer in each.check(declared):
                if isinstance(answer, Finding):
                    found.append(_found(each, answer, declared))
                else:
                    questions.append((each, declared, answer))
    annotated = view.annotated_names(cell.code)
    set_later = frozenset().union(*(facts.changes or {}).values())
    return _Judged(facts, seen.declared, tuple(found), tuple(questions), annotated, set_later)


def _answers(judged: _Judged, scope: Scope) -> Iterator[_Found]:
    for rule, declared, question in judged.questions:
        for finding in question(scope):
            yield _found(rule, finding, declared)


def _found(rule: Rule, finding: Finding, declared: Declared | None) -> _Found:
    code, severity = finding.code or rule.CODE, finding.severity or rule.SEVERITY
    return _Found(finding, code, severity, declared)


def _scope(cells: Sequence[tuple[Cell, _Judged]]) -> Scope:
    facts = [each.facts for _, each in cells]
    set_later = frozenset().union(*[each.set_later for _, each in cells])
    names = set_later.union(*[each.binds for each in facts])
    deleted: dict[str, int] = {}
    for cell, judged in cells if any(each.deletes for each in facts) else ():
        for name in judged.facts.binds & deleted.keys() if deleted else ():
            del deleted[name]
        if judged.facts.deletes and all(each.function for each in judged.declared):
            deleted |= dict.fromkeys(judged.facts.deletes, cell.number)
    for name in set_later & deleted.keys() if deleted else ():
        del deleted[name]
    return Scope(
        names=names,
        deleted=deleted,
        guarded=frozenset().union(*[each.guarded for each in facts if each.guarded]),
        annotated=frozenset().union(*(each.annotated for _, each in cells if each.annotated)),
        is_opaque=any(each.opaque for each in facts),
        is_broken=any(each.error for each in facts),
        reads=_reads([each.lazy for each in facts if each.lazy]),
        magics=tuple(magic for cell, _ in cells for magic in cell.magics),
    )


def _reads(lazy: Sequence[Mapping[str, frozenset[str]]]) -> dict[str, frozenset[str]]:
    """Put together what is read by the functions of all cells, by their names."""
    reads: dict[str, frozenset[str]] = {}
    for each in lazy:
        if reads.keys().isdisjoint(each):
            reads.update(each)
            continue
        for name, read in each.items():
            reads[name] = reads[name] | read if name in reads else read
    return reads


def _numbered(endpoints: Iterable[Endpoint]) -> Iterator[Endpoint]:
    """Tell endpoints apart whose functions have one name."""
    counts: Counter[tuple[str, str]] = Counter()
    for endpoint in endpoints:
        counts[endpoint.kind, endpoint.function] += 1
        yield endpoint.numbered(counts[endpoint.kind, endpoint.function])
