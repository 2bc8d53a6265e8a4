"""Help while a declaration is written: what the layers below know, for one place of a document."""

from __future__ import annotations

from neutrino_lab.declare import completions, declaration_stub, draft, hover
from neutrino_lab.declare.grammar import KINDS
from neutrino_lab.lab import columns, serialize
from neutrino_lab.lab.analysis import DocumentAnalyzer
from neutrino_lab.lab.errors import NoCellError
from neutrino_lab.lab.protocol.base import Fix
from neutrino_lab.lab.protocol.writing import (
    Completion,
    Completions,
    DeclareRequest,
    Hover,
    PositionRequest,
    Snippet,
    Snippets,
)
from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.model import Cell


def complete(analyzer: DocumentAnalyzer, request: PositionRequest) -> Completions:
    """List what can be written at a place. Raises NoCellError."""
    cells = analyzer.look(request.path, request.cells)
    cell, facts = _find(cells, request.cell_id)

    def names() -> list[str]:
        return _type_names(cells)

    column = _column(cell, request)
    found = completions.at(cell, facts, request.line, column, names)
    return Completions(
        is_declaration=bool(found) or draft.find(cell, facts, request.line, column) is not None,
        items=[
            Completion(
                label=each.label,
                kind=each.kind,
                detail=each.detail,
                documentation=each.about,
                insert=each.insert,
                span=serialize.span(each.span, cell.source),
            )
            for each in found
        ],
    )


def explain(analyzer: DocumentAnalyzer, request: PositionRequest) -> Hover:
    """Say what stands at a place. Raises NoCellError."""
    cell, facts = _find(analyzer.look(request.path, request.cells), request.cell_id)
    found = hover.at(cell, facts, request.line, _column(cell, request))
    if found is None:
        return Hover(markdown="", span=None)
    return Hover(markdown=found.text, span=serialize.span(found.span, cell.source))


def declare(analyzer: DocumentAnalyzer, request: DeclareRequest) -> Fix:
    """Write the declaration of a function. Raises NoCellError or UndeclarableError."""
    cells = analyzer.look(request.path, request.cells)
    cell, _ = _find(cells, request.cell_id)
    return serialize.fix(declaration_stub.declare(cells, cell, request.function), cell.source)


def snippets() -> Snippets:
    """Give a cell that works for each kind of declaration."""
    return Snippets(
        items=[
            Snippet(
                kind=kind.spec.kind,
                title=kind.sample.title,
                description=kind.sample.description,
                source=kind.sample.source,
            )
            for kind in KINDS
        ]
    )


def _find(cells: list[tuple[Cell, Facts]], cell_id: str) -> tuple[Cell, Facts]:
    for cell, facts in cells:
        if cell.id == cell_id:
            return cell, facts
    raise NoCellError("There is no such code cell in the document.")


def _column(cell: Cell, request: PositionRequest) -> int:
    return columns.characters(columns.line_of(cell.source, request.line), request.column)


def _type_names(cells: list[tuple[Cell, Facts]]) -> list[str]:
    """The names of a notebook that look like types: those in capitals are constants."""
    bound = {name for _, facts in cells for name in facts.binds}
    return sorted(name for name in bound if name[:1].isupper() and not name.isupper())
