"""What the open document declares, analysed whenever the user stops typing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from neutrino_lab.declare import declaration_stub
from neutrino_lab.declare.compiler import Compilation, Compiler
from neutrino_lab.lab import serialize, tokens
from neutrino_lab.lab.protocol.analysis import (
    Analysis,
    AnalysisRequest,
    DeclaredCell,
    PlainFunction,
    Token,
)
from neutrino_lab.lab.protocol.base import SourceCell
from neutrino_lab.notebook import magics
from neutrino_lab.notebook.facts import Facts, FactsCache, Function
from neutrino_lab.notebook.model import Cell, Notebook
from neutrino_lab.notebook.project import is_left_out, module_names
from neutrino_lab.notebook.reader import SKIP_TAG


class DocumentAnalyzer:
    """Analyses documents, and remembers the cells of the last few; any thread may ask."""

    def __init__(self, *, documents: int = 32) -> None:
        self._limit = documents
        self._known: OrderedDict[str, _Document] = OrderedDict()
        self._lock = threading.Lock()

    def analyse(
        self, request: AnalysisRequest, *, now: serialize.Clock = serialize.clock
    ) -> Analysis:
        """Find the endpoints, the mistakes and the coloured pieces of a document."""
        return self._document(request.path).analyse(request, now)

    def look(self, path: str, cells: list[SourceCell]) -> list[tuple[Cell, Facts]]:
        """Give the code cells of a document, and what each says about itself."""
        return self._document(path).look(cells)

    def compile(self, path: str, cells: list[SourceCell]) -> tuple[Notebook, Compilation]:
        """Read and compile the open document at a contents path, whatever its file holds."""
        return self._document(path).compile(path, cells)

    def _document(self, path: str) -> _Document:
        with self._lock:
            document = self._known.setdefault(path, _Document())
            self._known.move_to_end(path)
            while len(self._known) > self._limit:
                self._known.popitem(last=False)
        return document


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is shown of a cell: its coloured pieces, and the function that it could declare."""

    tokens: list[Token]
    function: Function | None


class _Document:
    """One document, and what is known of its cells."""

    def __init__(self) -> None:
        self._facts = FactsCache()
        self._compiler = Compiler(self._facts)
        self._cells: dict[tuple[str, int, str, bool, str], Cell] = {}
        self._shown: dict[str, _Shown] = {}
        self._lock = threading.Lock()

    def look(self, cells: list[SourceCell]) -> list[tuple[Cell, Facts]]:
        with self._lock:
            return [(cell, self._facts.of(cell.code)) for cell in self._read(cells)]

    def compile(self, path: str, cells: list[SourceCell]) -> tuple[Notebook, Compilation]:
        with self._lock:
            return self._compile(path, cells)

    def analyse(self, request: AnalysisRequest, now: serialize.Clock) -> Analysis:
        with self._lock:
            notebook, compilation = self._compile(request.path, request.cells)
            shown = self._show(
                notebook, lambda cell: compilation.facts[notebook.module, cell.number]
            )
            return Analysis(
                endpoints=serialize.endpoints(
                    compilation.app,
                    [notebook],
                    compilation.facts,
                    timezone=request.timezone,
                    now=now,
                ),
                diagnostics=serialize.diagnostics(compilation.diagnostics),
                cells=[
                    DeclaredCell(cell_id=cell.id, cell=cell.number, tokens=each.tokens)
                    for cell, each in shown
                    if each.tokens
                ],
                functions=[
                    PlainFunction(
                        name=each.function.name,
                        cell=cell.number,
                        cell_id=cell.id,
                        line=each.function.span.line,
                    )
                    for cell, each in shown
                    if each.function and not is_left_out(notebook.path.name)
                ],
            )

    def _compile(self, path: str, cells: list[SourceCell]) -> tuple[Notebook, Compilation]:
        name = PurePosixPath(PurePosixPath(path).name or "notebook.ipynb")
        notebook = Notebook(
            path=name,
            module=module_names([name])[0],
            cells=tuple(self._read(cells)),
            title=name.stem,
        )
        return notebook, self._compiler.compile(name.stem, [notebook])

    def _read(self, cells: list[SourceCell]) -> list[Cell]:
        known, self._cells = self._cells, {}
        for number, cell in enumerate(cells, start=1):
            if cell.type == "code":
                is_skipped = SKIP_TAG in cell.tags
                key = (cell.source, number, cell.id, is_skipped, cell.generated)
                self._cells[key] = known.get(key) or _cell(cell, number)
        return list(self._cells.values())

    def _show(
        self, notebook: Notebook, facts_of: Callable[[Cell], Facts]
    ) -> list[tuple[Cell, _Shown]]:
        known, self._shown = self._shown, {}
        listed = []
        for cell in notebook.cells:
            found = known.get(cell.code)
            if found is None:
                facts = facts_of(cell)
                found = _Shown(tokens.of(cell, facts), declaration_stub.candidate(cell, facts))
            self._shown[cell.code] = found
            listed.append((cell, found))
        return listed


def _cell(cell: SourceCell, number: int) -> Cell:
    source = cell.source.replace("\r\n", "\n").replace("\r", "\n")
    if SKIP_TAG in cell.tags:
        return Cell(cell.id, number, source, code="", skipped=True)
    code, found = magics.strip(source)
    return Cell(cell.id, number, source, code, found, generated=cell.generated)
