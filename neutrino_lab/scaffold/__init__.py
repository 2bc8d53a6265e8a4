"""The small project that `neutrino init` makes: a notebook that runs, and a .neutrinoignore."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from neutrino_lab.runtime.errors import NeutrinoError

_HERE = Path(__file__).parent
_FILES = {"hello.ipynb": _HERE / "hello.ipynb", ".neutrinoignore": _HERE / "neutrinoignore"}


class ScaffoldError(NeutrinoError):
    """The project cannot be made there; nothing was changed."""

    code = "scaffold-refused"


def notebook() -> bytes:
    """Read the notebook that a project begins with."""
    return (_HERE / "hello.ipynb").read_bytes()


def create(folder: Path) -> tuple[Path, ...]:
    """Write the project into a folder, which may exist, and return the files written.

    Raises ScaffoldError, with nothing written, rather than replace a file.
    """
    texts = {folder / name: source.read_bytes() for name, source in _FILES.items()}
    for path in texts:
        if path.exists() or path.is_symlink():
            raise ScaffoldError(f"{path} is already there, and init never overwrites")
    made: list[Path] = []
    try:
        made += _make_folders(folder)
        for path, content in texts.items():
            # "x" also refuses a file that appeared since we looked.
            with path.open("xb") as file:
                made.append(path)
                file.write(content)
    except OSError as error:
        _undo(made)
        where = error.filename or folder
        raise ScaffoldError(f"cannot write {where}: {error.strerror}") from error
    return tuple(texts)


def _make_folders(folder: Path) -> list[Path]:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _undo(made: list[Path]) -> None:
    for path in reversed(made):
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()
