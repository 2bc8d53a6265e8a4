"""A thousand executions and two hundred sessions on kernels; nothing may be left of them."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from bench.kernels import run
from bench.lab import resident_mb
from bench.table import show
from neutrino_lab.kernels import local
from neutrino_lab.kernels.isolation import Isolation
from neutrino_lab.kernels.service import Service
from neutrino_lab.kernels.settings import Settings

EXECUTIONS = int(os.environ.get("SOAK_EXECUTIONS", "1000"))
SESSIONS = int(os.environ.get("SOAK_SESSIONS", "200"))
MOST_GROWN_MB = 25.0


def main() -> bool:
    """Tell whether nothing is left, and memory has stayed."""
    before = left()
    figures = asyncio.run(soaked())
    after = left()
    grown_mb = figures[-1][1] - figures[0][1]
    show("Soak: resident memory of the server, MB", ("", "MB"), figures)
    print(f"\nleft behind: {sorted(after - before) or 'nothing'}; grown by {grown_mb:.1f} MB")
    return after == before and grown_mb <= MOST_GROWN_MB


async def soaked() -> list[tuple[str, float]]:
    settings = Settings(isolation=Isolation(kind="process"), pool=2, per_minute=0)
    async with local.service(settings) as service:
        session = await service.open_session("")
        for _ in range(100):
            await run(service, "print('x' * 1000)", session.id)
        await one(service)
        figures = [("at first", resident_mb(os.getpid()))]
        for number in range(EXECUTIONS):
            assert (await run(service, f"{number}", session.id)).startswith(str(number))
        figures.append((f"after {EXECUTIONS} executions", resident_mb(os.getpid())))
        for _ in range(SESSIONS):
            await one(service)
        figures.append((f"after {SESSIONS} sessions", resident_mb(os.getpid())))
    return figures


async def one(service: Service) -> None:
    session = await service.open_session("")
    assert (await run(service, "6 * 7", session.id)).startswith("42")
    await service.end_session(session.id, "")


def left() -> set[str]:
    """Name what a service may leave behind: processes of kernels, folders, control groups."""
    kernels = {
        path.parent.name
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if b"/neutrino-" in _read(path) and b"connection.json" in _read(path)
    }
    folders = {path.name for path in Path(tempfile.gettempdir()).glob("neutrino-*/*/run")}
    groups = {path.name for path in Path("/sys/fs/cgroup").glob("*/neutrino-*")}
    return kernels | folders | groups


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
