"""A real Jupyter server with the extension, and real workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from jupyter_server.serverapp import ServerApp
from pytest_jupyter.jupyter_server import *  # noqa: F403

from neutrino_lab.lab.protocol.served import ServeOptions
from neutrino_lab.lab.registry import Notebook
from tests.jupyter import Lab
from tests.lab.upstream import ID, Served, Stub, Upstream


@pytest.fixture  # type: ignore[no-redef]
def jp_server_config() -> dict[str, Any]:
    return {"ServerApp": {"jpserver_extensions": {"neutrino_lab": True}}}


@pytest.fixture
def lab(jp_serverapp: ServerApp, http_server: object, jp_asyncio_loop: Any) -> Iterator[Lab]:
    found = Lab(jp_serverapp)
    jp_asyncio_loop.run_until_complete(found.open())
    yield found
    jp_asyncio_loop.run_until_complete(found.close())
    # Nobody stops the server of these fixtures. Where the collector found its kernel manager and
    # its context in one cycle, it could end the context first, with a warning in any later test.
    jp_serverapp.kernel_manager.context.destroy(linger=0)


@pytest.fixture
def upstream(lab: Lab, tmp_path: Path, jp_asyncio_loop: Any) -> Iterator[Upstream]:
    async def make() -> tuple[Upstream, Served]:
        upstream = Upstream()
        path = tmp_path / "up.sock"
        config = uvicorn.Config(
            upstream.app,
            uds=str(path),
            root_path=f"{lab.base}neutrino/live/{ID}",
            log_config=None,
            forwarded_allow_ips="*",
            ws="websockets-sansio",
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        server = Served(config)
        await server.__aenter__()
        prefix = f"{lab.base}neutrino/live/{ID}"
        notebook = Notebook(ID, "a.ipynb", owner="", prefix=prefix, options=ServeOptions())
        notebook.supervisor = Stub(path)  # type: ignore[assignment]
        lab.services.registry._notebooks[ID] = notebook
        return upstream, server

    found, server = jp_asyncio_loop.run_until_complete(make())
    yield found
    jp_asyncio_loop.run_until_complete(lab.services.registry.close())
    jp_asyncio_loop.run_until_complete(server.__aexit__())
