"""Contents paths: which file one means, whether it may be used, and whether it is trusted."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import nbformat
from jupyter_core.paths import is_hidden
from jupyter_server.services.contents.fileio import FileManagerMixin
from jupyter_server.services.contents.manager import ContentsManager

from neutrino_lab.interpreters import kernel_name
from neutrino_lab.lab.errors import NoNotebookError, PathRefusedError
from neutrino_lab.notebook import disk
from neutrino_lab.notebook.reader import MOST_BYTES


class Contents:
    """The files that the contents manager of this server serves."""

    def __init__(self, manager: ContentsManager) -> None:
        self._manager = manager

    @property
    def root(self) -> Path:
        """The folder that Jupyter serves, absolute; links in it are not resolved."""
        return Path(self._manager.root_dir).absolute()

    def notebook(self, path: str) -> Path:
        """Find the file of a notebook. Raises PathRefusedError or NoNotebookError."""
        file = self.file(path)
        if file.suffix != ".ipynb":
            raise NoNotebookError(f"{path} is not a notebook: its name does not end in .ipynb.")
        if not file.is_file():
            raise NoNotebookError(f"There is no notebook {path}; save it first.")
        return file

    def file(self, path: str) -> Path:
        """Find what a contents path names, which need not exist, inside the root. Raises
        PathRefusedError outside of it, NoNotebookError where it is hidden."""
        if not isinstance(self._manager, FileManagerMixin):
            raise PathRefusedError("The contents of this server are not files on its own disk.")
        parts = _parts(path)
        file = self.root.joinpath(*parts)
        if not file.resolve().is_relative_to(self.root.resolve()):
            raise PathRefusedError(f"{'/'.join(parts)} leads out of the folder of this server.")
        if not self._manager.allow_hidden and is_hidden(str(file), str(self.root)):
            raise NoNotebookError(f"{'/'.join(parts)} is hidden, and this server hides such files.")
        return file

    def kernel(self, file: Path) -> str:
        """Tell which kernel a notebook names, empty where it names none."""
        try:
            return kernel_name(json.loads(disk.read(file, MOST_BYTES))["metadata"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return ""

    def path(self, file: Path) -> str:
        """Give the contents path of a file below the root. Raises ValueError for another file."""
        return file.relative_to(self.root).as_posix()

    async def is_trusted(self, file: Path) -> bool:
        """Tell whether the user, or Jupyter for him, has signed what the file holds."""
        notebook = await asyncio.to_thread(_read, file)
        # On the loop: the signatures are in a database that only its own thread may ask.
        if notebook is None:
            return False
        return bool(self._manager.notary.check_signature(notebook))  # type: ignore[no-untyped-call]

    async def trust(self, file: Path) -> None:
        """Sign what a file holds, as `jupyter trust` does: it is known next time, until edited."""
        notebook = await asyncio.to_thread(_read, file)
        if notebook is not None:
            self._manager.notary.sign(notebook)  # type: ignore[no-untyped-call]


def _read(file: Path) -> Any:
    """Read a notebook as Jupyter does when it signs it, None where it cannot be read."""
    found: dict[str, Any] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = disk.read(file, MOST_BYTES).decode("utf-8")
            return nbformat.reads(text, as_version=4, capture_validation_error=found)  # type: ignore[no-untyped-call]
    except Exception:  # noqa: BLE001 - nbformat meets broken files with anything
        return None


def _parts(path: str) -> Iterable[str]:
    if "\0" in path or "\0" in unquote(path):
        raise PathRefusedError("A path cannot hold a NUL character.")
    parts = PurePosixPath(path.strip("/")).parts
    # The path may have been encoded once too often on its way.
    spelled = [piece for form in (path, unquote(path)) for piece in form.split("/")]
    if ".." in spelled or "." in spelled or any("\\" in piece for piece in spelled):
        raise PathRefusedError("A path cannot hold `.`, `..` or a backslash.")
    return parts
