"""Small projects on the disk, compiled and planned as `neutrino build` does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.declare.diagnostics import has_errors
from neutrino_lab.export.installed import Distribution, Installed, normalise
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.export.plan import plan
from neutrino_lab.export.planned import Plan
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.reader import read
from tests.notebooks import notebook

Content: TypeAlias = str | bytes | Sequence[str]
MakeProject: TypeAlias = Callable[[Mapping[str, Content]], Path]
PlanOf: TypeAlias = Callable[[Mapping[str, Content]], Plan]

ENVIRONMENT = {
    "APScheduler": ("3.11.3", "apscheduler"),
    "cronsim": ("2.8", "cronsim"),
    "limits": ("5.8.0", "limits"),
    "fastapi": ("0.165.0", "fastapi"),
    "numpy": ("2.4.6", "numpy"),
    "orjson": ("3.13.0", "orjson"),
    "PyYAML": ("6.0", "yaml"),
    "scikit-learn": ("1.9.1", "sklearn"),
    "tzdata": ("2026.1", "tzdata"),
    "uvicorn": ("0.54.0", "uvicorn"),
}


@pytest.fixture
def environment() -> Installed:
    """An environment that does not depend on what this machine has installed."""
    return Installed(
        by_name={normalise(n): Distribution(n, v) for n, (v, _) in ENVIRONMENT.items()},
        by_top={top: frozenset({normalise(n)}) for n, (_, top) in ENVIRONMENT.items()},
        python="3.12.4",
        platform="linux",
    )


@pytest.fixture
def project(tmp_path: Path) -> MakeProject:
    """Write files by name below a new folder; a list is the cells of a notebook."""

    def make(files: Mapping[str, Content]) -> Path:
        root = tmp_path / "project"
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                text = content if isinstance(content, str) else notebook(*content)
                path.write_text(text, encoding="utf-8")
        return root

    return make


@pytest.fixture
def plan_of(project: MakeProject, environment: Installed) -> PlanOf:
    """Plan a project of these files for Python 3.12, in the environment above."""

    def make(files: Mapping[str, Content]) -> Plan:
        found = find(project(files))
        notebooks = [read(s.path, s.relative, s.module) for s in found.sources]
        compilation = Compiler().compile(found.title, notebooks)
        assert not has_errors(compilation.diagnostics), compilation.diagnostics
        return plan(
            compilation, found, notebooks, BuildOptions(python="3.12"), environment=environment
        )

    return make
