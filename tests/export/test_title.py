"""The name that an export is given stands wherever the notebook's own would, and nowhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from neutrino_lab.cli import main
from neutrino_lab.export.draft import Draft, Stages, draft
from neutrino_lab.export.errors import ExportOptionError
from neutrino_lab.export.image import image_name
from neutrino_lab.export.installed import Installed
from neutrino_lab.export.location import CodeLocation
from neutrino_lab.export.lock import Locked
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.export.project import wanted
from neutrino_lab.export.requirements import Requirements
from neutrino_lab.notebook.project import find
from tests.export import test_documents, test_image
from tests.export.conftest import MakeProject

HELLO = '"""\n@HTTP\nGET /hello\n"""\ndef hello():\n    return "hello"\n'
HOSTILE = [*test_image.HOSTILE, test_documents.HOSTILE, "ñandú データ \U0001f600 \u202e", "<b>&"]
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
UNWRITABLE = ["a\r\nb", "a\x1b[31mb", "a\x7fb", "a\x85b", "a\u2029b", "a\ud800b"]


def lock(title: str, needs: Requirements, installed: Installed, _place: CodeLocation) -> Locked:
    """Write pyproject.toml as it is locked, without asking an index."""
    asked = wanted(image_name(title), needs, installed).text()
    return Locked({"pyproject.toml": asked.encode()})


class Named:
    """Drafts of one notebook, whose metadata may name its export."""

    def __init__(self, root: Path, environment: Installed) -> None:
        self._environment = environment
        self._path = root / "prices.ipynb"

    def keep(self, **export: object) -> None:
        read = json.loads(self._path.read_text())
        read["metadata"] = {"neutrino_lab": {"export": export}}
        self._path.write_text(json.dumps(read))

    def draft(self, title: str = "", *, own: str = "prices") -> Draft:
        """Draft it under a title; `own` is what stands for the notebook's name."""
        project = replace(find(self._path), title=own)
        found = self._environment
        return draft(project, BuildOptions(title=title), Stages(), lambda *_: found, lock=lock)

    def texts(self, title: str = "", *, own: str = "prices") -> dict[str, bytes]:
        return {str(f.path): f.content for f in self.draft(title, own=own).plan.files}


@pytest.fixture
def named(project: MakeProject, environment: Installed) -> Named:
    return Named(project({"prices.ipynb": [HELLO]}), environment)


def saying(texts: dict[str, bytes], names: Sequence[str]) -> set[str]:
    return {path for path, text in texts.items() if any(each.encode() in text for each in names)}


def test_it_names_the_app_in_every_file_that_has_a_name(named: Named) -> None:
    texts = named.texts("Price list")
    assert texts["README.md"].startswith(b"# Price list\n")
    assert b'image.title="Price list"' in texts["Dockerfile"]
    assert b'image: "price-list:' in texts["compose.yaml"]
    assert b'title="Price list"' in texts["main.py"]
    assert b'name = "price-list"' in texts["pyproject.toml"]
    named_here = {"README.md", "Dockerfile", "compose.yaml", "main.py", "pyproject.toml"}
    assert saying(texts, ["Price list", "price-list"]) == named_here


@pytest.mark.parametrize("title", ["", " ", "\t\n", "\u3000"])
def test_none_is_the_name_of_the_notebook(named: Named, title: str) -> None:
    assert named.draft(title).app.title == "prices"
    named.keep(title=title)
    assert named.draft().app.title == "prices"


def test_the_metadata_name_it_unless_something_else_is_asked_for(named: Named) -> None:
    named.keep(title=" Kept ")
    assert [named.draft().app.title, named.draft("Asked").app.title] == ["Kept", "Asked"]


@pytest.mark.parametrize("title", [each for each in HOSTILE if not CONTROL.search(each)])
def test_a_hostile_one_does_what_a_notebook_of_that_name_does(named: Named, title: str) -> None:
    """So whatever holds of hostile names of notebooks holds of it."""
    assert named.texts(title) == named.texts(own=title)


@pytest.mark.parametrize("title", [*filter(CONTROL.search, HOSTILE), *UNWRITABLE])
def test_what_is_no_line_of_text_is_refused_wherever_it_is_said(named: Named, title: str) -> None:
    with pytest.raises(ExportOptionError, match="is no name for an app; it is one line"):
        BuildOptions(title=title).checked()
    named.keep(title=title)
    with pytest.raises(ExportOptionError, match="is no name for an app; it is one line"):
        named.draft()


def test_the_command_line_names_it(
    project: MakeProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = project({"a.ipynb": [HELLO]}) / "a.ipynb", tmp_path / "out"
    assert main(["build", str(path), "--out", str(out), "--title", "a\nb"]) == 2
    assert "'a\\nb' is no name for an app" in capsys.readouterr().err
    assert main(["build", str(path), "--out", str(out), "--title=--privileged"]) == 0
    assert (out / "README.md").read_text().startswith("# --privileged\n")
