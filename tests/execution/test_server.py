"""`neutrino kernels serve`: its kernel manager, its variables, and what it leaves."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from tornado.web import HTTPError

from neutrino_lab.lab.execution.server import PooledKernelManager
from tests.execution.server import TOKEN, served


def test_a_kernel_that_is_just_taken_in_does_not_break_the_list_of_all() -> None:
    async def listed() -> list[str]:
        manager: Any = PooledKernelManager()  # type: ignore[no-untyped-call]
        manager._kernels["new"] = ServerKernelManager()
        with pytest.raises(HTTPError):
            manager.kernel_model("none")
        return [each["id"] for each in manager.list_kernels()]

    assert asyncio.run(listed()) == []


def test_what_kernel_gateway_was_told_by_is_understood_and_nothing_is_left() -> None:
    environment = {
        "KG_AUTH_TOKEN": TOKEN, "KG_PORT": "0", "KG_IP": "127.0.0.1", "KG_PRESPAWN_COUNT": "1",
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
    }  # fmt: skip
    with served("--isolation", "process", environment=environment) as found:
        assert found.url.startswith("http://127.0.0.1:")
        session = found.session()
        code = "import os; print(os.getcwd(), os.getpid())"
        folder, pid = found.run(code, session)["text"].split()
        assert Path(folder).is_dir()
        assert not any(name.startswith("KG_") for name in os.environ)
    assert not Path(folder).parent.parent.exists()
    assert not Path(f"/proc/{pid}").exists()
    assert found.process.returncode == 0
