"""The lock holds the kernel's own versions, says nothing secret, and never fails an export."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import pytest

from neutrino_lab.export import lock, manifest
from neutrino_lab.export.errors import ExportCancelledError
from neutrino_lab.export.installed import Distribution, Installed, Origin, normalise
from neutrino_lab.export.location import CodeLocation
from neutrino_lab.export.lock import FILES, Locked, Locker, Memory
from neutrino_lab.export.planned import PlannedFile
from neutrino_lab.export.processes import Cancellation
from neutrino_lab.export.requirements import Requirement, Requirements
from tests.export.index import Index, Release, hanging, serving

PLACE = CodeLocation("a.ipynb")
USER = "ada:s3cret"
RELEASES = [
    Release("fastapi", "0.2", ["starlette>=0.1", "winthing; sys_platform == 'win32'"]),
    Release("starlette", "0.8"),
    Release("starlette", "0.9"),
    Release("winthing", "1.0"),
    Release("uvicorn", "0.5", ["uvloop; extra == 'standard'"]),
    Release("uvloop", "1.0"),
    Release("numpy", "1.0", yanked="wrong results"),
    Release("numpy", "2.0"),
    Release("frame", "3.0rc1", ["numpy<2"]),
    Release("torch", "2.1.0"),
    Release("torch", "2.1.0+cpu"),
]


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    with serving(RELEASES, user=USER) as found:
        yield found


@pytest.fixture
def environment(tmp_path: Path, index: Index) -> dict[str, str]:
    """A machine whose only index is ours, with a cache of its own."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_DEFAULT_INDEX": index.url(USER),
        "NO_PROXY": "127.0.0.1",
    }


def needs(*lines: str) -> Requirements:
    names = [re.split(r"[^\w.-]", line)[0] for line in lines]
    listed = (Requirement(normalise(n), line, "app") for n, line in zip(names, lines, strict=True))
    return Requirements(tuple(listed), ())


def kernel(origin: Origin = "index", **versions: str) -> Installed:
    listed = {name: Distribution(name, version, origin) for name, version in versions.items()}
    return Installed(listed, {}, platform="linux")


def codes(locked: Locked) -> list[str]:
    return [each.code for each in locked.diagnostics]


def text(locked: Locked, name: str = "requirements.lock") -> str:
    return locked.files[name].decode()


def pins(locked: Locked) -> list[str]:
    return [line.split()[0] for line in text(locked).splitlines() if "==" in line]


def keep(folder: Path, locked: Locked) -> None:
    """Write what was locked as a build would."""
    folder.mkdir(exist_ok=True)
    for name, content in locked.files.items():
        (folder / name).write_bytes(content)
    files = [PlannedFile(PurePosixPath(name), text) for name, text in locked.files.items()]
    (folder / manifest.MARKER).write_bytes(manifest.render(files))


def test_what_the_kernel_has_is_what_is_locked(
    environment: Mapping[str, str], index: Index
) -> None:
    asked = needs("fastapi==0.2", "uvicorn[standard]==0.5")
    has = kernel(fastapi="0.2", starlette="0.8", uvicorn="0.5", uvloop="1.0", private="7")
    locked = Locker(environment)("Fast (1)", asked, has, PLACE)
    assert locked.diagnostics == ()
    assert tuple(locked.files) == FILES
    assert pins(locked) == ["fastapi==0.2", "starlette==0.8", "uvicorn==0.5", "uvloop==1.0"]
    assert text(locked).count("--hash=sha256:") == 4
    asked_for = text(locked, "pyproject.toml")
    assert f'requires-python = ">={has.python},<3.' in asked_for
    assert 'name = "fast-1"' in asked_for
    # What else the author has is not told.
    assert not any(b"private" in content for content in locked.files.values())


