"""The folder changes whole or not at all, and what the user put into it is never lost."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export import manifest
from neutrino_lab.export.errors import ExportFailedError, ExportRefusedError
from neutrino_lab.export.planned import Plan, PlannedFile
from neutrino_lab.export.writer import write
from neutrino_lab.notebook.wording import quote

V1 = {"main.py": "1", "cells/a.py": "a = 1\n", "cells/gone.py": "", "runtime/spec.py": "spec"}
V2 = {"main.py": "2", "cells/a.py": "a = 2\n", "runtime/spec.py": "spec", "helpers/text.py": "t"}


def a_plan(contents: dict[str, str], root: Path = Path("/nowhere/project")) -> Plan:
    files = [PlannedFile(PurePosixPath(name), text.encode()) for name, text in contents.items()]
    files.append(PlannedFile(manifest.MARKER, manifest.render(files)))
    return Plan(tuple(sorted(files, key=lambda file: file.path)), (), root)


def tree(folder: Path) -> dict[str, str]:
    """All files of a folder but the marker."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".neutrino-build"
    }


def around(out: Path) -> list[str]:
    return sorted(path.name for path in out.parent.iterdir())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "place" / "build"


def test_a_new_folder_holds_the_plan_and_nothing_else(out: Path) -> None:
    assert write(a_plan(V1), out) == ()
    assert tree(out) == V1
    assert around(out) == ["build"]


def test_a_folder_of_ours_is_replaced_without_leaving_old_files(out: Path) -> None:
    write(a_plan(V1), out)
    write(a_plan(V2), out)
    assert tree(out) == V2
    assert around(out) == ["build"]


def test_an_empty_folder_is_taken(out: Path) -> None:
    out.mkdir(parents=True)
    write(a_plan(V1), out)
    assert tree(out) == V1


def test_an_unchanged_build_touches_nothing(out: Path) -> None:
    write(a_plan(V1), out)
    before = {path: path.stat() for path in out.rglob("*")}
    write(a_plan(V1), out)
    assert {path: path.stat() for path in out.rglob("*")} == before


def test_a_deleted_file_comes_back(out: Path) -> None:
    write(a_plan(V1), out)
    (out / "main.py").unlink()
    write(a_plan(V1), out)
    assert tree(out) == V1


def test_a_folder_keeps_the_mode_it_had(out: Path) -> None:
    write(a_plan(V1), out)
    out.chmod(0o750)
    write(a_plan(V2), out)
    assert out.stat().st_mode & 0o777 == 0o750


def test_what_the_user_put_there_is_carried_over(out: Path) -> None:
    write(a_plan(V1), out)
    (out / ".env").write_text("KEY=1")
    (out / "data/raw").mkdir(parents=True)
    (out / "data/raw/rows.csv").write_text("1,2")
    (out / "cells/notes.txt").write_text("mine")
    (out / "link").symlink_to("/nowhere/at/all")
    (out / "helpers").mkdir()
    (out / "helpers/other.py").write_text("mine too")
    inode = (out / ".env").stat().st_ino
    assert write(a_plan(V2), out) == ()
    assert tree(out) == {
        **V2,
        ".env": "KEY=1",
        "data/raw/rows.csv": "1,2",
        "cells/notes.txt": "mine",
        "helpers/other.py": "mine too",
    }
    assert (out / "link").readlink() == Path("/nowhere/at/all")
    assert (out / ".env").stat().st_ino == inode


def test_bytecode_of_old_code_is_not_carried_over(out: Path) -> None:
    write(a_plan(V1), out)
    (out / "cells/__pycache__").mkdir()
    (out / "cells/__pycache__/gone.pyc").write_text("")
    write(a_plan(V2), out)
    assert tree(out) == V2


def test_an_edited_file_of_ours_is_kept_beside_the_new_one(out: Path) -> None:
    write(a_plan(V1), out)
    (out / "main.py").write_text("my edit")
    assert write(a_plan(V2), out) == (PurePosixPath("main.py.edited"),)
    assert tree(out) == {**V2, "main.py.edited": "my edit"}
    (out / "main.py").write_text("my second edit")
    assert write(a_plan(V1), out) == (PurePosixPath("main.py.edited-2"),)
    assert tree(out) == {**V1, "main.py.edited": "my edit", "main.py.edited-2": "my second edit"}


