"""The broken notebooks of the corpus, each against the rendering that was reviewed."""

from __future__ import annotations

import sys
from pathlib import Path, PurePosixPath

import pytest

from neutrino_lab import report
from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.declare.diagnostics import has_errors
from neutrino_lab.notebook import reader

CORPUS = Path(__file__).parent.parent / "conformance" / "corpus"
GOLDENS = Path(__file__).parent / "goldens"
BROKEN = sorted((CORPUS / "broken").glob("*.ipynb"))
SOUND = sorted(set(CORPUS.rglob("*.ipynb")) - set(BROKEN))
ONLY_WARNS = {"unknown_declarative"}

# Python's own words for what it cannot read differ from version to version.
IN_PYTHONS_WORDS = {"chat_verbatim", "handle_error_verbatim"}


def rendered(path: Path) -> str:
    relative = PurePosixPath(path.relative_to(CORPUS).as_posix())
    notebook = reader.read(path, relative, path.stem)
    diagnostics = Compiler().compile("corpus", [notebook]).diagnostics
    assert has_errors(diagnostics) == (path.stem not in ONLY_WARNS)
    return report.render(diagnostics) + "\n"


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_notebook_is_reported_as_reviewed(path: Path) -> None:
    shown = rendered(path)
    golden = (GOLDENS / f"{path.stem}.txt").read_text(encoding="utf-8")
    if path.stem in IN_PYTHONS_WORDS and sys.version_info[:2] != (3, 11):
        shown, golden = shown.split(":")[0], golden.split(":")[0]
    assert shown == golden


def test_there_is_a_golden_for_each_broken_notebook_and_no_other() -> None:
    assert {path.stem for path in GOLDENS.iterdir()} == {path.stem for path in BROKEN}


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.relative_to(CORPUS).as_posix())
def test_the_other_notebooks_of_the_corpus_compile_without_a_warning(path: Path) -> None:
    notebook = reader.read(path, PurePosixPath(path.name), path.stem)
    compilation = Compiler().compile("corpus", [notebook])
    assert {each.severity for each in compilation.diagnostics} <= {"note"}
    assert compilation.app.endpoints