def test_the_same_lock_has_the_same_bytes(environment: Mapping[str, str]) -> None:
    first = Locker(environment)("x", needs("fastapi==0.2"), kernel(starlette="0.8"), PLACE)
    second = Locker(environment)("x", needs("fastapi==0.2"), kernel(starlette="0.8"), PLACE)
    assert first == second


def test_what_was_locked_is_remembered_by_all_that_it_follows_from(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory(most=1)
    has = kernel(starlette="0.8")
    first = Locker(environment, memory=memory)("x", needs("fastapi==0.2"), has, PLACE)

    def gone() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(lock, "find_uv_bin", gone)
    again = Locker(environment, memory=memory)("x", needs("fastapi==0.2"), has, PLACE)
    assert again == first
    for asked, freeze, more in [
        ("fastapi", has, {}),
        ("fastapi==0.2", kernel(starlette="0.9"), {}),
        ("fastapi==0.2", has, {"UV_DEFAULT_INDEX": "http://127.0.0.1:1"}),
    ]:
        other = Locker({**environment, **more}, memory=memory)("x", needs(asked), freeze, PLACE)
        assert codes(other) == ["NL731"]
    monkeypatch.undo()
    Locker(environment, memory=memory)("x", needs("fastapi"), has, PLACE)
    monkeypatch.setattr(lock, "find_uv_bin", gone)
    forgotten = Locker(environment, memory=memory)("x", needs("fastapi==0.2"), has, PLACE)
    assert codes(forgotten) == ["NL731"]


def test_the_bill_of_materials_is_cyclonedx(environment: Mapping[str, str]) -> None:
    locked = Locker(environment)("x", needs("fastapi==0.2"), kernel(starlette="0.8"), PLACE)
    bill = json.loads(text(locked, "sbom.cdx.json"))
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.5", 1)
    assert bill["serialNumber"].startswith("urn:uuid:")
    assert "timestamp" not in bill["metadata"]
    assert bill["metadata"]["component"]["type"] == "application"
    assert [each["purl"].partition("?")[0] for each in bill["components"]] == [
        "pkg:pypi/fastapi@0.2",
        "pkg:pypi/starlette@0.8",
    ]
    assert {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]} == {
        "x-1@0": ["fastapi-2@0.2"],
        "fastapi-2@0.2": ["starlette-3@0.8"],
        "starlette-3@0.8": [],
    }


def test_a_password_never_reaches_the_folder(environment: Mapping[str, str], index: Index) -> None:
    locked = Locker(environment)("x", needs("fastapi==0.2"), kernel(), PLACE)
    assert locked.options == (f"--index-url {index.url()}",)
    assert text(locked).startswith(f"--index-url {index.url()}\n")
    for content in locked.files.values():
        assert b"s3cret" not in content
        assert b"ada:" not in content
    wrong = {**environment, "UV_DEFAULT_INDEX": index.url("ada:wr0ng")}
    refused = Locker({**wrong, "UV_NO_CACHE": "1"})("x", needs("fastapi==0.2"), kernel(), PLACE)
    assert codes(refused) == ["NL731"]
    assert "wr0ng" not in str(refused)


def test_pips_own_settings_are_asked_where_uv_has_none(
    environment: dict[str, str], index: Index, tmp_path: Path
) -> None:
    del environment["UV_DEFAULT_INDEX"]
    config = tmp_path / "home/.config/pip/pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text(f"[global]\nindex-url = {index.url(USER)}\nfind-links = /opt/wheels\n")
    locked = Locker(environment)("x", needs("fastapi==0.2"), kernel(), PLACE)
    assert pins(locked) == ["fastapi==0.2", "starlette==0.9"]
    config.write_text("[global]\nindex-url = https://nowhere.invalid/simple\n")
    told = {**environment, "PIP_INDEX_URL": index.url(USER)}
    assert Locker(told)("x", needs("fastapi==0.2"), kernel(), PLACE).files == locked.files


