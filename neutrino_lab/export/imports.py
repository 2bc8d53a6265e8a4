"""Which modules the exported cells import: local files, followed, and what others distribute."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from neutrino_lab.declare.compiler import Compilation
from neutrino_lab.declare.diagnostics import Diagnostic, Severity
from neutrino_lab.notebook.facts import Import, extract
from neutrino_lab.notebook.model import Notebook, Span

# What the build folder itself puts on the module path.
TAKEN = frozenset({"main", "runtime", "cells"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written: a cell, or (cell 0) a file of the project."""

    notebook: str
    cell: int = 0
    cell_id: str = ""
    source: str = ""

    def finding(
        self, code: str, severity: Severity, message: str, *, hint: str, span: Span | None = None
    ) -> Diagnostic:
        return Diagnostic(
            code=code,
            severity=severity,
            message=message,
            hint=hint,
            notebook=self.notebook,
            cell=self.cell,
            cell_id=self.cell_id,
            span=span,
            source=self.source,
        )


@dataclass(frozen=True, slots=True)
class Use:
    """One import statement and where it stands. `module` is absolute."""

    module: str
    names: tuple[str, ...]
    guarded: bool
    place: Place
    span: Span

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    @property
    def dotted(self) -> tuple[str, ...]:
        """All modules that the statement may name: `from a import b` may mean a module `a.b`."""
        return (self.module, *(f"{self.module}.{name}" for name in self.names if name != "*"))


@dataclass(frozen=True, slots=True)
class Imports:
    """`files` are the local modules to copy; `external` what neither they nor Python provide."""

    files: tuple[PurePosixPath, ...]
    external: tuple[Use, ...]
    diagnostics: tuple[Diagnostic, ...]


def of_cells(compilation: Compilation, notebooks: Iterable[Notebook]) -> Iterator[Use]:
    """List the imports of all cells, in their order."""
    for notebook in notebooks:
        for cell in notebook.cells:
            facts = compilation.facts.get((notebook.module, cell.number))
            if facts is not None and facts.imports:
                place = Place(str(notebook.path), cell.number, cell.id, cell.source)
                yield from _uses(facts.imports, place, package=())


def follow(
    uses: Iterable[Use],
    root: Path,
    *,
    installed: frozenset[str],
    reserved: frozenset[str] = frozenset(),
) -> Imports:
    """Sort imports into local files and the rest, following those that local files import.

    `installed` are the top-level names that distributions provide: such a name wins over a folder
    of the project that has no `__init__.py`, as it does for Python. `reserved` are those that
    runtime/ imports, which no local module may hide.
    """
    pending = deque(uses)
    external: list[Use] = []
    reached: set[PurePosixPath] = set()
    found: list[Diagnostic] = []
    reported: set[str] = set()
    while pending:
        use = pending.popleft()
        files = _local_files(use, root, installed)
        if not files and (beside := _beside(use, root, installed)):
            found.append(beside)
            continue
        if not files:
            if use.top not in sys.stdlib_module_names and use.top not in TAKEN:
                external.append(use)
            continue
        if use.top not in reported:
            reported.add(use.top)
            found += _name_findings(use, reserved)
        for path in files:
            if path not in reached:
                reached.add(path)
                nested, problems = _read(root, path)
                pending.extend(nested)
                found += problems
    return Imports(_whole_packages(root, reached), tuple(external), tuple(found))


def _uses(imports: Sequence[Import], place: Place, *, package: tuple[str, ...]) -> Iterator[Use]:
    for each in imports:
        if each.level:
            base = package[: len(package) - each.level + 1]
            if not base:
                continue  # beyond the top, or in a cell: fails alike in the notebook
            module = ".".join((*base, each.module) if each.module else base)
        else:
            module = each.module
        yield Use(module, each.names, each.guarded, place, each.span)


def _local_files(use: Use, root: Path, installed: frozenset[str]) -> list[PurePosixPath]:
    """The files of the project that the import runs, none if it means something else."""
    is_plain = (root / f"{use.top}.py").is_file() or (root / use.top / "__init__.py").is_file()
    if not is_plain and (use.top in installed or use.top in sys.stdlib_module_names):
        return []
    files: list[PurePosixPath] = []
    for dotted in use.dotted:
        parts = dotted.split(".")
        for length in range(1, len(parts) + 1):
            path = PurePosixPath(*parts[:length])
            for candidate in (path / "__init__.py", path.with_suffix(".py")):
                if candidate not in files and (root / candidate).is_file():
                    files.append(candidate)
                    break
    return files


def _beside(use: Use, root: Path, installed: frozenset[str]) -> Diagnostic | None:
    """What a cell imports from the folder of its notebook, where that is not the project's.

    A kernel runs in that folder, an app of several notebooks in that of the project; and an index
    may have a package of this name that is somebody else's.
    """
    folder = PurePosixPath(use.place.notebook).parent
    if not use.place.cell or use.top in installed or use.top in sys.stdlib_module_names:
        return None
    here = root / folder
    is_there = (here / f"{use.top}.py").is_file() or (here / use.top / "__init__.py").is_file()
    if folder == PurePosixPath() or not is_there:
        return None
    dotted = ".".join((*folder.parts, use.module))
    return use.place.finding(
        "NL715",
        "warning" if use.guarded else "error",
        f"`{use.top}` stands beside the notebook, but a folder's app imports from `{root.name}/`",
        hint=f"write `{dotted}` in the import, or export the notebook by itself",
        span=use.span,
    )


def _read(root: Path, path: PurePosixPath) -> tuple[list[Use], list[Diagnostic]]:
    place = Place(str(path))
    try:
        facts = extract((root / path).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        hint = "make the file readable (UTF-8), or drop the import"
        return [], [place.finding("NL711", "error", f"`{path}` cannot be read: {error}", hint=hint)]
    if facts.error is not None:
        message = f"`{path}` is no valid Python: {facts.error.message}"
        hint = f"mend line {facts.error.span.line}; a cell imports this file"
        return [], [place.finding("NL711", "error", message, hint=hint)]
    package = path.parent.parts
    return list(_uses(facts.imports, place, package=package)), []


def _name_findings(use: Use, reserved: frozenset[str]) -> list[Diagnostic]:
    # In the build all of these are found by one name: a local file would take the others' place,
    # whatever the notebook's kernel had imported before.
    # Folded, because `Cells/` and `cells/` are one folder on macOS and Windows.
    if use.top.casefold() in TAKEN:
        code, whose = "NL712", "a part of every build"
    elif use.top in sys.stdlib_module_names:
        code, whose = "NL713", "a standard module of Python"
    elif use.top in reserved:
        code, whose = "NL714", "a library that every build runs on"
    else:
        return []
    message = f"the local module `{use.top}` has the name of {whose}"
    hint = f"rename it, and its import: the build could not import both by the name `{use.top}`"
    return [use.place.finding(code, "error", message, hint=hint, span=use.span)]


def _whole_packages(root: Path, reached: set[PurePosixPath]) -> tuple[PurePosixPath, ...]:
    """The reached files, and all Python files of the packages they belong to."""
    files = set(reached)
    for top in {path.parts[0] for path in reached if len(path.parts) > 1}:
        for folder, folders, names in os.walk(root / top):
            folders[:] = [each for each in folders if _is_source(Path(folder) / each)]
            relative = PurePosixPath(Path(folder).relative_to(root).as_posix())
            files |= {relative / n for n in names if n.endswith(".py") and not n.startswith(".")}
    return tuple(sorted(files))


def _is_source(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name == "__pycache__"
    return not hidden and not (folder / "pyvenv.cfg").exists()
