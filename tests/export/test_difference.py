"""What would change in the folder is told before it is written, and nothing is touched."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from neutrino_lab.export import manifest
from neutrino_lab.export.difference import MOST_LINES, Difference, compare
from neutrino_lab.export.planned import Plan, PlannedFile
from neutrino_lab.export.writer import write


def a_plan(contents: dict[str, bytes]) -> Plan:
    files = [PlannedFile(PurePosixPath(name), content) for name, content in contents.items()]
    files.append(PlannedFile(manifest.MARKER, manifest.render(files)))
    return Plan(tuple(sorted(files, key=lambda file: file.path)), (), Path("/nowhere"))


def of(path: str, size: int, change: str, diff: str = "") -> Difference:
    return Difference(PurePosixPath(path), size, change, diff)  # type: ignore[arg-type]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "build"


def test_into_nothing_everything_is_new(out: Path) -> None:
    assert compare(a_plan({"main.py": b"1\n"}), out) == (of("main.py", 2, "new"),)
    assert not out.exists()


def test_every_kind_of_change_is_told(out: Path) -> None:
    write(
        a_plan({"cells/a.py": b"a = 1\nb = 2\n", "gone.py": b"x", "main.py": b"1", "m": b"\0"}), out
    )
    (out / "cells/mine.txt").write_text("mine")
    (out / ".venv/lib").mkdir(parents=True)
    (out / ".env").write_text("A=1")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    new = a_plan({"cells/a.py": b"a = 1\nb = 3\n", "main.py": b"1", "m": b"\0\1", "n": b"new"})
    assert compare(new, out) == (
        of(".env", 3, "kept"),
        of(".venv", 0, "kept"),
        of(
            "cells/a.py",
            12,
            "changed",
            "--- cells/a.py\n+++ cells/a.py\n@@ -1,2 +1,2 @@\n a = 1\n-b = 2\n+b = 3\n",
        ),
        of("cells/mine.txt", 4, "kept"),
        of("gone.py", 1, "removed"),
        of("m", 2, "changed"),
        of("main.py", 1, "same"),
        of("n", 3, "new"),
    )
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_a_long_difference_is_cut(out: Path) -> None:
    write(a_plan({"a": b"".join(b"%d\n" % n for n in range(2000))}), out)
    (found,) = compare(a_plan({"a": b"x\n" * 2000}), out)
    assert found.diff.count("\n") == MOST_LINES + 1
    assert found.diff.endswith(" more lines\n")


def test_a_big_file_is_copied_and_compared_without_being_read_whole(
    out: Path, tmp_path: Path
) -> None:
    source = tmp_path / "model.bin"
    with source.open("wb") as file:
        file.truncate(1 << 33)
    file_ = PlannedFile(PurePosixPath("model.bin"), source=source)
    assert file_.size == 1 << 33
    source.write_bytes(b"small")
    source.chmod(0o755)
    plan = Plan((file_, PlannedFile(manifest.MARKER, manifest.render([file_]))), (), Path("/no"))
    write(plan, out)
    assert (out / "model.bin").read_bytes() == b"small"
    assert (out / "model.bin").stat().st_mode & 0o111
    assert compare(plan, out) == (of("model.bin", 5, "same"),)
