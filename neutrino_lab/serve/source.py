"""The notebook file behind a served notebook: reading it, and noticing that it has changed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.reader import read
from neutrino_lab.serve.edition import Edition, edition_of

Stamp: TypeAlias = tuple[int, int, int]


class Source:
    """One notebook. It keeps the name of its module when the file gets another name, so that a
    rename runs nothing again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._module = next((each.module for each in find(path).sources), "notebook")
        self._compiler = Compiler()

    def read(self) -> Edition:
        """Read and compile the file; what is wrong with it is among the diagnostics."""
        notebook = read(self.path, PurePosixPath(self.path.name), self._module)
        return edition_of(self.path.stem, [notebook], self._compiler)

    def stamps(self, others: Iterable[str] = ()) -> dict[str, Stamp | None]:
        """What tells one state of the notebook, and of other files, from the next."""
        return {name: _stamp(name) for name in (str(self.path), *others)}


def _stamp(name: str) -> Stamp | None:
    try:
        found = Path(name).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
