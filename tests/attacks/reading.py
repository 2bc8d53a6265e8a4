"""Reads hostile projects as `neutrino check` and `neutrino build` do."""

from __future__ import annotations

from pathlib import Path

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export import draft
from neutrino_lab.export.draft import Draft
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.reader import read_all


def findings(path: Path) -> list[Diagnostic]:
    """What `neutrino check` tells of a notebook or a folder."""
    project = find(path)
    return list(Compiler().compile(project.title, read_all(project)).diagnostics)


def drafted(path: Path, options: BuildOptions | None = None) -> Draft:
    """What `neutrino build` would write, without a lock."""
    return draft.draft(find(path), options or BuildOptions(), draft.Stages())
