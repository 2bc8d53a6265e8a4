"""A real kernel that has run a notebook, called as the front end calls it."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_event_loop

from neutrino_lab.lab import live_kernel
from neutrino_lab.lab.analysis import DocumentAnalyzer
from neutrino_lab.lab.protocol.base import SourceCell
from neutrino_lab.lab.protocol.kernel import KernelAnswer, KernelCall, KernelRequest
from neutrino_lab.serve.live_kernel.loader import MEDIA_TYPE
from neutrino_lab.serve.runtime_dir import RuntimeDir

DEADLINE_S = 60


class Kernel:
    """One kernel and one document, whose cells may be edited without being run."""

    def __init__(self, manager: KernelManager, loader: Path, path: str) -> None:
        self.manager = manager
        self.client = manager.client()
        self.client.start_channels(hb=False)  # whose thread leaves its loop open
        self.client.wait_for_ready(timeout=DEADLINE_S)
        self.loader = loader
        self.path = path
        self.cells: list[SourceCell] = []
        self._analyst = DocumentAnalyzer()

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()
        # The client's own, which it leaves open.
        ensure_event_loop().close()
        asyncio.set_event_loop(None)

    def interrupt(self) -> None:
        """Do as Jupyter does; from any thread, as the manager itself may not be called."""
        os.kill(cast("Any", self.manager.provisioner).pid, signal.SIGINT)

    def write(self, *sources: str) -> None:
        self.cells = [
            SourceCell(id=f"c{n}", type="code", source=source)
            for n, source in enumerate(sources, 1)
        ]

    def run(self, *sources: str) -> None:
        """Run cells: these, or all of the document."""
        for source in sources or [each.source for each in self.cells if each.type == "code"]:
            reply = self.client.execute(source, reply=True, timeout=DEADLINE_S)
            assert reply["content"]["status"] in {"ok", "error"}, reply

    def printed(self, source: str) -> str:
        """What the kernel prints for a cell."""
        told: list[str] = []
        self.client.execute_interactive(
            source,
            timeout=DEADLINE_S,
            output_hook=lambda message: told.append(
                message["content"].get("text") or message["msg_type"]
            ),
        )
        kept = [each for each in told if each not in {"status", "execute_input"}]
        return "".join(kept).strip()

    def ask(self, key: str = "", call: KernelCall | None = None) -> KernelAnswer:
        """Let the kernel tell how the endpoints stand, or answer a call."""
        request = KernelRequest(path=self.path, cells=self.cells, key=key, call=call)
        code = live_kernel.code(self._analyst, request, self.loader)
        return self.evaluate(code.expression)

    def evaluate(self, expression: str) -> KernelAnswer:
        reply = self.client.execute(
            "",
            silent=True,
            store_history=False,
            user_expressions={"answer": expression},
            stop_on_error=False,
            reply=True,
            timeout=DEADLINE_S,
        )
        told = reply["content"]["user_expressions"]["answer"]
        assert told["status"] == "ok", "\n".join(told["traceback"])
        return KernelAnswer.model_validate(told["data"][MEDIA_TYPE])

    def call(self, key: str, target: str = "", body: Any = None, **headers: str) -> KernelAnswer:
        """Call an endpoint, by its own path unless another is given."""
        method, _, path = key.partition(" ")
        request = httpx.Request(
            method, f"http://kernel{target or path}", json=body, headers=headers
        )
        return self.send(key, request)

    def send(self, key: str, request: httpx.Request) -> KernelAnswer:
        content = request.read()
        sent = [[n.decode(), v.decode()] for n, v in request.headers.raw]
        return self.ask(
            key,
            KernelCall(
                id="call-1",
                method=request.method,
                target=request.url.raw_path.decode(),
                headers=[
                    each for each in sent if each[0].lower() not in {"host", "content-length"}
                ],
                body=base64.b64encode(content).decode(),
            ),
        )


def response(answer: KernelAnswer) -> httpx.Response:
    """The answer as a client of HTTP has it."""
    assert answer.response is not None, answer
    told = answer.response
    return httpx.Response(
        told.status,
        headers=[(name, value) for name, value in told.headers],
        content=base64.b64decode(told.body),
    )


def cells_of(notebook: Path) -> list[SourceCell]:
    """The cells of a notebook's file, as the front end sends them."""
    read: Mapping[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
    return [
        SourceCell(
            id=each.get("id", f"c{n}"),
            type=each["cell_type"],
            source="".join(each["source"]),
            tags=each["metadata"].get("tags", []),
        )
        for n, each in enumerate(read["cells"], 1)
    ]


@contextmanager
def started(folder: Path, path: str = "a.ipynb") -> Iterator[Kernel]:
    """Start a kernel in a folder, with the code that it is to be given."""
    runtime_dir = RuntimeDir(folder / "runtime")
    manager = KernelManager(kernel_name="python3", transport="ipc", ip=str(folder / "ipc"))
    manager.start_kernel(cwd=str(folder))
    kernel = Kernel(manager, runtime_dir.loader, path)
    try:
        yield kernel
    finally:
        kernel.close()
        runtime_dir.close()
