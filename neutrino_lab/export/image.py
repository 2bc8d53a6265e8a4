"""The files that make an image of a build and run it: Dockerfile, .dockerignore, compose.yaml.

The user's text reaches the Dockerfile as the values of labels alone, quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from string import Template

from neutrino_lab.export.options import BuildOptions

# What installs the requirements in the image. A build must do the same next year.
UV_VERSION = "0.13.9"

_TEMPLATES = Path(__file__).parent / "templates"
_LABEL_CHARACTERS = 300


def dockerfile(
    options: BuildOptions,
    *,
    title: str,
    description: str = "",
    requirements: str = "requirements.txt",
) -> str:
    """Write the Dockerfile; `requirements` is installed, with its hashes if it is a lock.

    A lock names everything, and may hold what its packages would not have agreed upon.
    """
    check = "--require-hashes --no-deps " if requirements.endswith(".lock") else ""
    return template("Dockerfile").substitute(
        python=options.python,
        uv=UV_VERSION,
        requirements=requirements,
        install=f"{check}-r {requirements}",
        apt=_apt(options.packages),
        title=label(title),
        description=label(description),
    )


def dockerignore(tops: Iterable[str]) -> str:
    """Write an allow-list: only these files and folders reach the image."""
    return "\n".join(["*", *(f"!{top}" for top in sorted(tops)), "**/__pycache__", ""])


def compose(options: BuildOptions, *, title: str, variables: Iterable[str]) -> str:
    """Write compose.yaml; `variables` are passed into the container by name.

    There is no `version`, of which Compose 2 complains, and no `env_file`, which may not be missing
    for Compose 1.
    """
    return template("compose.yaml").substitute(
        image=image_name(title),
        port=options.port,
        environment="".join(f"      - {name}\n" for name in variables),
    )


def image_name(title: str) -> str:
    """A name that Docker accepts, from any text."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-") or "notebook"


def label(text: str) -> str:
    """Write a text as one word of a Dockerfile, on one line.

    Backslashes and double quotes are told otherwise: the parsers of Dockerfiles differ over them.
    """
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    plain = flat[:_LABEL_CHARACTERS].replace("\\", "/").replace('"', "'")
    return '"' + plain.replace("$", "\\$") + '"'


def template(name: str) -> Template:
    """Read a template of the package by its file name."""
    return Template((_TEMPLATES / name).read_text(encoding="utf-8"))


def _apt(packages: Iterable[str]) -> str:
    listed = " ".join(sorted(packages))
    if not listed:
        return ""
    return (
        "# Debian keeps one version of a package, so a pinned one is soon not to be had.\n"
        "# hadolint ignore=DL3008\n"
        "RUN apt-get update \\\n"
        f"    && apt-get install -y --no-install-recommends {listed} \\\n"
        "    && rm -rf /var/lib/apt/lists/*\n\n"
    )
