"""Runs one execution on a kernel: its files in, the code, its outputs and files out."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from neutrino_lab.kernels import answers, files
from neutrino_lab.kernels.errors import FilePathError
from neutrino_lab.kernels.executions import Execution, Result
from neutrino_lab.kernels.kernel import Kernel
from neutrino_lab.kernels.outputs import Outputs
from neutrino_lab.kernels.packages import Packages
from neutrino_lab.kernels.sessions import Session
from neutrino_lab.kernels.settings import Settings
from neutrino_lab.kernels.tasks import call_off

# What is left of its time to code for which packages were installed.
_LEAST_S = 0.5


class Runner:
    """Runs executions; `link` makes an address of a path of the API."""

    def __init__(self, settings: Settings, link: Callable[[str], str]) -> None:
        self._settings = settings
        self._link = link
        self._packages = Packages()

    async def run_in(
        self,
        session: Session,
        execution: Execution,
        contents: Mapping[str, bytes],
        timeout_s: float,
    ) -> Result:
        """Run it in a session, after what runs there; a busy one is not waited for longer than
        the time limit. Raises NoKernelError, FilePathError."""
        session.use()
        kernel = await session.kernel()
        session.users += 1
        try:
            execution.enter("queued", timeout_s)
            if not await _acquired(session.lock, execution.stop, timeout_s):
                return _not_begun(execution)
            try:
                execution.enter("starting")
                if refused := await self._full_folder(kernel, execution):
                    return refused
                session.begin(execution)
                result = await self.run_on(kernel, execution, contents, timeout_s)
            finally:
                session.running = None
                session.lock.release()
        finally:
            session.users -= 1
            session.use()
        session.keep(execution, result)
        return result

    async def run_on(
        self, kernel: Kernel, execution: Execution, contents: Mapping[str, bytes], timeout_s: float
    ) -> Result:
        """Write `contents` into the kernel's folder, by path, then run the code for at most
        `timeout_s` seconds. Raises NoKernelError, FilePathError."""
        await kernel.ready()
        state_lost, kernel.state_lost = kernel.state_lost, False
        folder: Path | None = getattr(kernel.provisioner, "work", None)
        for path, content in contents.items():
            if folder is None:
                raise FilePathError("This kernel runs elsewhere: files cannot be given to it.")
            await asyncio.to_thread(files.write, folder, path, content)
        began = time.monotonic()
        installed = await self._installed(kernel, execution, timeout_s)
        left_s = max(timeout_s - (time.monotonic() - began), _LEAST_S) if installed else timeout_s
        before = await _snapshot(folder)
        execution.begin(state_lost=state_lost, limit_s=left_s)
        outputs = Outputs(self._settings.output_bytes, lambda data: execution.tell("output", data))
        execution.outputs = outputs.listed

        def take(message: Mapping[str, Any]) -> bool:
            outputs.take(message)
            return not outputs.is_full

        began = time.monotonic()
        ending = await kernel.run(execution.code, take, timeout_s=left_s, stop=execution.stop)
        duration_ms = round(1000 * (time.monotonic() - began))
        return answers.result(
            execution,
            ending,
            outputs,
            settings=self._settings,
            link=self._link,
            timeout_s=timeout_s,
            duration_ms=duration_ms,
            state_lost=state_lost or ending.state_lost,
            changed=files.changed(before, await _snapshot(folder)),
            installed=installed,
        )

    async def _installed(self, kernel: Kernel, execution: Execution, timeout_s: float) -> list[str]:
        """Install what the code imports, where that is allowed; it counts as time of the code."""
        if self._settings.packages != "allow":
            return []
        providing = asyncio.ensure_future(
            self._packages.provide(kernel.provisioner, execution.code)
        )
        stopping = asyncio.ensure_future(execution.stop.wait())
        try:
            await asyncio.wait(
                {providing, stopping}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            return providing.result() if providing.done() else ["There was no time to install."]
        finally:
            await call_off(providing, stopping)

    async def _full_folder(self, kernel: Kernel, execution: Execution) -> Result | None:
        """Refuse where the folder holds more than it may, with /tmp and the home folder."""
        folders = getattr(kernel.provisioner, "writable", ())
        most_mb = kernel.isolation.limits.folder_mb if kernel.isolation else 0
        if not folders or not most_mb:
            return None
        held_mb = await asyncio.to_thread(files.size_mb, *folders)
        if held_mb <= most_mb:
            return None
        held = (
            f"holds with /tmp {held_mb:,.0f} MB, and {most_mb:,} MB are allowed."
            if math.isfinite(held_mb)
            else f"has folders in folders deeper than {files.DEEPEST}, which are not measured."
        )
        message = (
            f"The session's folder {held} "
            "Delete files by DELETE on the session's files, restart it, which empties /tmp, or "
            "open a new session."
        )
        return answers.refusal(execution, "refused", "FolderFull", message)


async def _snapshot(folder: Any) -> files.Snapshot:
    return await asyncio.to_thread(files.snapshot, folder) if folder is not None else {}


async def _acquired(lock: asyncio.Lock, stop: asyncio.Event, timeout_s: float) -> bool:
    """Wait for a lock, or for the wish to stop; tell whether the lock is ours."""
    acquiring = asyncio.ensure_future(lock.acquire())
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait(
            {acquiring, stopping}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        return acquiring.done()
    finally:
        stopping.cancel()
        if not acquiring.done():
            acquiring.cancel()


def _not_begun(execution: Execution) -> Result:
    if execution.stop.is_set():
        message = "The code was interrupted before it had begun."
        return answers.refusal(execution, "interrupted", "Interrupted", message)
    message = "The session was busy with other code the whole time; this was not run."
    return answers.refusal(execution, "refused", "Busy", message)
