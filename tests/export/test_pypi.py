"""The lock for real: PyPI itself, and a virtual environment that is like the kernel's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from uv import find_uv_bin

from neutrino_lab.export import installed
from neutrino_lab.export.check import check
from neutrino_lab.export.draft import Stages, draft
from neutrino_lab.export.lock import Locker
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.notebook.project import find
from tests.export.test_lock import PLACE, needs, pins
from tests.notebooks import write


def test_the_lock_of_pypi_installs_what_the_kernel_has(tmp_path: Path) -> None:
    has = installed.scan()
    names = ("cronsim", "fastapi", "tzdata")
    pinned = needs(*(has.by_name[name].pin for name in names))
    locked = Locker({**os.environ, "UV_OFFLINE": "0"})("Real (1)", pinned, has, PLACE)
    assert locked.diagnostics == ()
    for line in pins(locked):
        name, _, version = line.partition("==")
        assert version == has.by_name[name].release
    (tmp_path / "requirements.lock").write_bytes(locked.files["requirements.lock"])
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv/bin/python"
    command = [find_uv_bin(), "pip", "install", "-q", "--python", str(python), "--no-deps"]
    command.append("--require-hashes")
    subprocess.run(
        [*command, "-r", str(tmp_path / "requirements.lock")],
        check=True,
        env={**os.environ, "UV_OFFLINE": "0"},
    )
    subprocess.run([python, "-c", "import fastapi, cronsim, tzdata"], check=True)


@pytest.mark.parametrize(
    ("cell", "is_well"), [("import json", True), ("exec('import pandas')", False)]
)
def test_a_check_has_what_the_lock_says_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: str, is_well: bool
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "0")
    endpoint = '"""\n@HTTP\nGET /a\n"""\ndef a():\n    return 1'
    path = write(tmp_path / "n.ipynb", cell, endpoint)
    stages = Stages()
    drafted = draft(find(path), BuildOptions(), stages, lock=Locker(os.environ))
    assert drafted.is_sound
    outcome = check(drafted, stages)
    codes = [each.code for each in outcome.findings]
    assert (outcome.ok, codes) == (is_well, [] if is_well else ["NL761"])
