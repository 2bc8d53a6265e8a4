"""From a kernel's name to an interpreter and a clean environment."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from neutrino_lab.interpreters import KernelError, interpreter


@pytest.fixture
def specs(tmp_path: Path) -> KernelSpecManager:
    manager = KernelSpecManager(ensure_native_kernel=False)
    manager.kernel_dirs = [str(tmp_path)]
    return manager


def install(specs: KernelSpecManager, name: str, *argv: str, **more: Any) -> None:
    folder = Path(specs.kernel_dirs[0], name)
    folder.mkdir()
    spec = {"argv": [*argv, "-f", "{connection_file}"], "display_name": name, "language": "python"}
    (folder / "kernel.json").write_text(json.dumps({**spec, **more}))


def test_the_interpreter_is_the_first_word_of_the_command(specs: KernelSpecManager) -> None:
    install(specs, "mine", sys.executable, "-m", "ipykernel_launcher")
    assert interpreter(specs, "mine", environment={}).python == sys.executable


@pytest.mark.parametrize("name", ["python", "python3", "python3.11"])
def test_a_bare_python_is_the_servers_own(specs: KernelSpecManager, name: str) -> None:
    install(specs, "bare", name, "-m", "ipykernel_launcher")
    assert interpreter(specs, "bare", environment={}).python == sys.executable


def test_secrets_stay_behind_and_the_kernels_own_variables_come(specs: KernelSpecManager) -> None:
    install(specs, "mine", sys.executable, env={"EXTRA": "${HOME}/x", "PATH": "/bin:${PATH}"})
    environment = {
        "HOME": "/home/ada",
        "PATH": "/usr/bin",
        "JUPYTER_TOKEN": "1",
        "JPY_SESSION_NAME": "1",
        "JUPYTERHUB_API_TOKEN": "1",
        "CONFIGPROXY_AUTH_TOKEN": "1",
        "AWS_SECRET": "1",
        "HELD": "token sesame-open-up",
    }
    found = interpreter(
        specs, "mine", environment=environment, hidden=["AWS_*"], tokens=["sesame-open-up", ""]
    )
    assert found.environment == {
        "HOME": "/home/ada",
        "PATH": "/bin:/usr/bin",
        "EXTRA": "/home/ada/x",
    }


@pytest.mark.parametrize(
    ("argv", "more", "reason"),
    [
        (["Rscript"], {"language": "R"}, "no Python kernel"),
        (["/nowhere/python"], {}, "which is not there"),
        (["/bin/sh", "-c", "python"], {}, "not by a Python interpreter"),
    ],
)
def test_a_kernel_that_cannot_serve_says_why(
    specs: KernelSpecManager, argv: list[str], more: dict[str, str], reason: str
) -> None:
    install(specs, "odd", *argv, **more)
    with pytest.raises(KernelError, match=reason):
        interpreter(specs, "odd", environment={})


def test_a_kernel_that_is_not_installed_is_named(specs: KernelSpecManager) -> None:
    with pytest.raises(KernelError, match="kernel gone is not installed"):
        interpreter(specs, "gone", environment={})
