"""An exported notebook: a plain Python file whose cells stand under `# %% cell N` lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from .program import CodeCell, Program
from .spec import App

MARKER = re.compile(r"^# %% cell (\d+)$", re.MULTILINE)


def load(app: App, folder: Path) -> Program:
    """Run the exported notebooks `folder/<module>.py` in the app's order.

    Where cells await, that is left to the start of the server, on its loop: `uvicorn main:app`
    imports main in a running loop, which cannot go on meanwhile.
    """
    cells = {}
    for module in app.modules:
        path = folder / f"{module}.py"
        cells[module] = split(path.read_text(encoding="utf-8"), str(path))
    program = Program()
    if program.needs_loop(cells):
        program.postpone(app, cells)
    else:
        program.update(app, cells)
        program.commit()
    return program


def join(cells: Iterable[tuple[int, str]]) -> str:
    """Write numbered cells as one Python file."""
    return "\n".join(f"# %% cell {number}\n{code}\n" for number, code in cells)


def split(text: str, filename: str) -> list[CodeCell]:
    """Read the cells of a file that `join` wrote; what stands before the first is left out."""
    marks = list(MARKER.finditer(text))
    ends = [mark.start() - 1 for mark in marks[1:]] + [len(text)]
    return [
        CodeCell(
            number=int(mark[1]),
            code=text[mark.end() + 1 : end - 1],
            key=mark[1],
            filename=filename,
            first_line=text.count("\n", 0, mark.end()) + 2,
        )
        for mark, end in zip(marks, ends, strict=True)
    ]