def test_versions_with_a_label_lead_to_the_release_or_to_the_same_build(
    environment: Mapping[str, str],
) -> None:
    locked = Locker(environment)("x", needs("torch==2.1.0"), kernel(torch="2.1.0+cpu"), PLACE)
    assert pins(locked) == ["torch==2.1.0+cpu"]


def test_a_withdrawn_version_is_locked_and_named(environment: Mapping[str, str]) -> None:
    locked = Locker(environment)("x", needs("numpy==1.0"), kernel(numpy="1.0"), PLACE)
    assert pins(locked) == ["numpy==1.0"]
    (finding,) = locked.diagnostics
    assert finding.code == "NL732"
    assert finding.message == "`numpy==1.0` was withdrawn by its authors: wrong results"


def test_packages_that_contradict_each_other_are_locked_as_they_are(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    has = kernel(frame="3.0rc1", numpy="2.0", uvicorn="0.5")
    asked = needs("frame==3.0rc1", "uvicorn[standard]==0.5")
    locked = Locker(environment)("x", asked, has, PLACE)
    assert pins(locked) == ["frame==3.0rc1", "numpy==2.0", "uvicorn==0.5", "uvloop==1.0"]
    (finding,) = locked.diagnostics
    assert (finding.code, finding.notebook, finding.cell) == ("NL733", "a.ipynb", 0)
    # It says so again when the lock is kept.
    keep(tmp_path / "build", locked)
    again = Locker({"UV_OFFLINE": "1"}, tmp_path / "build")("x", asked, has, PLACE)
    assert again == locked


def test_a_dependency_under_work_is_named(environment: Mapping[str, str]) -> None:
    has = kernel("editable", starlette="0.8.dev1")
    locked = Locker(environment)("x", needs("fastapi==0.2"), has, PLACE)
    assert pins(locked) == ["fastapi==0.2", "starlette==0.9"]
    assert codes(locked) == ["NL734"]


def test_what_pip_lines_say_wins_over_the_kernel(environment: Mapping[str, str]) -> None:
    has = kernel(starlette="0.8")
    locked = Locker(environment)("x", needs("fastapi==0.2", "starlette>0.8"), has, PLACE)
    assert pins(locked) == ["fastapi==0.2", "starlette==0.9"]


def test_a_project_called_like_a_package_is_locked(environment: Mapping[str, str]) -> None:
    locked = Locker(environment)("fastapi", needs("fastapi==0.2"), kernel(fastapi="0.2"), PLACE)
    assert pins(locked) == ["fastapi==0.2", "starlette==0.9"]


# The lock of the last build.


def test_an_unchanged_build_keeps_its_lock_without_a_network(
    environment: Mapping[str, str], index: Index, tmp_path: Path
) -> None:
    asked, has = needs("fastapi==0.2"), kernel(starlette="0.8", other="1")
    folder = tmp_path / "build"
    locked = Locker(environment, folder)("x", asked, has, PLACE)
    keep(folder, locked)
    index.asked.clear()
    nowhere = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple"}
    # What the kernel has besides may come and go.
    kept = Locker(nowhere, folder)("x", asked, kernel(starlette="0.8", new="2"), PLACE)
    assert kept == locked
    assert index.asked == []


def test_an_edited_or_lost_lock_is_made_again(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    asked, has, folder = needs("starlette==0.8"), kernel(starlette="0.8"), tmp_path / "build"
    locked = Locker(environment)("x", asked, has, PLACE)
    keep(folder, locked)
    (folder / "uv.lock").write_text("edited")
    assert Locker(environment, folder)("x", asked, has, PLACE) == locked
    keep(folder, locked)
    (folder / "sbom.cdx.json").unlink()
    assert Locker(environment, folder)("x", asked, has, PLACE) == locked


def test_a_new_requirement_leaves_the_other_versions_alone(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "build"
    keep(folder, Locker(environment)("x", needs("fastapi==0.2", "starlette<0.9"), kernel(), PLACE))
    more = Locker(environment, folder)("x", needs("fastapi==0.2", "uvicorn==0.5"), kernel(), PLACE)
    assert pins(more) == ["fastapi==0.2", "starlette==0.8", "uvicorn==0.5"]


# Where there is no lock to be had.


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"UV_OFFLINE": "1"}, "the package index cannot be reached"),
        ({"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple"}, "the package index cannot be reached"),
    ],
)
def test_without_a_network_the_export_goes_on(
    environment: Mapping[str, str], changed: Mapping[str, str], message: str
) -> None:
    locked = Locker({**environment, **changed})("x", needs("fastapi==0.2"), kernel(), PLACE)
    assert locked.files == {}
    (finding,) = locked.diagnostics
    assert (finding.code, finding.severity) == ("NL731", "warning")
    assert finding.message == f"the versions are not locked: {message}"
    assert finding.hint.startswith("requirements.txt pins the versions without hashes")


