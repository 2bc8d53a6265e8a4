"""Which notebooks make up a project, and the module name that each one's code goes by."""

from __future__ import annotations

import keyword
import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pathspec

IGNORE_FILE = ".neutrinoignore"
BUILD_MARK = ".neutrino-build"

_FOREIGN_FOLDERS = frozenset({"node_modules", "__pycache__"})
# A build, a virtual environment and a conda environment are known by what they hold.
_FOREIGN_MARKS = (BUILD_MARK, "pyvenv.cfg", "conda-meta")


@dataclass(frozen=True, slots=True)
class Source:
    """One notebook of a project: its file, its place below the root, its module."""

    path: Path
    relative: PurePosixPath
    module: str


@dataclass(frozen=True, slots=True)
class Project:
    """The notebooks that are served together. A path that does not exist has no sources."""

    root: Path
    title: str
    sources: tuple[Source, ...] = ()


def find(path: Path) -> Project:
    """Find the notebooks of a folder, or take the one file that is named."""
    if path.is_dir():
        root = _resolved(path)
        found = sorted(_walk(root), key=lambda relative: relative.parts)
        title = root.name or "notebooks"
    else:
        # Not resolved itself: a link to a notebook keeps the name that the user chose.
        root = _resolved(path.parent)
        found = [PurePosixPath(path.name)] if _is_there(path) else []
        title = path.stem
    modules = module_names(found)
    sources = (
        Source(root / relative, relative, module)
        for relative, module in zip(found, modules, strict=True)
    )
    return Project(root=root, title=title, sources=tuple(sources))


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


def _walk(root: Path) -> Iterator[PurePosixPath]:
    """Give the notebooks below a folder, each file once, by its own place rather than a link's."""
    spec = _ignored(root)
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
        if place.name.endswith(".ipynb") and (root / place).is_file():
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


def _ignored(root: Path) -> pathspec.GitIgnoreSpec:
    try:
        lines = (root / IGNORE_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return pathspec.GitIgnoreSpec.from_lines([line for line in lines if _is_pattern(line)])


def _is_pattern(line: str) -> bool:
    try:
        pathspec.GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
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
