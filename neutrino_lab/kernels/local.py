"""A service on this machine without a Jupyter server: for standard streams, tests and measuring."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.multikernelmanager import AsyncMultiKernelManager

from neutrino_lab.kernels import files, isolation, wire
from neutrino_lab.kernels.service import Service
from neutrino_lab.kernels.settings import Settings


def folder() -> Path:
    """Make the folder that kernels' folders are made in; other users see none of its names."""
    made = Path(tempfile.mkdtemp(prefix="neutrino-"))
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # The users that kernels run as find their own folder, which is closed to all others.
        made.chmod(0o711)
    return made


@asynccontextmanager
async def service(
    settings: Settings, *, audit: Callable[[dict[str, Any]], None] = lambda _: None
) -> AsyncIterator[Service]:
    """Run a service over jupyter_client's own manager. Raises IsolationError."""
    isolation.check(settings.isolation.kind)
    base = folder()
    specs = KernelSpecManager()
    context = wire.context(settings.output_bytes)
    multi = AsyncMultiKernelManager(kernel_spec_manager=isolation.over(specs))

    def make_wire(
        manager: Any, on_message: wire.OnMessage, broken: Callable[[], None]
    ) -> wire.Wire:
        return wire.LocalWire(lambda: manager.client(context=context), on_message, broken)

    has_packages = settings.packages == "allow"
    kept = replace(settings.isolation, base=str(base), packages=has_packages)
    made = Service(
        multi,
        specs,
        make_wire,
        replace(settings, isolation=kept),
        audit=audit,
        close=context.destroy,
    )
    made.start()
    try:
        yield made
    finally:
        await made.close()
        await multi.shutdown_all(now=True)
        multi.context.destroy(linger=0)
        files.remove(Path(base))