def test_an_edit_that_the_new_build_agrees_with_needs_no_copy(out: Path) -> None:
    write(a_plan(V1), out)
    (out / "main.py").write_text("2")
    assert write(a_plan(V2), out) == ()
    assert tree(out) == V2


@pytest.mark.parametrize("damage", ["", "not json", "[]", '{"files": [1]}', '{"files": {"a": 1}}'])
def test_a_damaged_marker_loses_nothing(out: Path, damage: str) -> None:
    write(a_plan(V1), out)
    (out / ".neutrino-build").write_text(damage)
    kept = write(a_plan(V2), out)
    assert kept == (PurePosixPath("cells/a.py.edited"), PurePosixPath("main.py.edited"))
    assert tree(out) == {
        **V2,
        "cells/gone.py": "",
        "cells/a.py.edited": "a = 1\n",
        "main.py.edited": "1",
    }


def test_a_folder_that_we_did_not_write_is_refused(out: Path) -> None:
    out.mkdir(parents=True)
    (out / "thesis.txt").write_text("three years of work")
    with pytest.raises(ExportRefusedError, match=r"not empty.*--out"):
        write(a_plan(V1), out)
    assert tree(out) == {"thesis.txt": "three years of work"}
    assert around(out) == ["build"]


def test_a_file_in_the_place_of_the_folder_is_refused(out: Path) -> None:
    out.parent.mkdir()
    out.write_text("a file")
    with pytest.raises(ExportRefusedError, match="it is a file"):
        write(a_plan(V1), out)
    assert out.read_text() == "a file"


@pytest.mark.parametrize("where", [".", "..", "notebooks/.."])
def test_the_project_is_never_replaced(tmp_path: Path, where: str) -> None:
    root = tmp_path / "project"
    (root / "notebooks").mkdir(parents=True)
    (root / ".neutrino-build").write_text("{}")
    (tmp_path / ".neutrino-build").write_text("{}")
    with pytest.raises(ExportRefusedError, match="holds the notebooks"):
        write(a_plan(V1, root), root / where)
    assert (root / "notebooks").is_dir()


@pytest.mark.parametrize("where", ["/", "~", "~/.."])
def test_home_and_what_holds_it_are_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "homes/me"))
    (tmp_path / "homes/me").mkdir(parents=True)
    with pytest.raises(ExportRefusedError):
        write(a_plan(V1), Path(where).expanduser())
    assert around(tmp_path / "homes/me") == ["me"]


def test_a_planned_file_cannot_leave_the_folder(out: Path) -> None:
    for name in ("../escaped.py", "/tmp/escaped.py"):
        with pytest.raises(ExportRefusedError, match="leave the folder"):
            write(a_plan({name: ""}), out)
    assert not out.parent.exists()


def test_a_plan_with_errors_is_refused(out: Path) -> None:
    write(a_plan(V1), out)
    wrong = Diagnostic("NL712", "error", quote("clash"), quote("rename it"), "a.ipynb")
    for plan in (Plan((), (), out), Plan(a_plan(V2).files, (wrong,), out)):
        with pytest.raises(ExportRefusedError):
            write(plan, out)
    assert tree(out) == V1


def test_a_symbolic_link_stays_one(out: Path, tmp_path: Path) -> None:
    out.parent.mkdir()
    out.symlink_to(tmp_path / "disk/real")
    write(a_plan(V1), out)
    write(a_plan(V2), out)
    assert out.is_symlink()
    assert tree(tmp_path / "disk/real") == V2


# What goes wrong, for real.


