"""Which environment an export takes its versions from: that of the notebook's own kernel."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from jupyter_client.kernelspec import KernelSpecManager

from neutrino_lab import interpreters
from neutrino_lab.export import installed, probe
from neutrino_lab.export.processes import Cancellation
from neutrino_lab.notebook.model import Notebook, Unreadable


def find(
    notebooks: Iterable[Notebook | Unreadable],
    specs: KernelSpecManager,
    *,
    kernel_name: str = "",
    cancellation: Cancellation | None = None,
) -> installed.Installed:
    """Ask the interpreter of `kernel_name`, or that of the first kernel that a notebook names and
    that is installed, or this one.

    Raises KernelError, InterpreterError, ExportCancelledError.
    """
    name = kernel_name or _named(notebooks, specs)
    if not name:
        return installed.scan()
    found = interpreters.interpreter(specs, name, environment=os.environ)
    if found.python == sys.executable:
        return installed.scan()
    return probe.ask(found.python, found.environment, cancellation=cancellation)


def _named(notebooks: Iterable[Notebook | Unreadable], specs: KernelSpecManager) -> str:
    known = specs.find_kernel_specs()
    for notebook in notebooks:
        name = interpreters.kernel_name(notebook.metadata) if isinstance(notebook, Notebook) else ""
        # A notebook of a colleague names kernels that are not here.
        if name in known:
            return name
    return ""
