"""A Jupyter server in a process of its own, with the extension."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

# On a busy machine a start was seen to take most of a minute.
DEADLINE_S = 240
_TOKEN = "known"
# Others that are installed take most of the time of a start.
_EXTENSIONS = {
    "neutrino_lab": True,
    **dict.fromkeys(("jupyterlab", "jupyter_lsp", "jupyter_server_terminals", "notebook"), False),
    "notebook_shim": False,
}


class JupyterServer:
    """A `jupyter server` whose root is a folder.

    `is_open` lets in everybody, without a token: what an app answers is then asked like any other
    server.
    """

    def __init__(
        self, folder: Path, *, is_open: bool = False, environment: Mapping[str, str] | None = None
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        own = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_RUNTIME_DIR": "run",
            "IPYTHONDIR": "ipython",
        }
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jupyter_server",
                "--allow-root",
                "--no-browser",
                f"--port={self.port}",
                "--ServerApp.port_retries=0",
                f"--IdentityProvider.token={'' if is_open else _TOKEN}",
                f"--ServerApp.disable_check_xsrf={is_open}",
                f"--ServerApp.jpserver_extensions={_EXTENSIONS}",
                f"--ServerApp.root_dir={folder}",
            ],
            env={
                **os.environ,
                **{name: str(folder / part) for name, part in own.items()},
                **(environment or {}),
            },
            stderr=subprocess.DEVNULL,
        )

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Call the server and give the JSON that it answers. Raises OSError where it refuses."""
        request = urllib.request.Request(
            f"http://{self.address}/{path}",
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={"Authorization": f"token {_TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
            return json.loads(answer.read() or "null")

    def until_it_answers(self, path: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """Ask again and again: nothing tells this process when another one is ready."""
        deadline = time.monotonic() + DEADLINE_S
        answer: Any = None
        while time.monotonic() < deadline:
            try:
                answer = self.ask("GET", path)
            except OSError as error:
                answer = error
            else:
                if fits(answer):
                    return answer
            time.sleep(0.05)
        raise AssertionError(f"{path} never answered what was expected: {answer}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
