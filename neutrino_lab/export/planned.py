"""One file of a build folder, and the folder as a whole, before anything is written."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export.requirements import Requirement
from neutrino_lab.notebook import disk


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file of the build: its `content`, or the file on the disk that it is a copy of.

    A copy is never read into memory: it may be a model of some gigabytes.
    """

    path: PurePosixPath
    content: bytes = b""
    source: Path | None = None

    @property
    def size(self) -> int:
        """Its size in bytes. Raises OSError where a file that is copied is gone."""
        return len(self.content) if self.source is None else self.source.stat().st_size

    def digest(self) -> str:
        """Give the SHA-256 of what the file holds. Raises OSError where a source is gone."""
        return digest_of(self.content if self.source is None else self.source)

    def put(self, place: Path) -> None:
        """Write the file at `place`. A copy keeps no mode but that it may be run. Raises
        OSError."""
        if self.source is None:
            place.write_bytes(self.content)
            return
        with disk.opened(self.source) as file, place.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        if self.source.stat().st_mode & 0o100:
            mode = place.stat().st_mode
            place.chmod(mode | (mode & 0o444) >> 2)


@dataclass(frozen=True, slots=True)
class Plan:
    """The files of a build, sorted by path, and what the export has to say about the cells.

    `files` is empty where there is an error, in the notebooks or in `diagnostics`; those of the
    compilation are not repeated. `root` is the project's folder, which no build may replace.
    `requirements` are the lines of requirements.txt.
    """

    files: tuple[PlannedFile, ...]
    diagnostics: tuple[Diagnostic, ...]
    root: Path
    requirements: tuple[Requirement, ...] = ()


def digest_of(content: bytes | Path) -> str:
    """Give the SHA-256 of bytes, or of a file without reading it into memory. Raises OSError."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    found = hashlib.sha256()
    with disk.opened(content) as file:
        while chunk := file.read(1 << 20):
            found.update(chunk)
    return found.hexdigest()
