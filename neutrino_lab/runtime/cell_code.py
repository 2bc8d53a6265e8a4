"""A cell's code around its run: compiled, its lines for tracebacks, a task of it, the error it
raised."""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
import traceback
from collections.abc import Callable
from types import CodeType
from typing import Any
from weakref import WeakKeyDictionary

from .cell_file import CodeCell
from .errors import CellError

# As `linecache` has lines by file name: a name is that of another cell once cells move, and of
# another version once they are edited, while the code before may still run.
_CELLS: WeakKeyDictionary[CodeType, CodeCell] = WeakKeyDictionary()

FUTURE = 0
for _name in __future__.all_feature_names:
    FUTURE |= getattr(__future__, _name).compiler_flag


def compiled(module: str, cell: CodeCell, flags: int) -> CodeType:
    """Compile a cell as IPython does, with compiler flags of `from __future__`. Raises
    CellError."""
    # Blank lines in front make line numbers those of the file; they cost nothing to compile.
    try:
        code: CodeType = compile(
            "\n" * (cell.first_line - 1) + cell.code,
            cell.filename,
            "exec",
            flags=flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
            dont_inherit=True,
        )
    except BaseException as error:
        raise cell_error(module, cell, error) from error
    return code


def remember(code: CodeType, cell: CodeCell) -> None:
    """Note which cell code was made of, so that `line_of` can tell."""
    # Equal code of an earlier run is the same key, and would take the entry with it.
    _CELLS.pop(code, None)
    _CELLS[code] = cell


def line_of(code: CodeType, number: int) -> str:
    """The line of a cell's code as it was when that was compiled; empty for other code."""
    cell = _CELLS.get(code)
    lines = cell.code.split("\n") if cell is not None else []
    index = number - cell.first_line if cell is not None else 0
    return lines[index] if 0 <= index < len(lines) else ""


def keep_lines(cell: CodeCell) -> None:
    """Let tracebacks show the lines of a cell that stands in no file."""
    if cell.first_line == 1:
        lines = [line + "\n" for line in cell.code.split("\n")]
        linecache.cache[cell.filename] = (len(cell.code), None, lines, cell.filename)


def task(code: CodeType, namespace: dict[str, Any], number: int) -> Callable[[], Any]:
    """Make a function of a cell that a schedule runs."""
    if code.co_flags & inspect.CO_COROUTINE:

        async def body() -> None:
            await eval(code, namespace)  # noqa: S307
    else:

        def body() -> None:  # type: ignore[misc]
            exec(code, namespace)  # noqa: S102

    body.__name__ = body.__qualname__ = f"cell_{number}"
    return body


def cell_error(module: str, cell: CodeCell, error: BaseException) -> CellError:
    """Say where in a cell something was raised, its traceback without our own frames."""
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename != cell.filename:
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and trace is None:
        line = error.lineno or cell.first_line
    else:
        line = trace.tb_lineno if trace else cell.first_line - 1
    detail = "".join(traceback.format_exception(type(error), error, trace))
    return CellError(module, cell.number, line - cell.first_line + 1, error, detail)
