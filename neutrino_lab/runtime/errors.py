"""Broken promises between the layers at run time.

NeutrinoError
├── BusError           the other replicas of a service cannot be asked
├── CellError          a cell raised while the notebook was loaded
├── EndpointError      a declaration and its function do not fit together
├── SettingsError      environment variables are malformed
└── ToolError          a call that a tool does not take
"""

from __future__ import annotations

from collections.abc import Sequence


class NeutrinoError(Exception):
    """The base: `code` is stable, the message says what happened and what to do."""

    code = "neutrino"


class BusError(NeutrinoError):
    """The other replicas cannot be asked; the message says why."""

    code = "bus-failed"


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


class SettingsError(NeutrinoError):
    """Environment variables cannot be read; a line for each, with its name."""

    code = "settings-malformed"

    def __init__(self, problems: Sequence[str]):
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


class ToolError(NeutrinoError):
    """A call that cannot be made: an unknown tool, or arguments that it does not take."""

    code = "tool-call-malformed"
