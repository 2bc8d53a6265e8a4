"""The servers that are attacked: JupyterLab with the extension, `neutrino run`, and exports."""

from __future__ import annotations

from pytest_jupyter.jupyter_server import *  # noqa: F403

from tests.lab.conftest import jp_server_config, lab

__all__ = ["jp_server_config", "lab"]
