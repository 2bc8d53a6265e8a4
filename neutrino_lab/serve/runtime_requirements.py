"""What an interpreter must have installed to run notebooks, and the words where it has not.

Shipped to the kernel's interpreter. Standard library only, and a syntax that Python 3.7 reads:
guard.py says why.
"""

from __future__ import annotations

import importlib
import importlib.util
import platform
import shlex
import sys
from typing import Any, Dict, Mapping, Tuple  # noqa: UP035 - guard.py says why

OLDEST = (3, 10)
# What the runtime imports, and the distributions that bring it.
RUNTIME = {
    "fastapi": "fastapi>=0.115",
    "apscheduler": "apscheduler>=3.10,<4",
    "cronsim": "cronsim>=2.7",
    "orjson": "orjson>=3.10",
}
# And what the worker imports beside it.
NEEDS = {
    **RUNTIME,
    "uvicorn": "uvicorn[standard]>=0.36",
    "websockets": "uvicorn[standard]>=0.36",
}


def load(module: str, needs: Mapping[str, str]) -> Tuple[Any, Dict[str, Any]]:  # noqa: UP006
    """Import a module that has needs. Where that cannot be, it is None, and what this interpreter
    lacks is told: all of the needs, where the import fails for another reason."""
    missing = [name for name in needs if importlib.util.find_spec(name) is None]
    detail = ""
    if sys.version_info >= OLDEST and not missing:
        try:
            return importlib.import_module(module), {}
        except ImportError as error:
            detail = str(error)
    return None, {
        "python": platform.python_version(),
        "is_too_old": sys.version_info < OLDEST,
        "executable": sys.executable,
        "modules": missing,
        "requirements": list(dict.fromkeys(needs[name] for name in missing or needs)),
        "detail": detail,
    }


def words(lacking: Mapping[str, Any]) -> Tuple[str, str]:  # noqa: UP006
    """Say what is lacking, and give the command that fixes it."""
    python = lacking["executable"]
    if lacking["is_too_old"]:
        reason = "The kernel's Python is {}; serving needs 3.10 or newer."
        return reason.format(lacking["python"]), ""
    install = [python, "-m", "pip", "install", *lacking["requirements"]]
    # Not shlex.join: Python 3.7 has none.
    command = " ".join(map(shlex.quote, install))
    modules = ", ".join(lacking["modules"])
    if modules:
        return "The kernel's environment lacks {}.".format(modules), command  # noqa: UP032
    return "The kernel's environment does not fit: {}.".format(lacking["detail"]), command
