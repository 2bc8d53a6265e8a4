"""Which further files of the project go along: what cells open, and what the options name."""

from __future__ import annotations

import os
import posixpath
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export import keys, literal_paths
from neutrino_lab.export.globs import Glob
from neutrino_lab.export.imports import is_inside, leads_out
from neutrino_lab.export.literal_paths import Opened, Paths
from neutrino_lab.export.location import CodeLocation
from neutrino_lab.notebook import disk
from neutrino_lab.notebook.model import Notebook, Span
from neutrino_lab.notebook.project import BUILD_MARK
from neutrino_lab.notebook.wording import Worded, say

LIMIT_BYTES = 100_000_000

# Never copied, even if an option names them: credentials, and notebooks, which hold their outputs.
PRIVATE_FILES = (
    *(".env", ".env.*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks"),
    *("*.keystore", "*.kdbx"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.ppk", "authorized_keys"),
    *(".netrc", "_netrc", ".pgpass", ".pypirc", ".npmrc", ".htpasswd", ".git-credentials"),
    *("credentials", "credentials.*", "client_secret*.json", "*service[_-]account*.json"),
    *("*credentials.json", "keys.json", "token.json", "tokens.json", "token.pickle", "auth.json"),
    *("local_settings.*", "local.settings.json", "secret.*", "secrets.*", "*[_-]secrets.*"),
    *(".bash_history", ".zsh_history", ".python_history", ".*_history", ".boto", ".s3cfg"),
    *("*.tfstate", "*.tfstate.*", "*.tfvars", "*.ovpn", "*.gpg", "*.age", "*.asc", ".dockercfg"),
    *("kubeconfig", "*.kubeconfig", "*.ipynb"),
)
PRIVATE_FOLDERS = frozenset(
    {".git", ".hg", ".svn", ".ipynb_checkpoints", ".aws", ".ssh", ".gnupg", ".kube", ".docker"}
)
_FOREIGN = frozenset({"__pycache__", "node_modules", ".venv", ".mypy_cache", ".pytest_cache"})
_OURS = frozenset(
    {
        *("main.py", "cells", "runtime", "requirements.txt", "requirements.lock", "uv.lock"),
        *("pyproject.toml", "sbom.cdx.json", "dockerfile", ".dockerignore", "readme.md"),
        *("compose.yaml", ".env.example", BUILD_MARK),
    }
)
_CODE = frozenset({"py", "pyc", "so", "pyd"})
_ROBOT = re.compile(r'"type":\s{0,9}"service_account"')
# As much of a text is searched for keys; what is longer is data.
_MOST_SEARCHED_BYTES = 10_000_000
_LIKE_A_FILE = re.compile(r"[^\s]*[^/\s]\.[A-Za-z]\w{0,7}")


@dataclass(frozen=True, slots=True)
class Files:
    """Paths below the project's folder, sorted, and what is to be said about others."""

    paths: tuple[PurePosixPath, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One path that is asked for, and where that is written."""

    path: str
    place: CodeLocation
    span: Span | None = None
    is_certain: bool = True
    may_be_folder: bool = True
    is_pattern: bool = False
    # A person named it, and may name what is large.
    is_named: bool = False


def gather(  # noqa: PLR0913 - what decides which files go along, by name
    notebooks: Iterable[Notebook],
    modules: Iterable[PurePosixPath],
    root: Path,
    named: Iterable[str] = (),
    *,
    limit_bytes: int = LIMIT_BYTES,
    reserved: frozenset[str] = frozenset(),
) -> Files:
    """Find the files; `named` are paths or patterns of the options, `modules` local code.

    `reserved` are the modules that runtime/ imports, besides those of Python.
    """
    readable = list(notebooks)
    collection = _Collection(root.resolve(), limit_bytes, reserved | sys.stdlib_module_names)
    written: set[str] = set()
    asked: list[_Asked] = []
    taken: set[tuple[str, bool, bool]] = set()
    for place, paths in [*_of_cells(readable), *_of_modules(root, modules)]:
        written |= paths.written
        for each in paths.opened:
            what = each.path, each.is_certain, each.may_be_folder
            # A pattern is told at each of its places, a path at the first one.
            if not each.is_pattern:
                if what in taken:
                    continue
                taken.add(what)
            asked.append(_asked(place, each))
        for span in paths.unknown:
            collection.tell_unknown(_Asked("", place, span))
    for one in asked:
        collection.take(one, is_written=posixpath.normpath(one.path) in written)
    whole = CodeLocation(str(readable[0].path)) if readable else CodeLocation("")
    for pattern in named:
        collection.take_all(pattern, whole)
    return Files(tuple(sorted(collection.paths)), tuple(collection.found))


def is_private(path: PurePosixPath) -> bool:
    """Whether a file must not leave, by its name or by a folder it is in."""
    if any(part.lower() in PRIVATE_FOLDERS for part in path.parts):
        return True
    name = path.name.lower()
    return any(fnmatchcase(name, each) for each in PRIVATE_FILES) and name != ".env.example"


def _of_cells(notebooks: Iterable[Notebook]) -> Iterator[tuple[CodeLocation, Paths]]:
    for notebook in notebooks:
        for cell, paths in literal_paths.of_cells(notebook.cells):
            yield CodeLocation.of(notebook, cell), paths


def _of_modules(root: Path, paths: Iterable[PurePosixPath]) -> Iterator[tuple[CodeLocation, Paths]]:
    for path in paths:
        code = disk.read_text(root / path)
        yield CodeLocation(str(path)), literal_paths.of_file(code, str(path))


def _asked(place: CodeLocation, opened: Opened) -> _Asked:
    return _Asked(
        opened.path,
        place,
        opened.span,
        opened.is_certain,
        opened.may_be_folder,
        opened.is_pattern,
    )


class _Collection:
    """What has been found so far; every path is judged, and told, once."""

    def __init__(self, root: Path, limit_bytes: int, modules: frozenset[str]) -> None:
        self.paths: set[PurePosixPath] = set()
        self.found: list[Diagnostic] = []
        self._root = root
        self._limit_bytes = limit_bytes
        self._modules = modules
        self._told: set[tuple[str, str]] = set()
        self._listed: list[PurePosixPath] | None = None

    def take(self, asked: _Asked, *, is_written: bool) -> None:
        """Take what a literal path leads to."""
        text = asked.path
        if not _may_be_path(text):
            return
        relative = posixpath.normpath(text)
        if asked.is_pattern and not relative.startswith(("..", "/", "~")):
            if not self._take_matches(relative, asked) and asked.is_certain and not is_written:
                self.tell_unknown(asked)
            return
        place = self._root / relative
        exists = os.path.exists(place)  # noqa: PTH110 - says no where a path cannot be one
        if posixpath.isabs(relative) or relative.startswith(("..", "~")):
            outside = posixpath.isabs(relative) and exists and place.is_file()
            if asked.is_certain and (outside or _LIKE_A_FILE.fullmatch(text)):
                self._tell(
                    asked,
                    "NL742",
                    say(
                        "`{text}` is no path inside the project, and is not there in a container",
                        text=text,
                    ),
                    say("put the file beside the notebook, and write its path from there"),
                )
            return
        if not exists:
            if asked.is_certain and not is_written and _LIKE_A_FILE.fullmatch(text):
                self._tell(
                    asked, "NL741", say("there is no file `{text}`", text=text), self._hint(asked)
                )
        elif place.is_dir():
            if asked.may_be_folder and relative != ".":
                self._take_folder(PurePosixPath(relative), asked)
        elif asked.is_certain or "/" in text or "." in text:
            self._take_file(PurePosixPath(relative), asked)

    def take_all(self, pattern: str, whole: CodeLocation) -> None:
        """Take what a path or a pattern of the options names."""
        asked = _Asked(pattern, whole, is_named=True)
        if not self._take_matches(pattern, asked):
            self._tell(
                asked,
                "NL741",
                say(
                    "`{pattern}`, which the export is to take along, matches no file",
                    pattern=pattern,
                ),
                say("fix the path in the options of the export; it starts at the project's folder"),
            )

    def _take_matches(self, pattern: str, asked: _Asked) -> bool:
        """Take what matches a pattern, and say whether anything does."""
        text = posixpath.normpath(pattern)
        is_found = False
        for relative in self._matching(text):
            is_found = True
            if (self._root / relative).is_dir():
                self._take_folder(relative, asked)
            elif not _is_foreign(self._root, relative):
                self._take_file(relative, asked)
        return is_found

    def _matching(self, text: str) -> list[PurePosixPath]:
        if not any(mark in text for mark in "*?["):
            relative = PurePosixPath(text)
            return [relative] if os.path.lexists(self._root / relative) else []
        glob = Glob(text)
        if self._listed is None:
            self._listed = list(_entries(self._root))
        return [path for path in self._listed if glob.matches(path)]

    def tell_unknown(self, asked: _Asked) -> None:
        """Name a place where code opens what cannot be told from its text."""
        self._tell(
            asked,
            "NL746",
            say("which file this opens is only known when it runs, so none goes along"),
            say("name the file in the files of the export (`--file`), if the service needs it"),
            once=False,
        )

    def _take_folder(self, folder: PurePosixPath, asked: _Asked) -> None:
        if (self._root / folder).is_symlink() and not is_inside(self._root, self._root / folder):
            self._outside(folder, asked)
            return
        for parent, folders, names in os.walk(self._root / folder):
            here = PurePosixPath(Path(parent).relative_to(self._root).as_posix())
            for name in list(folders):
                if name.lower() in PRIVATE_FOLDERS:
                    self._private(here / name, asked)
                    folders.remove(name)
                elif _is_foreign(self._root, here / name):
                    folders.remove(name)
                elif Path(parent, name).is_symlink():
                    self._outside(here / name, asked)
            for name in sorted(names):
                self._take_file(here / name, asked)

    def _take_file(self, path: PurePosixPath, asked: _Asked) -> None:
        place = self._root / path
        if path in self.paths:
            return
        if not is_inside(self._root, place):
            self._outside(path, asked)
        elif not place.is_file():
            self._tell(
                asked,
                "NL742",
                say("`{path}` is no ordinary file, and cannot be copied", path=path),
                say("put a file in its place, or have the service make it"),
            )
        elif is_private(path):
            self._private(path, asked)
        elif _holds_key(place):
            self._private(path, asked, holds_key=True)
        elif path.parts[0].lower() in _OURS:
            self._tell(
                asked,
                "NL745",
                say("`{path}` has the name of a file of the build, and stays out", path=path),
                say("rename it; the build folder has its own file of this name"),
            )
        elif (module := _module(self._root, path)) in self._modules:
            self._tell(
                asked,
                "NL745",
                say(
                    "`{path}` would be imported in the place of `{module}`, and stays out",
                    path=path,
                    module=module,
                ),
                say("rename it; Python, or what every build runs on, has a module of this name"),
            )
        elif not asked.is_named and (size := place.stat().st_size) > self._limit_bytes:
            self._tell(
                asked,
                "NL743",
                say(
                    "`{path}` is too large to be taken along unasked ({size} MB)",
                    path=path,
                    size=f"{size / 1e6:,.0f}",
                ),
                say("name it in the files of the export, or fetch it when the service starts"),
            )
        else:
            self.paths.add(path)

    def _outside(self, path: PurePosixPath, asked: _Asked) -> None:
        self._tell(asked, "NL742", *leads_out(path))

    def _private(self, path: PurePosixPath, asked: _Asked, *, holds_key: bool = False) -> None:
        hint = say("give secrets to the container: `docker run --env-file`, or a mounted file")
        if path.suffix == ".ipynb":
            hint = say("write what is needed of it into a file of its own")
        message = say("`{path}` never goes into an image", path=path)
        if holds_key:
            message = say(
                "`{path}` never goes into an image, for it holds what looks like a key", path=path
            )
        self._tell(asked, "NL744", message, hint)

    def _hint(self, asked: _Asked) -> Worded:
        beside = PurePosixPath(asked.place.notebook).parent / asked.path
        if beside.parent != PurePosixPath() and os.path.exists(self._root / beside):  # noqa: PTH110
            return say(
                "write `{path}`: an app runs in the folder of the whole project", path=beside
            )
        return say("a cell opens it: put it into the project, or make it before it is read")

    def _tell(
        self, asked: _Asked, code: str, message: Worded, hint: Worded, *, once: bool = True
    ) -> None:
        if not once or (code, message) not in self._told:
            self._told.add((code, message))
            self.found.append(
                asked.place.finding(code, "warning", message, hint=hint, span=asked.span)
            )


def _may_be_path(text: str) -> bool:
    return 0 < len(text) < 1000 and text.isprintable() and "://" not in text


def _entries(root: Path) -> Iterator[PurePosixPath]:
    """All files and folders of the project that patterns may mean, links not followed."""
    for parent, folders, names in os.walk(root):
        here = PurePosixPath(Path(parent).relative_to(root).as_posix())
        folders[:] = sorted(each for each in folders if not _is_foreign(root, here / each))
        yield from (here / name for name in (*folders, *sorted(names)))


def _is_foreign(root: Path, path: PurePosixPath) -> bool:
    """Whether it lies in what is no part of the project: caches, environments, builds."""
    folders = [each for each in (path, *path.parents) if each != PurePosixPath()]
    return any(
        each.name in _FOREIGN
        or (root / each / "pyvenv.cfg").exists()
        or (root / each / BUILD_MARK).exists()
        for each in folders
    )


def _module(root: Path, path: PurePosixPath) -> str:
    """The top-level module that a file is, or is a part of; empty where it is none."""
    top = path.parts[0]
    if len(path.parts) > 1:
        return top if (root / top / "__init__.py").is_file() else ""
    name, _, rest = top.partition(".")
    return name if rest.rpartition(".")[2] in _CODE else ""


def _holds_key(place: Path) -> bool:
    """Whether a file holds what looks like a key, as that of a service account does."""
    with disk.opened(place) as file:
        text = file.read(_MOST_SEARCHED_BYTES).decode("latin-1")
    if "\0" in text[:8192]:  # no text, in which chance makes anything
        return bool(keys.PRIVATE_KEY.search(text))
    return _ROBOT.search(text) is not None or any(keys.shaped(text))
