"""Which modules may be edited while a notebook is served, however often that is asked."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import pytest

from neutrino_lab.serve.local_modules import LocalModules

NAME = "neutrino_test_local"


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalModules]:
    """The modules beside a notebook that has been looked at already."""
    (tmp_path / "own").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "own")])
    made = LocalModules(tmp_path / "own")
    made.names()
    yield made
    for name in [each for each in sys.modules if each.partition(".")[0] == NAME]:
        del sys.modules[name]


def test_a_module_is_found_after_one_of_its_name_was_elsewhere(
    local: LocalModules, tmp_path: Path
) -> None:
    sys.modules[NAME] = ModuleType(NAME)
    assert not local.names()
    assert not local.files()
    del sys.modules[NAME]
    file = tmp_path / "own" / f"{NAME}.py"
    file.write_text("")
    importlib.import_module(NAME)
    assert local.names() == {NAME}
    assert local.files() == {str(file)}


def test_a_package_is_found_when_its_path_gets_longer(local: LocalModules, tmp_path: Path) -> None:
    package = sys.modules[NAME] = ModuleType(NAME)
    package.__path__ = [str(tmp_path / "elsewhere" / NAME)]
    assert local.names() == frozenset()
    package.__path__.append(str(tmp_path / "own" / NAME))
    assert local.names() == {NAME}


def test_a_namespace_package_is_found_when_a_module_here_is_imported_through_it(
    local: LocalModules, tmp_path: Path
) -> None:
    del local
    sys.path.append(str(tmp_path / "elsewhere"))
    looking, found = LocalModules(tmp_path / "own"), []
    for folder in ("elsewhere", "own"):
        file = tmp_path / folder / NAME / f"{folder}.py"
        file.parent.mkdir()
        file.write_text("")
        importlib.invalidate_caches()
        importlib.import_module(f"{NAME}.{folder}")
        found.append(looking.names())
    assert found == [frozenset(), {NAME}]


def test_a_module_is_found_when_its_folder_is_put_on_the_path(
    local: LocalModules, tmp_path: Path
) -> None:
    module = sys.modules[NAME] = ModuleType(NAME)
    module.__file__ = str(tmp_path / "elsewhere" / f"{NAME}.py")
    assert local.names() == frozenset()
    sys.path.append(str(tmp_path / "elsewhere"))
    assert local.names() == {NAME}


def test_a_failed_import_leaves_no_module_that_was_new(local: LocalModules, tmp_path: Path) -> None:
    (tmp_path / "own" / f"{NAME}.py").write_text("")
    with suppress(ZeroDivisionError), local.imported_again(frozenset()):
        importlib.import_module(NAME)
        raise ZeroDivisionError
    assert NAME not in sys.modules


def test_a_failed_import_brings_the_modules_of_before_back(
    local: LocalModules, tmp_path: Path
) -> None:
    (tmp_path / "own" / f"{NAME}.py").write_text("")
    before = importlib.import_module(NAME)
    with suppress(ZeroDivisionError), local.imported_again(frozenset({NAME})):
        assert importlib.import_module(NAME) is not before
        raise ZeroDivisionError
    assert sys.modules[NAME] is before
