"""Neutrino Lab: the notebook is the service."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import Any

__version__ = version("neutrino-lab")


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell Jupyter of the server extension; nobody else pays for loading it."""
    apps = {"neutrino_lab.lab.app": "NeutrinoLab", "neutrino_lab.lab.execution.app": "Execution"}
    return [
        {"module": module, "app": getattr(import_module(module), name)}
        for module, name in apps.items()
    ]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Tell JupyterLab where the built front end is."""
    return [{"src": "labextension", "dest": "neutrino-lab"}]
