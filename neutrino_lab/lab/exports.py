"""The build folder of a notebook, written beside it by what `neutrino build` calls too."""

from __future__ import annotations

import shlex

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.declare.diagnostics import Diagnostic, has_errors
from neutrino_lab.export import writer
from neutrino_lab.export.plan import plan
from neutrino_lab.lab import wire
from neutrino_lab.lab.contents import Contents
from neutrino_lab.lab.errors import UnsoundError
from neutrino_lab.lab.protocol import Export, ExportRequest
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.reader import read


def build(request: ExportRequest, contents: Contents) -> Export:
    """Build a notebook's folder. Raises UnsoundError, or what the writer raises."""
    file = contents.notebook(request.path)
    # As the contents name it: a link there must not lead the folder out of the root.
    out = contents.file(contents.path(file.with_name(f"{file.stem}-build")))
    project = find(file)
    notebooks = [read(each.path, each.relative, each.module) for each in project.sources]
    compilation = Compiler().compile(project.title, notebooks)
    planned = plan(compilation, project, notebooks)
    found = [*compilation.diagnostics, *planned.diagnostics]
    if has_errors(found):
        raise UnsoundError(_first(found), findings=[f.model_dump() for f in wire.findings(found)])
    writer.write(planned, out)
    folder, image = contents.path(out), _image(file.stem)
    make = shlex.join(["docker", "build", "-t", image, folder])
    return Export(
        folder=folder,
        command=f"{make} && docker run --rm -p 8000:8000 {image}",
        files=len(planned.files),
        findings=wire.findings(found),
    )


def _first(found: list[Diagnostic]) -> str:
    errors = [each for each in found if each.severity == "error"]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    where = f"cell {errors[0].cell}: " if errors[0].cell else ""
    return f"The notebook has errors: {where}{errors[0].message}{more}."


def _image(stem: str) -> str:
    letters = "".join(c if c.isascii() and c.isalnum() else "-" for c in stem.lower())
    return "-".join(filter(None, letters.split("-"))) or "notebook"
