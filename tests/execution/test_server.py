"""The kernel manager of `neutrino kernels serve`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from tornado.web import HTTPError

from neutrino_lab.lab.execution.server import PooledKernelManager


def test_a_kernel_that_is_just_taken_in_does_not_break_the_list_of_all() -> None:
    async def listed() -> list[str]:
        manager: Any = PooledKernelManager()  # type: ignore[no-untyped-call]
        manager._kernels["new"] = ServerKernelManager()
        with pytest.raises(HTTPError):
            manager.kernel_model("none")
        return [each["id"] for each in manager.list_kernels()]

    assert asyncio.run(listed()) == []
