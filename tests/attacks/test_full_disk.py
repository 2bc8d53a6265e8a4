"""A disk without room: what was there stays whole, nothing half made is left, and it is told."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from neutrino_lab.export import writer
from neutrino_lab.export.errors import ExportFailedError
from neutrino_lab.kernels import files
from neutrino_lab.kernels.errors import FileFailedError
from neutrino_lab.lab.problem import problem
from tests.attacks.reading import drafted
from tests.jupyter import Lab
from tests.notebooks import write

ROOM = 256 * 1024
ENDPOINT = '"""\n@HTTP\nGET /a\n"""\ndef a():\n    return 1'


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, which is small."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    if (
        sys.platform != "linux"
        or subprocess.run(mounting, check=False, capture_output=True).returncode
    ):
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, room: int = 0) -> None:
    """Leave so many bytes free, and no more."""
    with suppress(OSError), (disk / "fill").open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    held = (disk / "fill").stat().st_size
    assert held < 2 * ROOM
    os.truncate(disk / "fill", held - room)


def names(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*"))


class TestJupyter:
    @pytest.fixture
    def jp_root_dir(self, disk: Path) -> Path:
        (disk / "root").mkdir()
        return disk / "root"

    async def test_an_export_leaves_the_folder_as_it_was(self, lab: Lab, disk: Path) -> None:
        write(lab.root / "a.ipynb", ENDPOINT)
        fill(disk)
        before = names(disk)
        body: dict[str, Any] = {"path": "a.ipynb", "options": {"folder": "deep/er/a-build"}}
        answer = await lab.ask("POST", "neutrino/api/exports", body=body)
        assert (answer.status, answer.json["code"]) == (507, "export-failed"), answer.text
        assert "No space left on device" in answer.json["message"]
        assert names(disk) == before


class TestServing:
    @pytest.fixture
    def jp_runtime_dir(self, disk: Path) -> Path:
        return disk

    async def test_a_notebook_that_cannot_be_served_says_so(
        self, lab: Lab, disk: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(lab.root / "a.ipynb", ENDPOINT)
        fill(disk)
        before = names(disk)
        body = {"path": "a.ipynb", "trusted": True}
        answer = await lab.ask("POST", "neutrino/api/served", body=body)
        assert (answer.status, answer.json["code"]) == (507, "disk-full"), answer.text
        assert names(disk) == before


def test_a_file_of_a_session_keeps_what_it_held(disk: Path) -> None:
    files.write(disk, "a/b.txt", b"before")
    fill(disk, 8192)
    with pytest.raises(FileFailedError, match=r"a/b\.txt was not written: No space left") as raised:
        files.write(disk, "a/b.txt", b"x" * ROOM)
    assert problem(raised.value)[0] == 507
    assert files.read(disk, "a/b.txt") == b"before"
    assert names(disk) == ["a", "a/b.txt", "fill"]


def test_folders_above_a_build_go_with_it(disk: Path, tmp_path: Path) -> None:
    plan = drafted(write(tmp_path / "n.ipynb", ENDPOINT)).plan
    fill(disk)
    with pytest.raises(ExportFailedError, match="No space left") as raised:
        writer.write(plan, disk / "deep" / "er" / "out")
    assert problem(raised.value)[0] == 507
    assert names(disk) == ["fill"]


@pytest.mark.parametrize("more", [(), ("--check",)])
def test_a_build_without_room_for_its_work_leaves_nothing(
    disk: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    path = write(tmp_path / "project" / "n.ipynb", ENDPOINT)
    fill(disk, 12_288)  # so much that it is taken for a folder to work in
    out = tmp_path / "out"
    command = [sys.executable, "-m", "neutrino_lab.cli", "build", str(path), "--out", str(out)]
    environment = {**os.environ, "TMPDIR": str(disk), "UV_OFFLINE": "1"}
    ran = subprocess.run(
        [*command, *more], env=environment, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in ran.stderr
    assert names(disk) == ["fill"]
    if more:
        assert ran.returncode == 2
        assert "neutrino: nothing was written: No space left on device" in ran.stderr
    assert out.exists() is (ran.returncode == 0)
