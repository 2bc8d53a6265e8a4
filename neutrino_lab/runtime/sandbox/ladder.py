"""How a sandboxed process is kept apart: the strongest of three ways that works here, by trying."""

from __future__ import annotations

import json
import os
import pickle
import sys
import tempfile
from functools import cache
from pathlib import Path

from . import bubblewrap
from .child import Child, ChildError
from .levels import DEFAULT, LEVELS, Level

MEMORY_MB = 512
"""Of data, as RLIMIT_DATA counts it: numpy and pandas fit in, RLIMIT_AS would break them."""

_WORKER = Path(__file__).with_name("worker.py")
_RUNTIME = str(_WORKER.resolve().parents[1])
_START_S = 60.0
_TRIAL = """
import os, socket
def trial(path):
    found = []
    try:
        with open(path) as file:
            found.append("files can be read")
    except OSError:
        pass
    try:
        with open("/tmp/neutrino-trial", "w") as file:
            file.write("x")
        found.append("files can be written")
    except OSError:
        pass
    try:
        socket.create_connection(("127.0.0.1", 9), 0.2)
        found.append("the network is reached")
    except ConnectionRefusedError:
        found.append("the network is reached")
    except OSError:
        pass
    return ", ".join(found)
"""


class SandboxError(Exception):
    """No process can be kept apart here as it has to be; the message says why, and what to do."""


def strongest(accepted: Level = DEFAULT) -> Level:
    """Give the strongest level that works here. Raises SandboxError where it is too weak."""
    reasons = []
    for level in LEVELS[: LEVELS.index(accepted) + 1]:
        reason = refusal(level)
        if not reason:
            return level
        reasons.append(f"{level}: {reason}")
    raise SandboxError(
        f"a sandboxed operator cannot be kept apart here ({'; '.join(reasons)}). Install "
        "bubblewrap, or set NEUTRINO_SANDBOX=limits if it may run without isolation"
    )


def start(level: Level, memory_mb: int = MEMORY_MB) -> Child:
    """Start the worker, restricted. Raises OSError where there are no more processes."""
    readable = (*bubblewrap.interpreter(), _RUNTIME)
    options = {
        "level": level,
        "memory_mb": memory_mb,
        "readable": [*bubblewrap.SYSTEM, *bubblewrap.ETC, *readable, "/dev/urandom"],
    }
    worker = str(_WORKER.resolve())
    python = [sys.executable, "-I", "-B", "-X", "utf8", worker, json.dumps(options)]
    command = bubblewrap.command(python, readable=readable) if level == "bubblewrap" else python
    # More threads than one would each ask for memory.
    return Child(command, {"PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"})


@cache
def refusal(level: Level) -> str:
    """Try a level; say why it does not work here, or that it does not hold; empty if it does."""
    with tempfile.NamedTemporaryFile(prefix="neutrino-trial-") as secret:
        try:
            child = start(level)
        except OSError as error:
            return f"{Path(str(error.filename)).name} does not start: {error.strerror}"
        try:
            return _found(child, secret.name) if level != "limits" else ""
        except ChildError as error:
            return str(error)
        finally:
            child.close()


def _found(child: Child, path: str) -> str:
    child.send(pickle.dumps(("begin", _TRIAL, "trial.py", 1, 0, "trial")), _START_S)
    answer = json.loads(child.receive(_START_S))
    if "error" in answer:
        return str(answer["error"][1])
    child.send(pickle.dumps(("run", "map", True, None, False, {}, 0, [path])), _START_S)
    answer = json.loads(child.receive(_START_S))
    found = answer["outcomes"][0]
    return found if isinstance(found, str) else f"the trial failed: {found}"
