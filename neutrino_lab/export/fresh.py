"""A fresh environment with what requirements.lock says and nothing else, to try an export in."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from neutrino_lab.export import indexes
from neutrino_lab.export.processes import Cancellation, Ran

TIMEOUT_S = 600.0
MOST_REASON_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Made:
    """The interpreter of the environment; empty where it could not be made, and the reason why."""

    python: str
    reason: str = ""


def make(
    lock: bytes,
    python: str,
    folder: Path,
    variables: Mapping[str, str],
    cancellation: Cancellation,
) -> Made:
    """Make an environment of this interpreter in a new folder, mostly from uv's cache.

    `variables` say which indexes to ask. Raises ExportCancelledError.
    """
    if not lock:
        return Made("", "there is no requirements.lock")
    environment = indexes.environment(variables, python)
    place = folder / "environment"
    requirements = folder / "requirements.lock"
    # The addresses of indexes have lost their passwords; the variables have them.
    lines = [line for line in lock.decode().splitlines() if not line.startswith("--")]
    requirements.write_text("\n".join(lines) + "\n", encoding="utf-8")
    own = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    for arguments in (
        ["venv", str(place), "--python", python, "--no-python-downloads", "--no-project"],
        ["pip", "sync", "--require-hashes", "--python", str(own), str(requirements)],
    ):
        try:
            ran = cancellation.run(
                [find_uv_bin(), *arguments, "--no-progress", "--color", "never"],
                folder=folder,
                environment=environment,
                timeout_s=TIMEOUT_S,
            )
        except OSError as error:  # uv is not there
            return Made("", f"uv cannot be started: {error.strerror or error}")
        if ran.code != 0:
            return Made("", _reason(ran))
    return Made(str(own))


def _reason(ran: Ran) -> str:
    if ran.code is None:
        return f"uv did not end within {TIMEOUT_S:g} seconds"
    said = indexes.redacted(" ".join(ran.errors.split()))
    said = said.partition("error: ")[2] or said
    if len(said) > MOST_REASON_CHARACTERS:
        said = f"{said[:MOST_REASON_CHARACTERS]}…"
    return f"uv says: {said}"
