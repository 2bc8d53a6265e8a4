"""Which notebooks make up a project, and the module name that each one's code goes by."""

from __future__ import annotations

import keyword
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pathspec

from neutrino_lab.notebook import disk
from neutrino_lab.notebook.model import Unreadable

IGNORE_FILE = ".neutrinoignore"
BUILD_MARK = ".neutrino-build"

_MOST_IGNORE_BYTES = 100_000
# pathspec makes a regular expression of a line, and each wildcard multiplies what that may take.
_MOST_WILDCARDS = 4
_WILDCARD = re.compile(r"\*+")
_FOREIGN_FOLDERS = frozenset({"node_modules", "__pycache__"})
# A build, a virtual environment and a conda environment are known by what they hold.
_FOREIGN_MARKS = (BUILD_MARK, "pyvenv.cfg", "conda-meta")


@dataclass(frozen=True, slots=True)
class NotebookFile:
    """One notebook of a project: its file, its place below the root, its module."""

    path: Path
    relative: PurePosixPath
    module: str


@dataclass(frozen=True, slots=True)
class Project:
    """The notebooks that are served together. A path that does not exist has no sources.

    `unreadable` are files that say which notebooks those are, and cannot be read.
    """

    root: Path
    title: str
    sources: tuple[NotebookFile, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


def find(path: Path) -> Project:
    """Find the notebooks of a folder, or take the one file that is named."""
    unreadable: tuple[Unreadable, ...] = ()
    if path.is_dir():
        root = _resolved(path)
        spec, unreadable = _ignored(root)
        found = sorted(_walk(root, spec), key=lambda relative: relative.parts)
        title = root.name or "notebooks"
    else:
        # Not resolved itself: a link to a notebook keeps the name that the user chose.
        root = _resolved(path.parent)
        found = [PurePosixPath(path.name)] if _is_there(path) else []
        title = path.stem
    modules = module_names(found)
    sources = (
        NotebookFile(root / relative, relative, module)
        for relative, module in zip(found, modules, strict=True)
    )
    return Project(root, title, tuple(sources), unreadable)


def module_names(paths: Sequence[PurePosixPath]) -> list[str]:
    """Name the modules: lower-case identifiers, all different, the same for the same paths."""
    plain = [_module_name(path) for path in paths]
    taken = set(plain)
    named: set[str] = set()
    names = []
    for name in plain:
        unique, count = name, 1
        while unique in named or (count > 1 and unique in taken):
            count += 1
            unique = f"{name}_{count}"
        named.add(unique)
        names.append(unique)
    return names


def _module_name(path: PurePosixPath) -> str:
    parts = [*path.parts[:-1], path.stem]
    # NFKC is what Python makes of identifiers; macOS hands out decomposed file names.
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", "_".join(parts)).lower())
    letters = "".join(each if f"_{each}".isidentifier() else "_" for each in text)
    name = "_".join(word for word in letters.split("_") if word)
    if not name:
        return "notebook"
    if not name.isidentifier():
        name = f"nb_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def is_left_out(name: str) -> bool:
    """Tell whether a notebook's name keeps it out of a folder that is served."""
    return name.startswith("_") or name.endswith("sandbox.ipynb")


def _walk(root: Path, spec: pathspec.GitIgnoreSpec) -> Iterator[PurePosixPath]:
    """Give the notebooks below a folder, each file once, by its own place rather than a link's."""
    seen: set[str] = set()
    pending = [PurePosixPath()]
    links: list[PurePosixPath] = []
    while pending or links:
        if not pending:
            # Links come last, so that what they lead to has been found at its own place.
            pending, links = _inside(root, links), []
            continue
        place = pending.pop()
        real = os.path.realpath(root / place)
        if real in seen:
            continue
        seen.add(real)
        named = root / place
        if place.name.endswith(".ipynb") and _is_there(named) and not named.is_dir():
            yield place
            continue
        for entry in _entries(root / place):
            if _is_wanted(entry, place / entry.name, spec):
                (links if entry.is_symlink() else pending).append(place / entry.name)


def _inside(root: Path, links: list[PurePosixPath]) -> list[PurePosixPath]:
    """Give the links that do not lead out of the root, the last one first."""
    real_root = os.path.realpath(root)
    return sorted(
        (link for link in links if Path(os.path.realpath(root / link)).is_relative_to(real_root)),
        key=lambda link: link.parts,
        reverse=True,
    )


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _is_wanted(
    entry: os.DirEntry[str], relative: PurePosixPath, spec: pathspec.GitIgnoreSpec
) -> bool:
    if entry.name.startswith("."):
        return False
    if _is_folder(entry):
        return (
            entry.name not in _FOREIGN_FOLDERS
            and not spec.match_file(f"{relative}/")
            and not any(os.path.lexists(Path(entry.path, mark)) for mark in _FOREIGN_MARKS)
        )
    return (
        entry.name.endswith(".ipynb")
        and not is_left_out(entry.name)
        and not spec.match_file(str(relative))
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _ignored(root: Path) -> tuple[pathspec.GitIgnoreSpec, tuple[Unreadable, ...]]:
    """Read which notebooks are left out; what cannot be read is told, as it may leave out some."""
    found: list[Unreadable] = []
    lines: list[str] = []

    def tell(message: str, hint: str) -> None:
        found.append(Unreadable(PurePosixPath(IGNORE_FILE), "NL001", message, hint))

    try:
        lines = disk.read_text(root / IGNORE_FILE, _MOST_IGNORE_BYTES).splitlines()
    except FileNotFoundError:
        pass
    except OSError as error:
        hint = "Put a text file of patterns in its place, or take it away."
        tell(f"The file cannot be read: {error.strerror or error}.", hint)
    for number, line in enumerate(lines, 1):
        if len(_WILDCARD.findall(line)) > _MOST_WILDCARDS and not line.startswith("#"):
            message = f"Line {number} has more than {_MOST_WILDCARDS} wildcards."
            tell(message, "Write several lines instead.")
    kept = [] if found else [line for line in lines if _is_pattern(line)]
    return pathspec.GitIgnoreSpec.from_lines(kept), tuple(found)


def _is_pattern(line: str) -> bool:
    try:
        pathspec.GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False  # git passes over such lines, too
    return True


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path.absolute()
