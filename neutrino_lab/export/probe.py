"""Asks a kernel's own interpreter what it has installed."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from neutrino_lab.export import installed, inventory
from neutrino_lab.export.errors import InterpreterError
from neutrino_lab.export.processes import Cancellation

TIMEOUT_S = 60.0
OLDEST = (3, 10)


def ask(
    python: str,
    environment: Mapping[str, str] | None = None,
    *,
    cancellation: Cancellation | None = None,
    timeout_s: float = TIMEOUT_S,
) -> installed.Installed:
    """Read the environment of the interpreter at `python`, run as a kernel would run.

    Not with `-I`: a kernel sees the user's own site-packages and PYTHONPATH. An empty folder keeps
    a file that happens to be called json.py out. Raises InterpreterError, ExportCancelledError.
    """
    with tempfile.TemporaryDirectory(prefix="neutrino-probe-") as folder:
        try:
            ran = (cancellation or Cancellation()).run(
                [python, "-"],
                folder=Path(folder),
                environment={**(os.environ if environment is None else environment)}
                | {"PYTHONIOENCODING": "utf-8"},
                timeout_s=timeout_s,
                text=Path(inventory.__file__).read_text(encoding="utf-8"),
            )
        except OSError as error:
            reason = f"cannot be started: {error.strerror or error}"
            raise InterpreterError(python, reason) from error
    if ran.code is None:
        raise InterpreterError(python, f"did not answer within {timeout_s:g} seconds")
    _, mark, answer = ran.output.rpartition(inventory.MARK)
    try:
        data = json.loads(answer) if mark else None
    except ValueError:
        data = None
    if data is None:
        last = (ran.errors.strip().splitlines() or ["it gave no answer"])[-1]
        raise InterpreterError(python, f"cannot say what it has installed: {last}")
    if tuple(map(int, data["python"].split(".")[:2])) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise InterpreterError(python, f"is Python {data['python']}; {wanted} or newer is needed")
    return installed.of(data, python)
