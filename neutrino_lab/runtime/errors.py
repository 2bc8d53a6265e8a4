"""Broken promises between the layers at run time.

NeutrinoError
├── CellError          a cell raised while the notebook was loaded
└── EndpointError      a declaration and its function do not fit together
"""

from __future__ import annotations


class NeutrinoError(Exception):
    """The base: `code` is stable, the message says what happened and what to do."""

    code = "neutrino"


class CellError(NeutrinoError):
    """A cell raised. `line` is in the cell, 0 where unknown; `detail` is the trimmed traceback."""

    code = "cell-failed"

    def __init__(self, module: str, cell: int, line: int, error: BaseException, detail: str):
        self.module = module
        self.cell = cell
        self.line = line
        self.error = error
        self.detail = detail
        where = f"cell {cell}, line {line}" if line else f"cell {cell}"
        super().__init__(f"{module}, {where}: {type(error).__name__}: {error}")


class EndpointError(NeutrinoError):
    """An endpoint cannot be built from its function, as its types turned out at run time."""

    code = "endpoint-unbuildable"

    def __init__(self, module: str, cell: int, reason: str):
        self.module = module
        self.cell = cell
        self.reason = reason
        super().__init__(f"{module}, cell {cell}: {reason}")
