"""What the open document declares, analysed anew at every pause of the typist."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import PurePosixPath

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.lab import tokens, wire
from neutrino_lab.lab.protocol import (
    Analysis,
    AnalysisRequest,
    DeclaredCell,
    PlainFunction,
    SourceCell,
    Token,
)
from neutrino_lab.notebook import magics
from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.model import Cell, Notebook
from neutrino_lab.notebook.project import is_left_out, module_names
from neutrino_lab.notebook.reader import SKIP_TAG


class Analyst:
    """Analyses documents, and remembers the cells of the last few; any thread may ask."""

    def __init__(self, *, documents: int = 32) -> None:
        self._limit = documents
        self._known: OrderedDict[str, _Document] = OrderedDict()
        self._lock = threading.Lock()

    def analyse(self, request: AnalysisRequest, *, now: wire.Clock = wire.clock) -> Analysis:
        """Find the endpoints, the mistakes and the coloured pieces of a document."""
        with self._lock:
            document = self._known.setdefault(request.path, _Document())
            self._known.move_to_end(request.path)
            while len(self._known) > self._limit:
                self._known.popitem(last=False)
        return document.analyse(request, now)


class _Document:
    """One document, and what is known of its cells."""

    def __init__(self) -> None:
        self._compiler = Compiler()
        self._cells: dict[tuple[str, int, str, bool], Cell] = {}
        self._tokens: dict[str, list[Token]] = {}
        self._lock = threading.Lock()

    def analyse(self, request: AnalysisRequest, now: wire.Clock) -> Analysis:
        with self._lock:
            path = PurePosixPath(PurePosixPath(request.path).name or "notebook.ipynb")
            notebook = Notebook(
                path=path,
                module=module_names([path])[0],
                cells=tuple(self._read(request.cells)),
                title=path.stem,
            )
            compilation = self._compiler.compile(path.stem, [notebook])
            facts = compilation.facts
            declared = self._declared(notebook, facts)
            return Analysis(
                endpoints=wire.endpoints(
                    compilation.app, [notebook], facts, timezone=request.timezone, now=now
                ),
                findings=wire.findings(compilation.diagnostics),
                cells=declared,
                functions=[] if is_left_out(path.name) else _plain(notebook, facts, declared),
            )

    def _read(self, cells: list[SourceCell]) -> list[Cell]:
        known, self._cells = self._cells, {}
        for number, cell in enumerate(cells, start=1):
            if cell.type == "code":
                key = (cell.source, number, cell.id, SKIP_TAG in cell.tags)
                self._cells[key] = known.get(key) or _cell(cell, number)
        return list(self._cells.values())

    def _declared(
        self, notebook: Notebook, facts: Mapping[tuple[str, int], Facts]
    ) -> list[DeclaredCell]:
        known, self._tokens = self._tokens, {}
        declared = []
        for cell in notebook.cells:
            found = known.get(cell.code)
            if found is None:
                found = tokens.of(cell, facts[notebook.module, cell.number])
            self._tokens[cell.code] = found
            if found:
                declared.append(DeclaredCell(cell_id=cell.id, cell=cell.number, tokens=found))
        return declared


def _plain(
    notebook: Notebook, facts: Mapping[tuple[str, int], Facts], declared: list[DeclaredCell]
) -> list[PlainFunction]:
    """List the public functions of the cells that declare nothing."""
    taken = {each.cell for each in declared}
    return [
        PlainFunction(name=each.name, cell=cell.number, cell_id=cell.id, line=each.span.line)
        for cell in notebook.cells
        if cell.number not in taken
        for each in facts[notebook.module, cell.number].functions
        if not each.name.startswith("_")
    ]


def _cell(cell: SourceCell, number: int) -> Cell:
    source = cell.source.replace("\r\n", "\n").replace("\r", "\n")
    if SKIP_TAG in cell.tags:
        return Cell(cell.id, number, source, code="", skipped=True)
    code, found = magics.strip(source)
    return Cell(cell.id, number, source, code, found)
