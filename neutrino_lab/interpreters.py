"""From the name of a kernel to the interpreter that serves its notebooks."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from string import Template
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from neutrino_lab.runtime.errors import NeutrinoError

# As jupyter_client does it: the bare name means the server's own interpreter.
_OWN = re.compile(r"python(?:3(?:\.\d+)?)?")
# What lets its holder act as the user, or as the server.
SECRETS = (
    "JPY_*",
    "JUPYTERHUB_*",
    "JUPYTER_TOKEN*",
    "JUPYTER_*SECRET*",
    "JUPYTER_*PASSWORD*",
    "JUPYTER_GATEWAY_AUTH_TOKEN",
    "CONFIGPROXY_AUTH_TOKEN",
)
_SHORTEST_TOKEN = 8


class KernelError(NeutrinoError):
    """The kernel is not installed, or is not one of Python."""

    code = "no-kernel"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python, and the environment that a kernel of it would have."""

    python: str
    environment: Mapping[str, str]


def interpreter(
    specs: KernelSpecManager,
    name: str,
    *,
    environment: Mapping[str, str],
    hidden: Iterable[str] = (),
    tokens: Iterable[str] = (),
) -> Interpreter:
    """Find the interpreter of a kernel, the default one if it has no name.

    The environment is the server's own without its secrets: variables that `SECRETS` or `hidden`
    name, and any that holds one of the `tokens`. Raises KernelError.
    """
    wanted = name or "python3"
    try:
        spec: Any = specs.get_kernel_spec(wanted)
    except NoSuchKernel:
        raise KernelError(f"The kernel {wanted} is not installed; choose another one.") from None
    if spec.language.lower() != "python" or not spec.argv:
        raise KernelError(f"{spec.display_name} is no Python kernel; only Python can be served.")
    python = sys.executable if _OWN.fullmatch(spec.argv[0]) else spec.argv[0]
    found = shutil.which(os.path.expanduser(python))  # noqa: PTH111 - the text of an argv
    if found is None:
        raise KernelError(f"{spec.display_name} is to be run with {python}, which is not there.")
    if not Path(found).name.lower().startswith(("python", "pypy")):
        raise KernelError(
            f"{spec.display_name} is started by {Path(found).name}, not by a Python interpreter; "
            "choose a kernel whose command begins with one."
        )
    clean = _without_secrets(environment, [*SECRETS, *hidden], [*tokens])
    own = {key: Template(text).safe_substitute(clean) for key, text in spec.env.items()}
    return Interpreter(found, {**clean, **own})


def kernel_name(metadata: Any) -> str:
    """Tell which kernel the metadata of a notebook name, empty where they name none."""
    spec = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    name = spec.get("name") if isinstance(spec, dict) else None
    return name if isinstance(name, str) else ""


def _without_secrets(
    environment: Mapping[str, str], patterns: list[str], tokens: list[str]
) -> dict[str, str]:
    secrets = [token for token in tokens if len(token) >= _SHORTEST_TOKEN]
    return {
        key: text
        for key, text in environment.items()
        if not any(fnmatchcase(key.upper(), pattern) for pattern in patterns)
        and not any(secret in text for secret in secrets)
    }
