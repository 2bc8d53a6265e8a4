"""Local modules are found and followed as Python would; the rest is left to requirements.txt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from neutrino_lab.export.imports import Imports, Use, follow
from neutrino_lab.export.location import CodeLocation
from neutrino_lab.notebook.facts import extract

Follow: TypeAlias = Callable[..., Imports]
INSTALLED = frozenset({"numpy", "requests"})


@pytest.fixture
def following(project: Callable[[Mapping[str, str]], Path]) -> Follow:
    """Follow the imports of a cell through files of a project."""

    def of(code: str, files: Mapping[str, str]) -> Imports:
        root = project({"a.ipynb": "", **files})
        place = CodeLocation("a.ipynb", 1, "c1", code)
        uses = [Use(i.module, i.names, i.guarded, place, i.span) for i in extract(code).imports]
        return follow(uses, root, installed=INSTALLED, reserved=frozenset({"limits"}))

    return of


def files(found: Imports) -> list[str]:
    assert found.diagnostics == ()
    return [str(path) for path in found.files]


def external(found: Imports) -> list[str]:
    return [use.module for use in found.external]


def test_what_is_imported_and_local_is_copied(following: Follow) -> None:
    found = following(
        "import tools\nfrom helpers.text import shout\nimport numpy.linalg, os.path",
        {"tools.py": "", "helpers/text.py": "", "unused.py": "", "other/__init__.py": ""},
    )
    assert files(found) == ["helpers/text.py", "tools.py"]
    assert external(found) == ["numpy.linalg"]


def test_a_package_is_copied_whole_but_only_python(following: Follow) -> None:
    found = following(
        "from shop import prices",
        {
            "shop/__init__.py": "",
            "shop/prices.py": "",
            "shop/deep/more.py": "",
            "shop/.hidden.py": "",
            "shop/.venv/x.py": "",
            "shop/env/pyvenv.cfg": "",
            "shop/env/lib/x.py": "",
            "shop/__pycache__/x.py": "",
            "shop/secret.env": "",
            "shop/sandbox.ipynb": "",
        },
    )
    assert files(found) == ["shop/__init__.py", "shop/deep/more.py", "shop/prices.py"]


def test_imports_are_followed_through_local_files_relative_ones_too(following: Follow) -> None:
    found = following(
        "import a",
        {
            "a.py": "from b.deep.x import y\nimport a",
            "b/__init__.py": "",
            "b/deep/__init__.py": "from . import z\nfrom .. import top\nfrom ... import beyond",
            "b/deep/x.py": "from ..side import s\nimport lonely_1",
            "b/deep/z.py": "import lonely_2",
            "b/top.py": "import lonely_3",
            "b/side.py": "import c.d",
            "b/never.py": "import lonely_4",
            "c/d.py": "import lonely_5",
        },
    )
    assert files(found) == [
        "a.py",
        *("b/__init__.py", "b/deep/__init__.py", "b/deep/x.py", "b/deep/z.py"),
        *("b/never.py", "b/side.py", "b/top.py", "c/d.py"),
    ]
    assert sorted(external(found)) == ["lonely_1", "lonely_2", "lonely_3", "lonely_5"]


def test_a_folder_beside_an_installed_package_of_its_name_is_no_module(following: Follow) -> None:
    found = following(
        "import requests\nimport json", {"requests/old.py": "", "json/x.py": "", "json/y.json": ""}
    )
    assert files(found) == []
    assert external(found) == ["requests"]


def test_a_real_local_package_wins_over_an_installed_one(following: Follow) -> None:
    found = following("import requests", {"requests/__init__.py": ""})
    assert files(found) == ["requests/__init__.py"]
    assert external(found) == []


def test_modules_beside_a_notebook_in_a_folder_are_found_by_their_full_name(
    following: Follow,
) -> None:
    found = following(
        "from reports import totals", {"reports/b.ipynb": "", "reports/totals.py": ""}
    )
    assert files(found) == ["reports/totals.py"]


def test_a_module_beside_a_notebook_in_a_folder_is_not_asked_of_an_index(
    project: Callable[[Mapping[str, str]], Path],
) -> None:
    files = {"a/n.ipynb": "", "a/side.py": "", "a/numpy.py": "", "a/b/__init__.py": ""}
    code = "import side\nfrom b import c\nimport numpy, other"
    place = CodeLocation("a/n.ipynb", 1, "c1", code)
    uses = [Use(i.module, i.names, i.guarded, place, i.span) for i in extract(code).imports]
    found = follow(uses, project(files), installed=INSTALLED)
    assert [(d.code, d.severity, d.cell) for d in found.diagnostics] == [("NL715", "error", 1)] * 2
    assert "`a.side`" in found.diagnostics[0].hint
    assert external(found) == ["numpy", "other"]


def test_the_build_provides_its_own_names(following: Follow) -> None:
    assert following("from cells.other import x\nimport main", {}) == Imports((), (), ())


@pytest.mark.parametrize("name", ["main.py", "runtime/__init__.py", "cells/x.py", "Cells.py"])
def test_a_module_with_the_name_of_a_part_of_the_build_is_an_error(
    following: Follow, name: str
) -> None:
    dotted = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    (clash,) = following(f"import {dotted}", {name: ""}).diagnostics
    assert (clash.code, clash.severity, clash.notebook, clash.cell) == (
        "NL712",
        "error",
        "a.ipynb",
        1,
    )
    assert f"`{dotted.partition('.')[0]}`" in clash.message
    assert clash.span is not None


@pytest.mark.parametrize(
    ("name", "code"), [("statistics", "NL713"), ("types", "NL713"), ("limits", "NL714")]
)
def test_a_module_with_the_name_of_what_the_build_imports_is_an_error(
    following: Follow, name: str, code: str
) -> None:
    found = following(f"import {name}\nimport {name}", {f"{name}.py": ""})
    assert [(d.code, d.severity, d.cell) for d in found.diagnostics] == [(code, "error", 1)]


def test_a_broken_local_module_is_an_error_at_its_place(following: Follow) -> None:
    (broken,) = following("import tools", {"tools.py": "x = 1\ndef f(:\n"}).diagnostics
    assert (broken.code, broken.severity, broken.notebook) == ("NL711", "error", "tools.py")
    assert "fix line 2" in broken.hint


def test_a_local_module_that_is_no_text_is_an_error(
    following: Follow, project: Callable[[Mapping[str, bytes]], Path]
) -> None:
    project({"tools.py": b"x = '\xff'"})
    (broken,) = following("import tools", {}).diagnostics
    assert (broken.code, broken.severity) == ("NL711", "error")
    assert broken.message.startswith("`tools.py` cannot be read: ")