def test_a_version_that_no_index_has_is_named(environment: Mapping[str, str]) -> None:
    locked = Locker(environment)("x", needs("fastapi==7"), kernel(fastapi="7"), PLACE)
    (finding,) = locked.diagnostics
    assert finding.message.startswith(
        "the versions are not locked: uv says: Because there is no version of fastapi==7"
    )
    assert (finding.cell, finding.hint.partition(":")[0]) == (0, "no image can be built of this")


def test_the_cell_that_asks_for_what_no_index_has_is_named(
    environment: Mapping[str, str],
) -> None:
    cell = CodeLocation("a.ipynb", 2, "c2", "%pip install nowhere")
    asked = Requirements((Requirement("nowhere", "nowhere", "pip", (cell,)),), ())
    (finding,) = Locker(environment)("x", asked, kernel(), PLACE).diagnostics
    assert (finding.code, finding.cell, finding.cell_id) == ("NL731", 2, "c2")


def test_without_uv_the_export_goes_on(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def nowhere() -> str:
        raise FileNotFoundError

    for found in (nowhere, lambda: str(tmp_path / "no uv")):
        monkeypatch.setattr(lock, "find_uv_bin", found)
        locked = Locker(environment)("x", needs("fastapi==0.2"), kernel(), PLACE)
        assert codes(locked) == ["NL731"]
        assert "pip install" in locked.diagnostics[0].hint


def test_an_index_that_never_answers_is_given_up(environment: Mapping[str, str]) -> None:
    with hanging() as (url, _):
        locker = Locker({**environment, "UV_DEFAULT_INDEX": url}, timeout_s=0.3)
        (finding,) = locker("x", needs("fastapi==0.2"), kernel(), PLACE).diagnostics
    assert finding.message == "the versions are not locked: uv did not end within 0.3 seconds"


def test_cancelling_ends_uv_at_once(environment: Mapping[str, str]) -> None:
    cancellation = Cancellation()
    with hanging() as (url, asked):
        locker = Locker({**environment, "UV_DEFAULT_INDEX": url}, cancellation=cancellation)

        def cancel() -> None:
            asked.wait()
            cancellation.cancel()

        thread = threading.Thread(target=cancel)
        thread.start()
        with pytest.raises(ExportCancelledError):
            locker("x", needs("fastapi==0.2"), kernel(), PLACE)
        thread.join()


def test_packages_of_a_folder_of_this_machine_are_not_locked(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "wheels").mkdir()
    for release in RELEASES[:3]:
        (tmp_path / "wheels" / release.file).write_bytes(release.wheel())
    told = tmp_path / "home/.config/uv/uv.toml"
    told.parent.mkdir(parents=True)
    told.write_text(f'find-links = ["{tmp_path / "wheels"}"]\nno-index = true\n')
    del environment["UV_DEFAULT_INDEX"]
    (finding,) = Locker(environment)("x", needs("fastapi==0.2"), kernel(), PLACE).diagnostics
    assert finding.code == "NL731"
    assert "a folder of this machine" in finding.message