def test_a_full_disk_leaves_the_old_folder_whole(out: Path) -> None:
    write(a_plan(V1), out)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(ExportFailedError, match="stays as it was: File too large"):
            write(a_plan({**V2, "runtime/static.js": "x" * 5000}), out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert tree(out) == V1
    assert around(out) == ["build"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_disk_without_room_leaves_the_old_folder_whole(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if subprocess.run(mounting, check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        out = disk / "build"
        write(a_plan(V1), out)
        model = tmp_path / "model.bin"
        model.write_bytes(b"x" * 500_000)
        copied = PlannedFile(PurePosixPath("model.bin"), source=model)
        plan = Plan((*a_plan(V2).files, copied), (), Path("/nowhere/project"))
        with pytest.raises(ExportFailedError, match="stays as it was: No space left on device"):
            write(plan, out)
        assert tree(out) == V1
        assert around(out) == ["build"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_swap_that_fails_halfway_is_taken_back(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(a_plan(V1), out)
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name == ".build.neutrino-new":
            raise OSError(16, "Device or resource busy")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(ExportFailedError, match="busy"):
        write(a_plan(V2), out)
    assert tree(out) == V1
    assert around(out) == ["build"]


def test_without_hard_links_files_are_copied(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise OSError(95, "Operation not supported")

    write(a_plan(V1), out)
    (out / ".env").write_text("KEY=1")
    (out / "link").symlink_to("main.py")
    monkeypatch.setattr(os, "link", failing)
    write(a_plan(V2), out)
    assert tree(out) == {**V2, ".env": "KEY=1", "link": "2"}
    assert (out / "link").is_symlink()


BUILD = """
import os, sys
from pathlib import Path, PurePosixPath
from neutrino_lab.export import manifest
from neutrino_lab.export.planned import Plan, PlannedFile
from neutrino_lab.export.writer import write
names = ["main.py", *(f"cells/{n}.py" for n in range(int(sys.argv[3])))]
files = [PlannedFile(PurePosixPath(name), sys.argv[2].encode()) for name in names]
files.append(PlannedFile(manifest.MARKER, manifest.render(files)))
plan = Plan(tuple(sorted(files, key=lambda file: file.path)), (), Path("/nowhere/project"))
if len(sys.argv) > 4:
    os.setuid(int(sys.argv[4]))
print("ready", flush=True)
write(plan, Path(sys.argv[1]))
"""


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that every user may reach, unlike pytest's."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_folder_without_permission_is_left_as_it_is(open_place: Path) -> None:
    place = open_place / "theirs"
    write(a_plan(V1), place / "build")
    place.chmod(0o555)
    nobody = ["65534"] if os.geteuid() == 0 else []
    ran = subprocess.run(
        [sys.executable, "-c", BUILD, str(place / "build"), "new", "3", *nobody],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    place.chmod(0o755)
    assert "ExportFailedError" in ran.stderr
    assert "Permission denied" in ran.stderr
    assert tree(place / "build") == V1
    assert around(place / "build") == ["build"]


def test_a_build_that_is_killed_at_any_moment_leaves_one_whole_folder(out: Path) -> None:
    def texts() -> set[str]:
        return set(tree(out).values())

    out.parent.mkdir()
    for attempt in range(6):
        old = texts() if out.exists() else set()
        process = subprocess.Popen(
            [sys.executable, "-c", BUILD, str(out), f"v{attempt}", "400"],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout is not None
        process.stdout.readline()
        until = time.perf_counter() + 0.008 * attempt
        while time.perf_counter() < until:
            pass
        process.kill()
        process.communicate()
        if not out.exists():  # the moment between the renames, or nothing was there yet
            assert not old or (out.parent / ".build.neutrino-old").exists()
            continue
        assert texts() in (old, {f"v{attempt}"})
    write(a_plan(V2), out)
    assert tree(out) == V2
    assert around(out) == ["build"]


def test_a_run_that_was_killed_between_the_renames_is_put_right(out: Path) -> None:
    write(a_plan(V1), out)
    (out / ".env").write_text("KEY=1")
    out.rename(out.parent / ".build.neutrino-old")
    (out.parent / ".build.neutrino-new").mkdir()
    write(a_plan(V2), out)
    assert tree(out) == {**V2, ".env": "KEY=1"}
    assert around(out) == ["build"]


def test_builds_at_the_same_time_do_not_mix(out: Path) -> None:
    out.parent.mkdir()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", BUILD, str(out), text, "200"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for text in ("one", "two", "three")
    ]
    errors = [process.communicate()[1] for process in running]
    assert errors == [b"", b"", b""]
    assert len(set(tree(out).values())) == 1
    assert len(tree(out)) == 201
    assert around(out) == ["build"]
