"""One reading of a project, ready to be run: what it declares, its cells, and what has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from neutrino_lab.declare.compiler import Compilation, Compiler
from neutrino_lab.declare.diagnostics import Diagnostic, has_errors
from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.model import Notebook, Unreadable
from neutrino_lab.notebook.project import Project, find
from neutrino_lab.notebook.reader import read_all
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.program import Changes
from neutrino_lab.runtime.spec import App
from neutrino_lab.serve import leftovers
from neutrino_lab.serve.leftovers import Leftover
from neutrino_lab.serve.swap import Cells, Version, plan


@dataclass(frozen=True, slots=True)
class Revision:
    """What was read: the app with its diagnostics, and every module's cells in order.

    Once it was run, `stale` tells which names the run left unsettled (see `Changes`), and
    `leftovers` what versions before it have set in the process, and it does not.
    """

    app: App
    diagnostics: tuple[Diagnostic, ...]
    notebooks: tuple[Notebook, ...]
    versions: Mapping[str, Sequence[Version]]
    stale: frozenset[tuple[str, str]] = field(default=frozenset(), compare=False)
    leftovers: frozenset[Leftover] = field(default=frozenset(), compare=False)

    @property
    def is_sound(self) -> bool:
        """Whether it may run: it has warnings at most."""
        return not has_errors(self.diagnostics)

    @property
    def facts(self) -> Mapping[tuple[str, int], Facts]:
        """What each cell's code says about itself, by module and cell number."""
        return {
            (notebook.module, cell.number): version.facts
            for notebook in self.notebooks
            for cell, version in zip(notebook.cells, self.versions[notebook.module], strict=True)
        }

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What only the updates that led here could say."""
        return tuple(leftovers.diagnostics(self.leftovers, self.notebooks))

    def unlike(self, other: Revision) -> frozenset[str]:
        """The ids of the cells that are not the same in both; all, if they are in another order."""
        own, others = (
            [(cell.id, cell.code) for notebook in each.notebooks for cell in notebook.cells]
            for each in (self, other)
        )
        differing = {*own} ^ {*others}
        return frozenset(id_ for id_, _ in (differing if differing or own == others else own))

    def cells(self) -> dict[str, list[CodeCell]]:
        """The code to run: the cells of each module, in order."""
        return {
            notebook.module: [
                CodeCell(cell.number, cell.code, cell.id, f"{notebook.path}, cell {cell.number}")
                for cell in notebook.cells
            ]
            for notebook in self.notebooks
        }

    def changes_since(
        self, before: Revision | None, *, reload_modules: frozenset[str] = frozenset()
    ) -> Changes | None:
        """What to run again after `before` ran, with every cell that imports one of
        `reload_modules`; None is everything."""
        if before is None:
            return None
        earlier = before.versions
        if reload_modules:
            earlier = {
                module: [
                    _unlike(version) if _imports(version, reload_modules) else version
                    for version in listed
                ]
                for module, listed in earlier.items()
            }
        return plan(earlier, self.versions, stale=before.stale)

    def after(self, changes: Changes | None, before: Revision | None) -> Revision:
        """The revision once these changes of `before` have run."""
        if changes is None or before is None:
            return self
        found = leftovers.find(before.versions, self.versions, before.leftovers, changes.run)
        return replace(self, stale=changes.stale, leftovers=found)


def _imports(version: Version, modules: frozenset[str]) -> bool:
    return any(i.module.partition(".")[0] in modules for i in version.facts.imports)


def _unlike(version: Version) -> Version:
    """The cell as if it had been edited since, so that it runs again."""
    return replace(version, code=version.code + "#")


def read_revision(path: Path, compiler: Compiler) -> Revision:
    """Read a notebook, or a folder of them; the compiler remembers the cells it has seen."""
    return read_project(find(path), compiler)


def read_project(project: Project, compiler: Compiler) -> Revision:
    """Read the notebooks of a project that was found already."""
    notebooks = read_all(project)
    return revision_of(project.title, notebooks, compiler)


def revision_of(
    title: str, notebooks: Sequence[Notebook | Unreadable], compiler: Compiler
) -> Revision:
    """Compile notebooks that have been read, under the title of the app; those without a part in
    it, and unreadable ones, are left out of the cells."""
    compilation = compiler.compile(title, notebooks)
    modules = {*compilation.app.modules}
    readable = tuple(n for n in notebooks if isinstance(n, Notebook) and n.module in modules)
    return Revision(
        app=compilation.app,
        diagnostics=compilation.diagnostics,
        notebooks=readable,
        versions=_versions(readable, compilation),
    )


def _versions(
    notebooks: Sequence[Notebook], compilation: Compilation
) -> Mapping[str, Sequence[Version]]:
    tasks = {(e.module, e.cell) for e in compilation.app.endpoints if not e.name}
    return {
        notebook.module: Cells(
            Version(
                key=cell.id,
                code=cell.code,
                facts=compilation.facts[notebook.module, cell.number],
                is_task=(notebook.module, cell.number) in tasks,
            )
            for cell in notebook.cells
        )
        for notebook in notebooks
    }
