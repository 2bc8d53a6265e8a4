"""The API over `neutrino_lab.kernels`: an extension of the Jupyter server of its own."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell a Jupyter server of this part alone, as `neutrino kernels serve` uses it."""
    module = "neutrino_lab.lab.execution.app"
    return [{"module": module, "app": import_module(module).Execution}]
