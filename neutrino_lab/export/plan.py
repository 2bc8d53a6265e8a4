"""What a build folder will hold, worked out without writing anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

from neutrino_lab import runtime
from neutrino_lab.declare.compiler import Compilation
from neutrino_lab.declare.diagnostics import Diagnostic, has_errors
from neutrino_lab.declare.grammar import kind_for
from neutrino_lab.export import (
    documents,
    files,
    image,
    imports,
    installed,
    leaks,
    manifest,
    module_folders,
    pickles,
    ray,
    replicas,
    requirements,
    variables,
)
from neutrino_lab.export.location import CodeLocation
from neutrino_lab.export.lock import HASHED, Lock, Locked, unlocked
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.export.planned import Plan, PlannedFile
from neutrino_lab.export.source import main_source
from neutrino_lab.notebook import disk
from neutrino_lab.notebook.blocks import of_each
from neutrino_lab.notebook.memory import uncollected
from neutrino_lab.notebook.model import Cell, Notebook, Unreadable
from neutrino_lab.notebook.project import Project
from neutrino_lab.notebook.wording import say
from neutrino_lab.runtime.cell_file import join

# What is about the image, and of no use in it.
_OUTSIDE = frozenset({".env.example", "Dockerfile", "README.md", "compose.yaml"})


def plan(  # noqa: PLR0913 - what a folder depends on, by name
    compilation: Compilation,
    project: Project,
    notebooks: Iterable[Notebook | Unreadable],
    options: BuildOptions | None = None,
    *,
    environment: installed.Installed | None = None,
    lock: Lock | None = None,
) -> Plan:
    """Work out the folder, reading local modules; the same input gives the same bytes.

    `options` are in their checked form. `environment` is where versions come from, that of this
    interpreter unless told otherwise, and its Python is the image's where the options name none.
    `lock` adds the exact versions and hashes of everything needed; without it there are only the
    pins.
    """
    readable = [each for each in notebooks if isinstance(each, Notebook)]
    options = options or BuildOptions()
    with uncollected():
        environment = installed.scan() if environment is None else environment
        options = replace(options, python=options.python or environment.minor)
        needed = _needed(compilation, project, readable, options, environment)
    packages = needed.packages
    if has_errors(needed.diagnostics) or has_errors(compilation.diagnostics):
        return Plan((), needed.diagnostics, project.root, packages.lines)
    # Asking an index may take minutes: too long for the collector to be held back.
    locked = _locked(
        lock,
        compilation.app.title,
        readable,
        options,
        environment=environment,
        packages=packages,
    )
    diagnostics = tuple(sorted((*needed.diagnostics, *locked.diagnostics), key=_place))
    with uncollected():
        made = _files(compilation, project, readable, options, needed=needed, locked=locked)
    return Plan(made, diagnostics, project.root, packages.lines)


@dataclass(frozen=True, slots=True)
class _Needed:
    """What the cells need: local modules with their content, data files, and packages."""

    modules: Mapping[PurePosixPath, bytes]
    data: tuple[PurePosixPath, ...]
    packages: requirements.Requirements
    diagnostics: tuple[Diagnostic, ...]


def _needed(
    compilation: Compilation,
    project: Project,
    readable: list[Notebook],
    options: BuildOptions,
    environment: installed.Installed,
) -> _Needed:
    reserved = requirements.reserved(environment)
    installed_tops = frozenset(environment.by_top)
    folders = [
        folder for notebook in readable for folder in module_folders.of_cells(notebook.cells)
    ]
    follow = partial(
        imports.follow,
        root=project.root,
        installed=installed_tops,
        reserved=reserved,
        folders=folders,
    )
    uses = imports.of_cells(compilation, readable)
    used = follow(uses)
    read = {each for e in compilation.app.endpoints for each in kind_for(e).files(e)}
    gather = partial(
        files.gather,
        readable,
        root=project.root,
        named=(*options.files, *sorted(read - {*options.files})),
        limit_bytes=options.max_file_mb * 1_000_000,
        reserved=reserved,
    )
    data = gather(used.files)
    more = [use for path in data.paths for use in _named_later(project.root, path, installed_tops)]
    if more:
        used = follow([*uses, *more])
        data = gather(used.files)
    declared = {each for e in compilation.app.endpoints for each in kind_for(e).packages(e)}
    needs = requirements.gather(
        used.external,
        readable,
        environment,
        declared=sorted({*declared, *replicas.packages(options)}),
    )
    modules = {path: disk.read(project.root / path) for path in used.files}
    own_files = [(CodeLocation(str(p)), t.decode("utf-8", "replace")) for p, t in modules.items()]
    leaked = leaks.find(readable, own_files)
    found = (*used.diagnostics, *needs.diagnostics, *leaked, *data.diagnostics)
    paths = tuple(path for path in data.paths if path not in modules)
    return _Needed(modules, paths, needs, tuple(sorted(found, key=_place)))


def _locked(  # noqa: PLR0913 - what a lock depends on, by name
    lock: Lock | None,
    title: str,
    readable: list[Notebook],
    options: BuildOptions,
    *,
    environment: installed.Installed,
    packages: requirements.Requirements,
) -> Locked:
    if not lock or not readable:
        return Locked()
    place = CodeLocation(str(readable[0].path))
    if options.python not in {"", environment.minor}:
        return unlocked(
            place,
            say(
                "the image's Python {version} is not the kernel's {own}",
                version=options.python,
                own=environment.minor,
            ),
            say("export for the kernel's Python, or choose a kernel of the other one"),
        )
    return lock(title, packages, environment, place)


def _files(  # noqa: PLR0913 - what the files hold, by name
    compilation: Compilation,
    project: Project,
    readable: list[Notebook],
    options: BuildOptions,
    *,
    needed: _Needed,
    locked: Locked,
) -> tuple[PlannedFile, ...]:
    app = compilation.app
    own = variables.of_cells(readable)
    names = (*variables.RUNTIME, *own)
    clusters = {
        **replicas.files(options, title=app.title, variables=names),
        **ray.files(options, title=app.title, variables=names),
    }
    texts = {
        "main.py": main_source(app),
        "requirements.txt": "\n".join((*locked.options, needed.packages.text)),
        "Dockerfile": image.dockerfile(
            options,
            title=app.title,
            description=app.description.partition("\n\n")[0],
            requirements=HASHED if locked.files else "requirements.txt",
        ),
        "compose.yaml": image.compose(options, title=app.title, variables=names),
        ".env.example": variables.example(names),
        "README.md": documents.readme(
            app,
            options=options,
            modules=tuple(needed.modules),
            files=needed.data,
            variables=own,
            about=_about(compilation),
        ),
        **clusters,
    }
    made = [PlannedFile(PurePosixPath(name), text.encode()) for name, text in texts.items()]
    made += [PlannedFile(PurePosixPath("cells", f"{n.module}.py"), _cells(n)) for n in readable]
    made += [PlannedFile(path, content) for path, content in needed.modules.items()]
    made += [PlannedFile(path, source=(project.root / path).resolve()) for path in needed.data]
    made += [PlannedFile(PurePosixPath(name), text) for name, text in locked.files.items()]
    made += _runtime()
    outside = {PurePosixPath(name) for name in (*_OUTSIDE, *clusters)}
    tops = {file.path.parts[0] for file in made if file.path not in outside}
    ignored = image.dockerignore(tops).encode()
    made.append(PlannedFile(PurePosixPath(".dockerignore"), ignored))
    made.sort(key=lambda file: file.path)
    made.append(PlannedFile(manifest.MARKER, manifest.render(made)))
    made.sort(key=lambda file: file.path)
    return tuple(made)


def _place(found: Diagnostic) -> tuple[str, int, int]:
    return found.notebook, found.cell, found.span.line if found.span else 0


def _named_later(root: Path, path: PurePosixPath, tops: frozenset[str]) -> Iterable[imports.Use]:
    """What a file imports when it is unpickled, or run."""
    if path.suffix == ".py":
        return imports.of_script(root, path)
    found = pickles.modules(root / path, lambda module: module.partition(".")[0] in tops)
    return imports.of_pickle(path, found)


def _cells(notebook: Notebook) -> bytes:
    """The code of a notebook as one file, without the cells that hold none."""
    return "\n".join(text for _, text in _joined(notebook.cells)).encode()


@of_each
def _joined(cell: Cell) -> str:
    """A cell as it stands in that file; empty where it holds no code."""
    code = _without_magics(cell)
    return join([(cell.number, code)]) if code.strip() else ""


def _without_magics(cell: Cell) -> str:
    """The code of a cell with nothing of its magics, which may hold keys; a service runs none."""
    lines = cell.code.split("\n")
    for magic in cell.magics:
        first = magic.line - 1
        for index in range(first, min(first + 1 + magic.text.count("\n"), len(lines))):
            text = lines[index].lstrip()
            if text.startswith("pass"):
                lines[index] = lines[index][: -len(text)] + "pass"
            elif text.startswith("#"):
                lines[index] = ""
    return "\n".join(lines)


def _runtime() -> list[PlannedFile]:
    """The files of runtime/, byte for byte."""
    folder = Path(runtime.__path__[0])
    return [
        PlannedFile(PurePosixPath("runtime", *path.relative_to(folder).parts), path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    ]


def _about(compilation: Compilation) -> dict[tuple[str, int], str]:
    """The first line of each endpoint's docstring."""
    about = {}
    for endpoint in compilation.app.endpoints:
        facts = compilation.facts.get((endpoint.module, endpoint.cell))
        for function in facts.functions if facts else ():
            if function.name == endpoint.name and function.docstring.strip():
                first = function.docstring.strip().splitlines()[0]
                about[endpoint.function, endpoint.cell] = first
    return about
