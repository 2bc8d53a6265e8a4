"""The files that make a container of the service."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
import yaml
from dockerfile_parse import DockerfileParser

from neutrino_lab import __version__, cli
from neutrino_lab.lab.execution import image


def test_it_writes_what_docker_builds_and_never_overwrites(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "it"
    assert cli.main(["kernels", "image", "--out", str(out)]) == 0
    assert f"docker compose -f {out}/compose.yaml up --build" in capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == [
        ".dockerignore",
        "Dockerfile",
        "compose.yaml",
        "requirements.txt",
    ]
    assert f"neutrino-lab[mcp]=={__version__}" in (out / "requirements.txt").read_text()
    assert cli.main(["kernels", "image", "--out", str(out)]) == 2
    assert "exists" in capsys.readouterr().err


def test_docker_reads_it_and_the_container_may_do_little() -> None:
    files = image.files()
    parser = DockerfileParser(fileobj=BytesIO())
    parser.content = files["Dockerfile"]
    python = ".".join(map(str, sys.version_info[:2]))
    assert parser.parent_images == [f"python:{python}-slim"] * 2
    service = yaml.safe_load(files["compose.yaml"])["services"]["kernels"]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["ports"] == ["${BIND_ADDRESS:-127.0.0.1}:${PORT:-8888}:8888"]


def test_hadolint_finds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(image.files()["Dockerfile"])
    hadolint = Path(sys.executable).with_name("hadolint")
    told = subprocess.run([hadolint, path], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, "")
