"""An exported notebook: a plain Python file whose cells stand under `# %% cell N` lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MARKER = re.compile(r"^# %% cell (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A cell as it is run. `key` stays with it across edits; `filename` is what tracebacks name,
    and `first_line` is where in that file its code begins."""

    number: int
    code: str
    key: str
    filename: str
    first_line: int = 1


def join(cells: Iterable[tuple[int, str]]) -> str:
    """Write numbered cells as one Python file, each below a `# %% cell NUMBER` line."""
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
