"""What is no ordinary file: a pipe that nobody writes to, a device without an end, a huge file."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import pytest

from neutrino_lab.export import manifest, writer
from neutrino_lab.export.errors import ExportRefusedError
from neutrino_lab.notebook import disk
from neutrino_lab.notebook.model import Unreadable
from neutrino_lab.notebook.reader import read
from neutrino_lab.serve.source import NotebookSource
from tests.attacks.reading import drafted, findings
from tests.notebooks import write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")

ENDPOINT = '"""\n@HTTP\nGET /a\n"""\ndef a():\n    return 1'


def pipe(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def terminal(path: Path) -> None:
    path.symlink_to("/dev/tty")


def folder(path: Path) -> None:
    path.mkdir()


def listener(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the path of a socket has 108 bytes at the most
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    finally:
        os.chdir(here)


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)  # a hole, which takes no room


def loop(path: Path) -> None:
    path.symlink_to(path.name)


Make: TypeAlias = Callable[[Path], None]
KINDS: dict[Make, str] = {
    pipe: "it is a named pipe, not an ordinary file",
    endless: "it is a device, not an ordinary file",
    terminal: "it is a device, not an ordinary file",
    listener: "it is a socket, not an ordinary file",
}
kinds = pytest.mark.parametrize("make", [*KINDS, folder, huge, loop])


@kinds
def test_it_is_not_read(make: Make, tmp_path: Path) -> None:
    make(tmp_path / "x")
    with pytest.raises(OSError, match="x") as raised:
        disk.read(tmp_path / "x")
    assert raised.value.filename == str(tmp_path / "x")


@kinds
def test_a_notebook_says_what_it_is(make: Make, tmp_path: Path) -> None:
    make(tmp_path / "n.ipynb")
    found = read(tmp_path / "n.ipynb", PurePosixPath("n.ipynb"), "n")
    reasons: dict[Make, str] = {
        folder: "This is a folder, not a notebook.",
        huge: "The notebook is too large: it has more than 256 MB.",
        loop: "The file cannot be read: Too many levels of symbolic links.",
    } | {kind: f"The file cannot be read: {what}." for kind, what in KINDS.items()}
    assert isinstance(found, Unreadable)
    assert (found.code, found.message) == ("NL001", reasons[make])


@pytest.mark.parametrize("make", [pipe, listener])
def test_a_folder_tells_of_it(make: Make, tmp_path: Path) -> None:
    write(tmp_path / "good.ipynb", ENDPOINT)
    make(tmp_path / "odd.ipynb")
    assert [(each.notebook, each.code) for each in findings(tmp_path)] == [("odd.ipynb", "NL001")]


def test_a_link_out_of_a_folder_is_no_notebook_of_it(tmp_path: Path) -> None:
    write(tmp_path / "project" / "good.ipynb", ENDPOINT)
    endless(tmp_path / "project" / "zero.ipynb")
    assert findings(tmp_path / "project") == []


@kinds
def test_an_ignore_file_that_cannot_be_read_is_told(make: Make, tmp_path: Path) -> None:
    write(tmp_path / "good.ipynb", ENDPOINT)
    make(tmp_path / ".neutrinoignore")
    found = findings(tmp_path)
    assert [(each.notebook, each.code) for each in found] == [(".neutrinoignore", "NL001")]


def test_an_ignore_file_with_many_wildcards_is_told(tmp_path: Path) -> None:
    write(tmp_path / f"{'a' * 200}.ipynb", ENDPOINT)
    (tmp_path / ".neutrinoignore").write_text(f"ok\n{'*a' * 60}b\n# {'*' * 9}\n", encoding="utf-8")
    assert [each.message for each in findings(tmp_path)] == ["line 2 has more than 4 wildcards"]


@kinds
def test_a_save_that_puts_one_there_is_read_and_so_is_the_next(make: Make, tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", ENDPOINT)
    source = NotebookSource(path)
    assert source.read().is_sound
    path.unlink()
    make(path)
    assert not source.read().is_sound
    path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    write(path, ENDPOINT)
    assert source.read().is_sound


@kinds
def test_a_marker_of_a_build_is_a_file(make: Make, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    make(out / manifest.MARKER)
    planned = drafted(write(tmp_path / "n.ipynb", ENDPOINT)).plan
    if make is huge:
        assert manifest.read(out) == {}
        return
    with pytest.raises((ExportRefusedError, OSError)):
        writer.write(planned, out)
    assert [each.name for each in out.iterdir()] == [".neutrino-build"]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"files":' * 100_000, "[]", "\0", '{"files": 1}'])
def test_a_damaged_marker_is_no_traceback(text: str, tmp_path: Path) -> None:
    (tmp_path / manifest.MARKER).write_text(text, encoding="utf-8")
    assert manifest.read(tmp_path) == {}


@pytest.mark.parametrize("make", [pipe, endless, listener])
def test_a_build_keeps_what_stands_in_its_folder(make: Make, tmp_path: Path) -> None:
    planned = drafted(write(tmp_path / "n.ipynb", ENDPOINT)).plan
    out = tmp_path / "out"
    writer.write(planned, out)
    for name in ("mine", "main.py", "requirements.lock"):
        (out / name).unlink(missing_ok=True)
        make(out / name)
    writer.write(planned, out)
    assert (out / "main.py").is_file()
    assert os.path.lexists(out / "mine")


@kinds
def test_a_helper_module_is_a_file(make: Make, tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", "import helper", ENDPOINT)
    make(tmp_path / "helper.py")
    found = drafted(path)
    assert not found.is_sound or not found.plan.files
    errors = [each for each in found.findings if each.severity == "error"]
    assert [(each.notebook, each.cell) for each in errors] in [[("n.ipynb", 1)], [("helper.py", 0)]]


@pytest.mark.parametrize("make", [*KINDS, loop])
def test_a_data_file_is_a_file(make: Make, tmp_path: Path) -> None:
    path = write(tmp_path / "n.ipynb", 'data = lambda: open("data.bin").read()', ENDPOINT)
    make(tmp_path / "data.bin")
    found = drafted(path)
    assert found.is_sound
    assert [each.cell for each in found.findings if each.code in {"NL741", "NL742"}] == [1]
    assert PurePosixPath("data.bin") not in {each.path for each in found.plan.files}


def test_a_command_ends_by_itself(tmp_path: Path) -> None:
    endless(tmp_path / "n.ipynb")
    ran = subprocess.run(
        [sys.executable, "-m", "neutrino_lab.cli", "check", str(tmp_path / "n.ipynb")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 1
    assert "it is a device, not an ordinary file" in ran.stdout
