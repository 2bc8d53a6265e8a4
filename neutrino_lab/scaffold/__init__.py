"""The small project that `neutrino init` makes: a notebook that runs, and a .neutrinoignore."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

from neutrino_lab.runtime.errors import NeutrinoError

_HERE = Path(__file__).parent
_FILES = {"hello.ipynb": _HERE / "hello.ipynb", ".neutrinoignore": _HERE / "neutrinoignore"}

# What is said of the port of `neutrino run`.
_LINK = re.compile(r"\[([^\[\]\n]*)\]\(http://127\.0\.0\.1:8000[^()\[\]\n]*\)")
_CURL = re.compile(r"```\ncurl [^`]*```")
_TRY = "Press **Try** above the cell to send some: the request can be copied as curl from there."


class ScaffoldError(NeutrinoError):
    """The project cannot be made there; nothing was changed."""

    code = "scaffold-refused"


def notebook(name: str = "hello.ipynb") -> bytes:
    """Read the notebook that a project begins with, as it speaks of itself under a name.

    In JupyterLab it has that name, and an address that only the panel knows.
    """
    text = (_HERE / "hello.ipynb").read_text(encoding="utf-8")
    if name == "hello.ipynb":
        return text.encode()
    document = json.loads(text)
    for cell in document["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            source = _LINK.sub(r"`\1`", source.replace("hello.ipynb", name))
            source = _CURL.sub(_TRY, source)
        cell["source"] = source.splitlines(keepends=True)
    return json.dumps(document, indent=1, ensure_ascii=False).encode()


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
