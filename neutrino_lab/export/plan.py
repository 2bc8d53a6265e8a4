"""What a build folder will hold, worked out without writing anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from neutrino_lab import runtime
from neutrino_lab.declare.compiler import Compilation
from neutrino_lab.declare.diagnostics import Diagnostic, has_errors
from neutrino_lab.export import documents, imports, installed, manifest, requirements
from neutrino_lab.export.source import main_source
from neutrino_lab.notebook.model import Notebook, Unreadable
from neutrino_lab.notebook.project import Project
from neutrino_lab.runtime.program import join


@dataclass(frozen=True, slots=True)
class PlannedFile:
    path: PurePosixPath
    content: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """The files of a build, sorted by path, and what the export has to say about the cells.

    `files` is empty where there is an error, in the notebooks or in `diagnostics`; those of the
    compilation are not repeated. `root` is the project's folder, which no build may replace.
    """

    files: tuple[PlannedFile, ...]
    diagnostics: tuple[Diagnostic, ...]
    root: Path


def plan(
    compilation: Compilation,
    project: Project,
    notebooks: Iterable[Notebook | Unreadable],
    *,
    python: str = "",
    environment: installed.Installed | None = None,
) -> Plan:
    """Work out the folder, reading local modules; the same input gives the same bytes.

    `environment` is where versions come from, that of this interpreter unless told otherwise;
    `python` is the image's, that of the environment unless told otherwise.
    """
    readable = [each for each in notebooks if isinstance(each, Notebook)]
    environment = installed.scan() if environment is None else environment
    python = python or environment.minor
    used = imports.follow(
        imports.of_cells(compilation, readable),
        project.root,
        installed=frozenset(environment.by_top),
    )
    needs = requirements.gather(used.external, readable, environment)
    diagnostics = tuple(sorted((*used.diagnostics, *needs.diagnostics), key=_place))
    if has_errors(diagnostics) or has_errors(compilation.diagnostics):
        return Plan((), diagnostics, project.root)
    app = compilation.app
    texts = {
        "main.py": main_source(app),
        "requirements.txt": needs.text,
        "Dockerfile": documents.dockerfile(python),
        "README.md": documents.readme(
            app, python=python, modules=used.files, about=_about(compilation)
        ),
    }
    contents = {PurePosixPath(name): text.encode() for name, text in texts.items()}
    contents |= {PurePosixPath("cells", f"{each.module}.py"): _cells(each) for each in readable}
    contents |= {path: (project.root / path).read_bytes() for path in used.files}
    contents |= _runtime()
    image = {path.parts[0] for path in contents} - {"Dockerfile", "README.md"}
    contents[PurePosixPath(".dockerignore")] = documents.dockerignore(image).encode()
    files = sorted(contents.items())
    files.append((manifest.MARKER, manifest.render(files)))
    return Plan(tuple(PlannedFile(*each) for each in sorted(files)), diagnostics, project.root)


def _place(found: Diagnostic) -> tuple[str, int, int]:
    return found.notebook, found.cell, found.span.line if found.span else 0


def _cells(notebook: Notebook) -> bytes:
    """The code of a notebook as one file, without the cells that hold none."""
    return join((each.number, each.code) for each in notebook.cells if each.code.strip()).encode()


def _runtime() -> dict[PurePosixPath, bytes]:
    """The files of runtime/, byte for byte."""
    folder = Path(runtime.__path__[0])
    return {
        PurePosixPath("runtime", *path.relative_to(folder).parts): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


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
