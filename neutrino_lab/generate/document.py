"""Adds an accepted cell to a notebook file, with where it comes from, and changes nothing else."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from neutrino_lab.generate.errors import TaskError
from neutrino_lab.generate.task import Candidate
from neutrino_lab.notebook.provenance import GENERATED, KEY, hash_of

PROMPT = "1"
"""The version of what models are told."""


def metadata(candidate: Candidate, *, accepted_by: str, accepted_at: str) -> dict[str, Any]:
    """Give the metadata of an accepted cell: where it comes from. No value and no key is in it. A
    built-in operator needs none: nobody wrote code."""
    if candidate.builtin:
        return {}
    provenance = {
        "words": candidate.words,
        "model": candidate.model,
        "host": candidate.host,
        "prompt": PROMPT,
        "rounds": candidate.rounds,
        "checks": {each.name: each.status for each in candidate.checks},
        "sandbox": candidate.evidence.level,
        "hash": hash_of(candidate.cell),
        "accepted_by": accepted_by,
        "accepted_at": accepted_at,
    }
    return {KEY: {GENERATED: provenance}}


def append(path: Path, source: str, about: dict[str, Any]) -> int:
    """Put a cell at the end of a notebook, which is made if there is none; give its number.

    Raises TaskError where the file is no notebook of format 4, and OSError.
    """
    document = _read(path)
    cells = document["cells"]
    added: dict[str, Any] = {"cell_type": "code", "execution_count": None}
    if document.get("nbformat_minor", 0) >= 5:
        added["id"] = uuid4().hex[:8]
    added |= {"metadata": about, "outputs": []}
    added["source"] = source.rstrip("\n").splitlines(keepends=True)
    cells.append(added)
    _replace(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    return len(cells)


def check(path: Path) -> None:
    """Raise TaskError where no cell could be added, before anything is asked for."""
    _read(path)
    if not path.parent.is_dir():
        raise TaskError(f"There is no folder {path.parent}.")


def _read(path: Path) -> dict[str, Any]:
    if path.suffix != ".ipynb":
        raise TaskError(f"{path.name} is no notebook: its name has to end in .ipynb.")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        about = {"kernelspec": kernel, "language_info": {"name": "python"}}
        return {"cells": [], "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    except (ValueError, RecursionError) as error:
        raise TaskError(f"{path.name} is no notebook: {error}.") from error
    is_notebook = isinstance(document, dict) and isinstance(document.get("cells"), list)
    if not is_notebook or document.get("nbformat") != 4:
        raise TaskError(f"{path.name} is no notebook of format 4.")
    return document  # type: ignore[no-any-return]


def _replace(path: Path, text: str) -> None:
    """Write the file whole or not at all."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        if path.exists():
            Path(name).chmod(path.stat().st_mode & 0o7777)
        else:
            umask = os.umask(0)
            os.umask(umask)
            Path(name).chmod(0o666 & ~umask)
        os.replace(name, path)  # noqa: PTH105 - as Path.replace, in one step
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
