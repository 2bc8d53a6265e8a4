"""Where something is written in what is exported, and the diagnostics of that place."""

from __future__ import annotations

from dataclasses import dataclass

from neutrino_lab.declare.diagnostics import Diagnostic, Severity
from neutrino_lab.notebook.model import Cell, Notebook, Span
from neutrino_lab.notebook.wording import Worded


@dataclass(frozen=True, slots=True)
class CodeLocation:
    """Where something is written: a cell, or (cell 0) a file of the project."""

    notebook: str
    cell: int = 0
    cell_id: str = ""
    source: str = ""

    @classmethod
    def of(cls, notebook: Notebook, cell: Cell) -> CodeLocation:
        """Give the place of a cell."""
        return cls(str(notebook.path), cell.number, cell.id, cell.source)

    def finding(
        self,
        code: str,
        severity: Severity,
        message: Worded,
        *,
        hint: Worded,
        span: Span | None = None,
    ) -> Diagnostic:
        """Make a diagnostic of this cell or file."""
        return Diagnostic(
            code=code,
            severity=severity,
            message=message,
            hint=hint,
            notebook=self.notebook,
            cell=self.cell,
            cell_id=self.cell_id,
            span=span,
            source=self.source,
        )
