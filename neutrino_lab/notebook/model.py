"""A notebook as the rest of the package sees it: numbered cells of Python, no outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal, TypeAlias

MagicKind: TypeAlias = Literal["line", "shell", "cell", "help"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a cell's source: lines from 1, columns from 0 in characters, end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def start(self) -> Span:
        """The empty place in front of it."""
        return Span(self.line, self.column, self.line, self.column)

    @property
    def end(self) -> Span:
        """The empty place behind it."""
        return Span(self.end_line, self.end_column, self.end_line, self.end_column)

    def part(self, start: int, end: int) -> Span:
        """Give a part of a stretch within one line, by offsets from its first character."""
        return Span(self.line, self.column + start, self.line, self.column + end)


@dataclass(frozen=True, slots=True)
class Magic:
    """A line that IPython understands and Python does not: what it was and where."""

    kind: MagicKind
    line: int  # in the cell, from 1
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One code cell.

    `number` counts all cells of the notebook from 1, as a reader would; `id` is nbformat's and
    stays with the cell when it moves. `source` is what the user wrote; `code` is what Python runs:
    the same lines, those of `magics` replaced by a `pass` and a comment: line numbers agree.
    `code` is empty where a cell magic or the tag `neutrino-skip` drops the whole cell. `generated`
    is the hash of what a person accepted, empty unless a model drafted the cell.
    """

    id: str
    number: int
    source: str
    code: str
    magics: tuple[Magic, ...] = ()
    skipped: bool = False
    generated: str = ""


@dataclass(frozen=True, slots=True)
class Notebook:
    """One notebook: `path` relative to the project, `module` the name its code goes by.

    `upgraded_from` is the major version of nbformat that the file is in, 0 where it is 4.
    """

    path: PurePosixPath
    module: str
    cells: tuple[Cell, ...]
    title: str = ""
    description: str = ""
    metadata: dict[str, Any] = field(default_factory=dict, compare=False)
    upgraded_from: int = 0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is no notebook, and why: what the reader returns instead of raising."""

    path: PurePosixPath
    code: str
    message: str
    hint: str
