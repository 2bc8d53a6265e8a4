"""`neutrino init` makes two files, once; what they serve is tested with the examples."""

from __future__ import annotations

import resource
from pathlib import Path

import nbformat
import pytest

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.reader import read
from neutrino_lab.scaffold import ScaffoldError, create


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_new_folder_holds_a_notebook_and_an_ignore_file(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "shop"
    assert create(folder) == (folder / "hello.ipynb", folder / ".neutrinoignore")
    assert names(folder) == [".neutrinoignore", "hello.ipynb"]


def test_it_goes_beside_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    create(tmp_path)
    assert names(tmp_path) == [".neutrinoignore", "hello.ipynb", "mine.txt"]


@pytest.mark.parametrize("name", ["hello.ipynb", ".neutrinoignore"])
def test_it_never_overwrites(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(ScaffoldError, match=f"{name} is already there"):
        create(tmp_path)
    assert names(tmp_path) == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "hello.ipynb").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ScaffoldError):
        create(tmp_path)
    assert names(tmp_path) == ["hello.ipynb"]


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("a file")
    with pytest.raises(ScaffoldError, match=r"cannot write .*shop"):
        create(tmp_path / "shop")
    assert names(tmp_path) == ["shop"]


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(ScaffoldError, match="File too large"):
            create(tmp_path / "deep" / "shop")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert names(tmp_path) == []


def test_the_notebook_is_valid_and_compiles_without_a_word(tmp_path: Path) -> None:
    create(tmp_path)
    path = tmp_path / "hello.ipynb"
    book = nbformat.read(path, as_version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
    nbformat.validate(book)
    project = find(tmp_path)
    notebooks = [read(s.path, s.relative, s.module) for s in project.sources]
    compilation = Compiler().compile(project.title, notebooks)
    assert compilation.diagnostics == ()
    assert [type(e).__name__ for e in compilation.app.endpoints] == [
        "Http",
        "Http",
        "WebSocket",
        "Schedule",
    ]
