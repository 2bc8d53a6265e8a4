"""A real Jupyter server with the extension, and real workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_server.serverapp import ServerApp
from pytest_jupyter.jupyter_server import *  # noqa: F403

from tests.jupyter import Lab


@pytest.fixture  # type: ignore[no-redef]
def jp_server_config() -> dict[str, Any]:
    return {"ServerApp": {"jpserver_extensions": {"neutrino_lab": True}}}


@pytest.fixture
def lab(jp_serverapp: ServerApp, http_server: object, jp_asyncio_loop: Any) -> Iterator[Lab]:
    found = Lab(jp_serverapp)
    jp_asyncio_loop.run_until_complete(found.open())
    yield found
    jp_asyncio_loop.run_until_complete(found.close())
