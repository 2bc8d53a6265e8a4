"""Which modules the exported cells import: local files, followed, and what others distribute."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from neutrino_lab.declare.compiler import Compilation
from neutrino_lab.declare.diagnostics import Diagnostic, Severity
from neutrino_lab.export import hidden
from neutrino_lab.export.location import CodeLocation
from neutrino_lab.notebook import disk
from neutrino_lab.notebook.facts import Import, extract
from neutrino_lab.notebook.memory import remembered_of_same
from neutrino_lab.notebook.model import Cell, Notebook, Span
from neutrino_lab.notebook.wording import NOTHING, Worded, say

# What the build folder itself puts on the module path.
TAKEN = frozenset({"main", "runtime", "cells"})


@dataclass(frozen=True, slots=True)
class Use:
    """One import and where it stands. `module` is absolute.

    `asked_by` says what imports it without a statement, such as a pickle; empty for a statement.
    Any of `others` would do as well. No module: which one is only known when the code runs.
    """

    module: str
    names: tuple[str, ...]
    guarded: bool
    place: CodeLocation
    span: Span | None
    asked_by: Worded = NOTHING
    others: tuple[str, ...] = ()

    @property
    def top(self) -> str:
        """The top-level package of the module: `a` of `a.b`."""
        return self.module.partition(".")[0]

    @property
    def dotted(self) -> tuple[str, ...]:
        """All modules that the statement may name: `from a import b` may mean a module `a.b`."""
        return (self.module, *(f"{self.module}.{name}" for name in self.names if name != "*"))

    def finding(
        self, code: str, severity: Severity, message: Worded, *, hint: Worded
    ) -> Diagnostic:
        """Make a diagnostic of this import."""
        return self.place.finding(code, severity, message, hint=hint, span=self.span)


@dataclass(frozen=True, slots=True)
class Imports:
    """`files` are the local modules to copy; `external` what neither they nor Python provide."""

    files: tuple[PurePosixPath, ...]
    external: tuple[Use, ...]
    diagnostics: tuple[Diagnostic, ...]


def of_cells(compilation: Compilation, notebooks: Iterable[Notebook]) -> list[Use]:
    """List the imports of all cells, in their order, those that no statement says included."""
    cells = [
        (cell, str(notebook.path), facts.imports)
        for notebook in notebooks
        for cell in notebook.cells
        if (facts := compilation.facts.get((notebook.module, cell.number))) is not None
    ]
    used = hidden.libraries({i.module.partition(".")[0] for _, _, listed in cells for i in listed})
    return [use for cell, path, listed in cells for use in _of_cell(cell, path, listed, used)]


@remembered_of_same
def _of_cell(
    cell: Cell, notebook: str, listed: tuple[Import, ...], used: frozenset[str]
) -> tuple[Use, ...]:
    place = CodeLocation(notebook, cell.number, cell.id, cell.source)
    return (*_uses(listed, place, package=()), *_hidden(cell.code, used, place))


def of_pickle(path: PurePosixPath, modules: Iterable[str]) -> Iterator[Use]:
    """Yield a use of each module that a pickle among the exported files needs to be read."""
    for each in sorted(modules):
        yield Use(
            each, (), False, CodeLocation(str(path)), None, say("the pickle `{path}`", path=path)
        )


def of_script(root: Path, path: PurePosixPath) -> list[Use]:
    """The imports of a Python file that goes along because code names it."""
    return _read(root, path, PurePosixPath())[0]


def _hidden(code: str, used: frozenset[str], place: CodeLocation) -> Iterator[Use]:
    for each in hidden.of_code(code, used):
        module, *others = each.modules or ("",)
        yield Use(module, (), False, place, each.span, each.asked_by, tuple(others))


def is_inside(root: Path, place: Path) -> bool:
    """Whether a file of the project is in its folder, links followed: no other is ever copied."""
    try:
        return place.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):  # a link to itself
        return False


def leads_out(path: PurePosixPath) -> tuple[Worded, Worded]:
    """Say that a path is not inside, and what to do about it."""
    message = say(
        "`{path}` is a link that leads out of the project, and is never copied", path=path
    )
    return message, say("put the file itself into the project")


def follow(
    uses: Iterable[Use],
    root: Path,
    *,
    installed: frozenset[str],
    reserved: frozenset[str] = frozenset(),
    folders: Iterable[str] = (),
) -> Imports:
    """Sort imports into local files and the rest, following those that local files import.

    `installed` are the top-level names that distributions provide: such a name wins over a folder
    of the project that has no `__init__.py`, as it does for Python. `reserved` are those that
    runtime/ imports, which no local module may hide. `folders` are those that the code puts on
    `sys.path`, as it writes them.
    """
    search = _Search(root, installed, tuple(dict.fromkeys(folders)))
    pending = deque(uses)
    external: list[Use] = []
    reached: dict[PurePosixPath, PurePosixPath] = {}
    found: list[Diagnostic] = []
    reported: set[str] = set()
    # What Python itself provides, which most cells import over and over.
    passed: set[tuple[str, tuple[str, ...]]] = set()
    while pending:
        use = pending.popleft()
        if not use.module:  # which one it is, is only known when it runs
            external.append(use)
            continue
        if (use.module, use.names) in passed and not use.others:
            continue
        if use.others:
            use = _chosen(use, search)
        base, files = search.files(use)
        if not files and (elsewhere := search.elsewhere(use)):
            found.append(elsewhere)
            continue
        if not files:
            if use.top in sys.stdlib_module_names:
                passed.add((use.module, use.names))
            elif use.top not in {*TAKEN, "__main__"}:
                external.append(use)
            continue
        if use.top not in reported:
            reported.add(use.top)
            found += _name_findings(use, reserved)
        for path in files:
            if path not in reached:
                reached[path] = base
                nested, problems = _read(root, path, base)
                pending.extend(nested)
                found += problems
    whole, problems = _whole_packages(root, reached)
    unsound = {each.notebook for each in (*found, *problems)}
    kept = tuple(path for path in whole if str(path) not in unsound)
    return Imports(kept, tuple(external), (*found, *problems))


def _chosen(use: Use, search: _Search) -> Use:
    """Settle on the first of what would do that is installed."""
    for each in (use.module, *use.others):
        if each.partition(".")[0] in search.installed:
            return replace(use, module=each, others=())
    return replace(use, others=())


@dataclass(frozen=True, slots=True)
class _Search:
    """Where Python looks for the modules of a project."""

    root: Path
    installed: frozenset[str]
    folders: tuple[str, ...]
    _known: dict[tuple[str, ...], tuple[PurePosixPath, list[PurePosixPath]]] = field(
        default_factory=dict
    )

    def files(self, use: Use) -> tuple[PurePosixPath, list[PurePosixPath]]:
        """The files of the project that the import runs, none if it means something else, and the
        folder that they are found in."""
        dotted = (use.top, *use.dotted)
        if dotted not in self._known:
            self._known[dotted] = self._searched(use)
        return self._known[dotted]

    def _searched(self, use: Use) -> tuple[PurePosixPath, list[PurePosixPath]]:
        for base in (PurePosixPath(), *map(PurePosixPath, filter(_is_below, self.folders))):
            if files := self._files(use, base):
                return base, files
        return PurePosixPath(), []

    def elsewhere(self, use: Use) -> Diagnostic | None:
        """Say where a module is that the kernel finds and the export would not."""
        if use.top in self.installed or use.top in sys.stdlib_module_names:
            return None
        return self._beside(use) or self._outside(use)

    def _files(self, use: Use, base: PurePosixPath) -> list[PurePosixPath]:
        if not _is_module(self.root / base, use.top) and (
            use.top in self.installed or use.top in sys.stdlib_module_names
        ):
            return []
        files: list[PurePosixPath] = []
        for dotted in use.dotted:
            parts = dotted.split(".")
            for length in range(1, len(parts) + 1):
                path = base.joinpath(*parts[:length])
                for candidate in (path / "__init__.py", path.with_suffix(".py")):
                    if candidate not in files and (self.root / candidate).is_file():
                        files.append(candidate)
                        break
        return files

    def _beside(self, use: Use) -> Diagnostic | None:
        """What a cell imports from the folder of its notebook, where that is not the project's.

        A kernel runs in that folder, an app of several notebooks in that of the project.
        """
        folder = PurePosixPath(use.place.notebook).parent
        if not use.place.cell or folder == PurePosixPath():
            return None
        for each in ("", *filter(_is_below, self.folders)):
            if not _is_module(self.root / folder / each, use.top):
                continue
            parts = PurePosixPath(folder, each).parts
            return use.finding(
                "NL715",
                "warning" if use.guarded else "error",
                say(
                    "`{module}` stands beside the notebook, but a folder's app imports from "
                    "`{folder}/`",
                    module=use.top,
                    folder=self.root.name,
                ),
                hint=say(
                    "write `{name}` in the import, or export the notebook by itself",
                    name=".".join((*parts, use.module)),
                ),
            )
        return None

    def _outside(self, use: Use) -> Diagnostic | None:
        for each in self.folders:
            if _is_below(each) or not _is_module(self.root / Path(each).expanduser(), use.top):
                continue
            return use.finding(
                "NL716",
                "warning" if use.guarded else "error",
                say(
                    "`{module}` is in `{folder}`, which is no path inside the project",
                    module=use.top,
                    folder=each,
                ),
                hint=say(
                    "put it into the project, and its folder on `sys.path` by its path from there"
                ),
            )
        return None


def _is_below(folder: str) -> bool:
    return not folder.startswith(("/", "..", "~"))


def _is_module(folder: Path, name: str) -> bool:
    # `os.path` says no where a path cannot be one.
    package = folder / name / "__init__.py"
    return os.path.isfile(folder / f"{name}.py") or os.path.isfile(package)  # noqa: PTH113


def _uses(
    imports: Sequence[Import], place: CodeLocation, *, package: tuple[str, ...]
) -> Iterator[Use]:
    for each in imports:
        if each.level:
            base = package[: len(package) - each.level + 1]
            if not base:
                continue  # beyond the top, or in a cell: fails alike in the notebook
            module = ".".join((*base, each.module) if each.module else base)
        else:
            module = each.module
        yield Use(module, each.names, each.guarded, place, each.span)


def _read(
    root: Path, path: PurePosixPath, base: PurePosixPath
) -> tuple[list[Use], list[Diagnostic]]:
    """List what a module imports. `base` is the folder that it was found in."""
    place = CodeLocation(str(path))
    if problem := _unusable(root, path):
        return [], [problem]
    try:
        code = disk.read(root / path).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        hint = say("make the file readable (UTF-8), or drop the import")
        message = say("`{path}` cannot be read: {reason}", path=path, reason=reason)
        return [], [place.finding("NL711", "error", message, hint=hint)]
    facts = extract(code)
    if facts.error is not None:
        message = say(
            "`{path}` is no valid Python: {message}", path=path, message=facts.error.message
        )
        hint = say("fix line {line}; a cell imports this file", line=facts.error.span.line)
        return [], [place.finding("NL711", "error", message, hint=hint)]
    package = path.relative_to(base).parent.parts
    listed = list(_uses(facts.imports, place, package=package))
    used = hidden.libraries({use.top for use in listed})
    return [*listed, *_hidden(code, used, place)], []


def _unusable(root: Path, path: PurePosixPath) -> Diagnostic | None:
    """Why a module must not be copied."""
    if is_inside(root, root / path):
        return None
    message, hint = leads_out(path)
    return CodeLocation(str(path)).finding("NL711", "error", message, hint=hint)


def _name_findings(use: Use, reserved: frozenset[str]) -> list[Diagnostic]:
    # In the build all of these are found by one name: a local file would take the others' place,
    # whatever the notebook's kernel had imported before.
    # Folded, because `Cells/` and `cells/` are one folder on macOS and Windows.
    if use.top.casefold() in TAKEN:
        code, whose = "NL712", say("a part of every build")
    elif use.top in sys.stdlib_module_names:
        code, whose = "NL713", say("a standard module of Python")
    elif use.top in reserved:
        code, whose = "NL714", say("a library that every build runs on")
    else:
        return []
    message = say(
        "the local module `{module}` has the name of {whose}", module=use.top, whose=whose
    )
    hint = say(
        "rename it, and its import: the build could not import both by the name `{module}`",
        module=use.top,
    )
    return [use.finding(code, "error", message, hint=hint)]


def _whole_packages(
    root: Path, reached: Mapping[PurePosixPath, PurePosixPath]
) -> tuple[tuple[PurePosixPath, ...], list[Diagnostic]]:
    """The reached files, and all Python files of the packages they belong to."""
    files = set(reached)
    found: list[Diagnostic] = []
    tops = {
        base / path.relative_to(base).parts[0]
        for path, base in reached.items()
        if len(path.relative_to(base).parts) > 1
    }
    for top in tops:
        if not is_inside(root, root / top):
            continue  # told for the file that was reached
        for folder, folders, names in os.walk(root / top):
            folders[:] = [each for each in folders if _is_source(Path(folder) / each)]
            here = PurePosixPath(Path(folder).relative_to(root).as_posix())
            for name in sorted(names):
                path = here / name
                if not name.endswith(".py") or name.startswith(".") or path in files:
                    continue
                if problem := _unusable(root, path):
                    found.append(problem)
                elif (root / path).is_file():
                    files.add(path)
    return tuple(sorted(files)), found


def _is_source(folder: Path) -> bool:
    is_hidden = folder.name.startswith(".") or folder.name == "__pycache__"
    return not is_hidden and not (folder / "pyvenv.cfg").exists()
