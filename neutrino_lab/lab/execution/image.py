"""`neutrino kernels image`: the files that make a container of the service."""

from __future__ import annotations

import sys
from pathlib import Path
from string import Template

from neutrino_lab import __version__
from neutrino_lab.export.image import UV_VERSION

_TEMPLATES = Path(__file__).parent / "templates"
_NAMES = ("Dockerfile", "compose.yaml", "requirements.txt")


def files() -> dict[str, str]:
    """Give the texts of the files, by their names."""
    values = {
        "python": ".".join(map(str, sys.version_info[:2])),
        "uv": UV_VERSION,
        "version": __version__,
    }
    made = {
        name: Template((_TEMPLATES / name).read_text(encoding="utf-8")).substitute(values)
        for name in _NAMES
    }
    return {**made, ".dockerignore": "*\n!requirements.txt\n"}


def write(folder: Path) -> list[Path]:
    """Write the files into a folder. Raises FileExistsError where one is there already."""
    paths = {folder / name: text for name, text in files().items()}
    for path in paths:
        if path.exists():
            raise FileExistsError(f"{path} exists; choose another folder with --out")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in paths.items():
        path.write_text(text, encoding="utf-8")
    return list(paths)
