"""The notebook file behind a served notebook: reading it, and noticing that it has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.reader import read
from neutrino_lab.serve.revision import Revision, revision_of

Stamp: TypeAlias = tuple[int, int, int]

_SIBLINGS = 500


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was seen last; `digest` is of a module's text, empty where that is not known."""

    stamp: Stamp | None
    digest: bytes = b""


class NotebookSource:
    """One notebook. It keeps the name of its module when the file gets another name, so that a
    rename runs nothing again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.modules: frozenset[str] = frozenset()
        """The files that the version which is served has imported."""
        self._module = next((each.module for each in find(path).sources), "notebook")
        self._compiler = Compiler()
        self._seen: dict[str, _Seen] = {}
        self._unsettled: dict[str, Stamp | None] = {}
        # A module that could not be imported is in no list of imported ones, and is fixed there.
        self._seen.update((name, _Seen(_stamp(name))) for name in self._siblings())

    def read(self) -> Revision:
        """Read and compile the file; what is wrong with it is among the diagnostics."""
        # Before reading: what is saved meanwhile differs from it, and is read again.
        self._seen[str(self.path)] = _Seen(_stamp(str(self.path)))
        notebook = read(self.path, PurePosixPath(self.path.name), self._module)
        return revision_of(self.path.stem, [notebook], self._compiler)

    def move(self, path: Path) -> None:
        """Go on under another name, as if it had been read there."""
        self._seen.pop(str(self.path), None)
        self.path = path
        self._seen[str(path)] = _Seen(_stamp(str(path)))

    def follow(self, files: Iterable[str], *, since_s: float) -> None:
        """Watch files that the notebook imports, too. Their import began at `since_s` (epoch
        seconds): what was written later counts as changed, for an older text may have been read."""
        before, self.modules = self.modules, frozenset(files)
        for name in self.modules:
            stamp, seen = _stamp(name), self._seen.get(name)
            is_newer = stamp is not None and stamp[0] > since_s * 1e9
            if is_newer and name not in before:
                self._seen[name] = _Seen(None)
            elif seen is None or (seen.stamp == stamp and not seen.digest):
                self._seen[name] = _Seen(stamp, _digest(name))

    def changed(self) -> set[str]:
        """Name the files that have changed since they were read, or since this was last asked. One
        that is still being written is left until it rests, and so is a module with the same text:
        a cell may write it whenever it runs."""
        names = {*self._seen, *self._siblings()}
        stamps = {name: _stamp(name) for name in names}
        changed = {
            name: stamp
            for name, stamp in stamps.items()
            if name not in self._seen or stamp != self._seen[name].stamp
        }
        is_settled = changed == self._unsettled
        self._unsettled = changed
        if not is_settled:
            return set()
        told = set()
        for name, stamp in changed.items():
            before = self._seen.get(name)
            digest = _digest(name) if name != str(self.path) else b""
            self._seen[name] = _Seen(stamp, digest)
            if before is None or not digest or digest != before.digest:
                told.add(name)
        return told

    def _siblings(self) -> Iterator[str]:
        """The Python files beside the notebook, as far as there are not too many."""
        try:
            for number, path in enumerate(self.path.parent.glob("*.py")):
                if number >= _SIBLINGS:
                    return
                yield str(path)
        except OSError:
            return


def _stamp(name: str) -> Stamp | None:
    try:
        found = Path(name).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _digest(name: str) -> bytes:
    try:
        return hashlib.sha256(Path(name).read_bytes()).digest()
    except OSError:
        return b""
