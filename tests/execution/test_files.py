"""Files of a session: in its own folder, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from neutrino_lab.kernels import files, toolset
from neutrino_lab.kernels.errors import FilePathError, MalformedError, NoFileError
from tests.execution.conftest import USER, Runs

BAD = [
    "",
    "/etc/passwd",
    "../x",
    "a/../../x",
    "a/..",
    ".",
    "a\0b",
    "a/",
    "a\\..\\b",
    "x" * 2000,
    "\ud800",
]


def test_what_is_written_is_read_and_deleted(tmp_path: Path) -> None:
    files.write(tmp_path, "a/b/c.bin", b"\0\xff")
    assert files.read(tmp_path, "a/b/c.bin") == b"\0\xff"
    assert files.changed({}, files.snapshot(tmp_path)) == [{"path": "a/b/c.bin", "size": 2}]
    files.delete(tmp_path, "a/b/c.bin")
    with pytest.raises(NoFileError):
        files.read(tmp_path, "a/b/c.bin")


@pytest.mark.parametrize("path", BAD)
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "x").write_text("outside")
    for act in (files.read, files.delete, lambda f, p: files.write(f, p, b"!")):
        with pytest.raises(FilePathError):
            act(folder, path)
    assert (tmp_path / "x").read_text() == "outside"


def test_no_link_is_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (folder / "file").symlink_to(outside / "secret")
    (folder / "inner").symlink_to(outside)
    for path in ("file", "inner/secret"):
        with pytest.raises(FilePathError):
            files.read(folder, path)
        with pytest.raises(FilePathError):
            files.write(folder, path, b"!")
    files.delete(folder, "file")  # the link itself
    assert (outside / "secret").read_text() == "secret"
    assert files.snapshot(folder) == {}


def test_what_is_no_file_is_refused_and_holds_up_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for path in ("pipe", "folder"):
        with pytest.raises(FilePathError):
            files.read(tmp_path, path)
        with pytest.raises(FilePathError):
            files.write(tmp_path, path, b"!")


def test_a_folder_that_is_deeper_than_any_call_is_measured_as_too_much_and_removed() -> None:
    # Not in `tmp_path`: what was left there would break pytest's own cleaning up.
    root = Path(tempfile.mkdtemp(prefix="deep-"))
    try:
        (root / "a.txt").write_text("12")
        current = os.open(root, os.O_RDONLY)
        for _ in range(2000):  # past Python's calls and the system's paths
            os.mkdir("d", dir_fd=current)
            below = os.open("d", os.O_RDONLY, dir_fd=current)
            os.close(current)
            current = below
        os.close(current)
        assert {path: size for path, (_, size) in files.snapshot(root).items()} == {"a.txt": 2}
        assert files.size_mb(root) == float("inf")
        files.remove(root)
        assert not root.exists()
    finally:
        subprocess.run(["rm", "-rf", str(root)], check=True)


def test_files_go_in_with_the_code_and_what_it_writes_is_told(runs: Runs) -> None:
    session = runs.session()
    code = "text = open('in/a.txt').read()\nopen('out.txt', 'w').write(text.upper())"
    result = runs.run(code, session, files={"in/a.txt": "hello", "b.bin": {"base64": "AP8="}})
    assert (result.status, [(each["path"], each["size"]) for each in result.files]) == (
        "ok",
        [("out.txt", 5)],
    )
    folder = runs.wait(runs.service.folder(session, USER))
    assert files.read(folder, "out.txt") == b"HELLO"
    assert files.read(folder, "b.bin") == b"\0\xff"


@pytest.mark.parametrize("content", [{"base64": "no!"}, {"other": ""}, 5, None, "\ud800"])
def test_a_file_that_is_no_text_and_no_base64_is_malformed(runs: Runs, content: object) -> None:
    with pytest.raises(MalformedError, match=r"a\.bin"):
        runs.run("1", files={"a.bin": content})


def test_half_of_a_character_is_malformed_in_any_argument_of_a_tool(runs: Runs) -> None:
    given = {"session_id": runs.session(), "path": "a.txt", "content": "\ud800"}
    told = runs.wait(toolset.call(runs.service, USER, "uploadFile", given))
    assert (told.is_error, told.text) == (True, "The argument content holds half of a character.")


def test_a_full_folder_runs_nothing_until_files_are_deleted(runs: Runs) -> None:
    session = runs.session(limits={"folder_mb": 1})
    runs.run("open('big', 'wb').write(b'x' * 2_000_000)", session)
    refused = runs.run("1", session)
    assert (refused.status, refused.error and refused.error["name"]) == ("refused", "FolderFull")
    files.delete(runs.wait(runs.service.folder(session, USER)), "big")
    assert runs.run("1", session).status == "ok"
    code = "import tempfile; tempfile.NamedTemporaryFile(delete=False).write(b'x' * 2_000_000)"
    assert runs.run(code, session).status == "ok"
    refused = runs.run("1", session)
    assert (refused.status, "restart it, which empties /tmp" in refused.text) == ("refused", True)


def test_a_name_that_is_no_text_is_told_with_question_marks(runs: Runs) -> None:
    result = runs.run("open(b'\\xff.txt', 'w').close()", runs.session())
    assert (result.status, [each["path"] for each in result.files]) == ("ok", ["?.txt"])
