"""The private folder of a server: what it leaves behind, and what the next one removes."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import pytest

from neutrino_lab.serve.runtime_dir import RuntimeDir


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_a_folder_that_cannot_be_filled_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(OSError, match="No space left"):
        RuntimeDir(tmp_path / "run")
    assert list((tmp_path / "run").iterdir()) == []


def test_sockets_elsewhere_are_removed_with_what_a_killed_server_left(
    tmp_path: Path, temporary: Path
) -> None:
    parent = tmp_path / ("x" * 120)
    left = RuntimeDir(parent)
    assert left.socket().parent.parent == temporary
    # As a server that is killed leaves it: everything is there, and nobody holds the lock.
    copy = parent / "neutrino-left"
    shutil.copytree(left.folder, copy)
    left.folder.rename(tmp_path / "kept")
    own = RuntimeDir(parent)
    assert [each for each in parent.iterdir() if each != own.folder] == []
    assert list(temporary.iterdir()) == [own.socket().parent]
    own.close()
    assert list(temporary.iterdir()) == []
