"""The notebook file behind a served notebook: reading it, and noticing that it has changed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.reader import read
from neutrino_lab.serve.revision import Revision, revision_of

Stamp: TypeAlias = tuple[int, int, int]


class Source:
    """One notebook. It keeps the name of its module when the file gets another name, so that a
    rename runs nothing again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._module = next((each.module for each in find(path).sources), "notebook")
        self._compiler = Compiler()
        self._seen: dict[str, Stamp | None] = {}
        self._unsettled: dict[str, Stamp | None] = {}

    def read(self) -> Revision:
        """Read and compile the file; what is wrong with it is among the diagnostics."""
        # Before reading: what is saved meanwhile differs from it, and is read again.
        self._seen[str(self.path)] = _stamp(str(self.path))
        notebook = read(self.path, PurePosixPath(self.path.name), self._module)
        return revision_of(self.path.stem, [notebook], self._compiler)

    def move(self, path: Path) -> None:
        """Go on under another name, as if it had been read there."""
        self._seen.pop(str(self.path), None)
        self.path = path
        self._seen[str(path)] = _stamp(str(path))

    def follow(self, files: Iterable[str]) -> None:
        """Watch files that the notebook imports, too."""
        self._seen = {name: _stamp(name) for name in files} | self._seen

    def changed(self) -> set[str]:
        """Name the files that have changed since they were read, or since this was last asked. One
        that is still being written is left until it rests."""
        stamps = {name: _stamp(name) for name in [*self._seen]}
        changed = {name: stamp for name, stamp in stamps.items() if stamp != self._seen.get(name)}
        is_settled = changed == self._unsettled
        self._unsettled = changed
        if not is_settled:
            return set()
        self._seen.update(changed)
        return set(changed)


def _stamp(name: str) -> Stamp | None:
    try:
        found = Path(name).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
