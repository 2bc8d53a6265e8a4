"""Modules lead to the distributions that hold them, in a site-packages of any age."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from neutrino_lab.export.installed import Distribution, scan


def install(
    site: Path, name: str, version: str, record: str, requires: Sequence[str] = (), **more: str
) -> None:
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir()
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    head += "".join(f"Requires-Dist: {each}\n" for each in requires)
    (folder / "METADATA").write_text(f"{head}\nName: a line of the README\n")
    (folder / "RECORD").write_text(record)
    for file, text in more.items():
        (folder / f"{file}.txt").write_text(text)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    return tmp_path


def test_this_environment_is_read() -> None:
    installed = scan()
    assert installed.providing(["numpy"]) == (Distribution("numpy", np.__version__),)
    assert [d.name for d in installed.providing(["PIL.Image"])] == ["pillow"]
    assert [d.name for d in installed.providing(["sklearn"])] == ["scikit-learn"]
    assert [d.name for d in installed.providing(["mpl_toolkits.mplot3d"])] == ["matplotlib"]
    assert [d.name for d in installed.providing(["typing_extensions"])] == ["typing_extensions"]
    assert installed.providing(["no_such_module"]) == ()


def test_modules_packages_and_extensions_are_found_without_top_level_txt(site: Path) -> None:
    install(
        site,
        "many",
        "1.0",
        "pkg/__init__.py,sha256=x,1\npkg/deep/x.py,,\nsingle.py,,\n"
        "_fast.cpython-312-x86_64-linux-gnu.so,,\n"
        "../../bin/tool,,\n../../share/doc/x.py,,\nmany-1.0.dist-info/METADATA,,\n"
        '"odd,name.py",,\ndata/readme.txt,,\n__pycache__/single.cpython-312.pyc,,\n',
    )
    assert sorted(scan().by_top) == ["_fast", "pkg", "single"]


def test_what_distributions_require_is_followed_with_the_extras_asked_for(site: Path) -> None:
    wants = {
        "app": ["web-server[fast, tls] >=1", 'nowhere; python_version < "3"'],
        "web_server": ["Wire_Format (>=2)", 'quick ; extra == "fast"', "rich; extra == 'docs'"],
        "wire.format": ['app[tls]; extra == "loop"'],
        "quick": ["web-server"],
        "rich": [],
    }
    for name, requires in wants.items():
        install(site, name, "1.0", f"{name[:3]}_top.py,,\n", requires=requires)
    found = scan()
    assert found.tops_of(["App"]) == {"app_top", "web_top", "wir_top", "qui_top"}
    assert found.tops_of(["rich", "no-such"]) == {"ric_top"}
    assert (found.has(["web.server[fast]"]), found.has(["rich", "no-such"])) == (True, False)


def test_top_level_txt_is_asked_where_there_is_no_record(site: Path) -> None:
    install(site, "old", "1.0", "", top_level="old_pkg\n_old\n")
    assert sorted(scan().by_top) == ["_old", "old_pkg"]


@pytest.mark.parametrize(
    ("direct", "installer", "origin"),
    [
        ('{"url": "file:///x", "dir_info": {"editable": true}}', "pip", "editable"),
        ('{"url": "https://x/y.git", "vcs_info": {"vcs": "git"}}', "pip", "vcs"),
        ('{"url": "file:///x/y.whl", "archive_info": {}}', "uv", "file"),
        ('{"url": "https://x/y.whl", "archive_info": {}}', "pip", "url"),
        ('{"url": "file:///build/farm"}', "conda", "index"),
        ("no JSON", "pip", "index"),
        ("[]", "pip", "index"),
    ],
)
def test_where_it_was_installed_from_is_read(
    site: Path, direct: str, installer: str, origin: str
) -> None:
    install(site, "mine", "1.0", "mine.py,,\n")
    (site / "mine-1.0.dist-info" / "direct_url.json").write_text(direct)
    (site / "mine-1.0.dist-info" / "INSTALLER").write_text(f"{installer}\n")
    found = scan().version_of("mine")
    assert found is not None
    assert found.origin == origin


def test_what_an_editable_install_leads_to_is_found(site: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "package").mkdir(parents=True)
    (source / "package" / "__init__.py").write_text("")
    (source / "single.py").write_text("")
    (source / "notes").mkdir()
    record = "mine.pth,,\n__editable___mine_finder.py,,\ngone.pth,,\nblob.pth,,\n"
    install(site, "mine", "1.0", record, top_level="told\n")
    (site / "mine.pth").write_text(f"{source}\nimport _other\n")
    (site / "blob.pth").write_bytes(b"\xff\xfe")
    finder = "MAPPING: dict[str, str] = {'mapped': '/x/mapped', 'no-name': '/x'}\n"
    (site / "__editable___mine_finder.py").write_text(finder)
    url = '{"url": "file:///x", "dir_info": {"editable": true}}'
    (site / "mine-1.0.dist-info" / "direct_url.json").write_text(url)
    assert {"mapped", "package", "single", "told"} <= scan().by_top.keys()
    assert not {"notes", "no-name"} & scan().by_top.keys()


def test_a_development_install_of_old_is_editable(site: Path) -> None:
    folder = site / "old.egg-info"
    folder.mkdir()
    (folder / "PKG-INFO").write_text("Name: old\nVersion: 1\n\n")
    (folder / "top_level.txt").write_text("old\n")
    (site / "broken.egg-info").mkdir()
    (site / "broken.egg-info" / "PKG-INFO").write_text("no header\n")
    (one,) = scan().by_name.values()
    assert (one.name, one.origin) == ("old", "editable")


def test_a_namespace_package_is_told_apart_by_the_longest_name(site: Path) -> None:
    install(site, "google-cloud-storage", "2.0", "google/cloud/storage/__init__.py,,\n")
    install(site, "google-cloud-bigquery", "3.0", "google/cloud/bigquery/__init__.py,,\n")
    install(site, "google-auth", "1.0", "google/auth/__init__.py,,\n")
    installed = scan()

    def names(*modules: str) -> list[str]:
        return [each.name for each in installed.providing(modules)]

    assert names("google.cloud.storage") == ["google-cloud-storage"]
    assert names("google.cloud.storage.Client", "google.cloud.storage") == ["google-cloud-storage"]
    assert names("google.cloud", "google.cloud.bigquery", "google.cloud.storage") == [
        "google-cloud-bigquery",
        "google-cloud-storage",
    ]
    assert names("google.auth", "google.nothing") == ["google-auth"]
    assert names("google.auth.transport") == ["google-auth"]


def test_the_first_of_two_copies_counts_and_local_labels_are_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, version in (("first", "2.1.0+cu118"), ("second", "1.0")):
        (tmp_path / folder).mkdir()
        install(tmp_path / folder, "torch", version, "torch/__init__.py,,\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), str(tmp_path / "second")])
    assert [each.pin for each in scan().providing(["torch"])] == ["torch==2.1.0"]


@pytest.mark.parametrize("name", ["METADATA", "RECORD", "direct_url.json"])
def test_what_has_changed_since_is_read_again(site: Path, name: str) -> None:
    install(site, "mine", "1.0", "mine/__init__.py,,\n")
    assert scan().by_name == {"mine": Distribution("mine", "1.0")}
    file = site / "mine-1.0.dist-info" / name
    text = {
        "METADATA": "Name: mine\nVersion: 1.0.post1\n",
        "RECORD": "mine/__init__.py,,\nmore.py,,\n",
        "direct_url.json": '{"url": "https://host/mine", "vcs_info": {}}',
    }[name]
    file.write_text(text)
    found = scan()
    (mine,) = found.by_name.values()
    assert (mine.version, sorted(found.by_top), mine.origin) == {
        "METADATA": ("1.0.post1", ["mine"], "index"),
        "RECORD": ("1.0", ["mine", "more"], "index"),
        "direct_url.json": ("1.0", ["mine"], "vcs"),
    }[name]


def test_a_broken_installation_is_passed_over(site: Path) -> None:
    (site / "broken-1.0.dist-info").mkdir()
    install(site, "sound", "1.0", "sound.py,,\n")
    assert sorted(scan().by_name) == ["sound"]
