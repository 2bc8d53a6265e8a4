"""What the handlers of this API share."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any, TypeVar, cast

from neutrino_lab.generate import settings
from neutrino_lab.kernels.errors import LimitReachedError, NoKernelError
from neutrino_lab.kernels.service import Service
from neutrino_lab.lab.execution.live import KEY, Live
from neutrino_lab.lab.handler import Handler
from neutrino_lab.lab.protocol.base import Message

Body = TypeVar("Body", bound=Message)


class ExecutionHandler(Handler):
    """A call of the service: JSON in, JSON out."""

    auth_resource = "kernels"

    @property
    def live(self) -> Live:
        """What makes the service when it is first asked for."""
        return cast("Live", self.settings[KEY])

    async def service(self) -> Service:
        """Give the service, which is made when it is first asked for. Raises IsolationError."""
        return await self.live.service()

    async def model_settings(self, model: str = "", base_url: str = "") -> settings.ModelSettings:
        """Find which model is called, read again each time. Raises NoModelError."""
        # A keyring that is locked may wait for its owner.
        return await asyncio.to_thread(self._read_settings, model, base_url)

    def _read_settings(self, model: str, base_url: str) -> settings.ModelSettings:
        root = Path(str(self.settings.get("server_root_dir", "."))).expanduser()
        return settings.read(os.environ, root, model=model, base_url=base_url)

    def body(self, kind: type[Body]) -> Body:
        """Read the body, which may be empty. Raises ValidationError, answered with 400."""
        return kind.model_validate_json(self.request.body or b"{}")

    def answer(self, content: Any, status: int = 200) -> None:
        """Finish with JSON that no cache keeps."""
        self.finish_json(json.dumps(content, default=str), status)

    def write_error(self, status_code: int, **options: Any) -> None:
        error = options.get("exc_info", (None, None, None))[1]
        if isinstance(error, LimitReachedError):
            self.set_header("Retry-After", str(error.retry_after_s))
        elif status_code == 503 or isinstance(error, NoKernelError):
            self.set_header("Retry-After", "5")
        super().write_error(status_code, **options)

    def on_connection_close(self) -> None:
        super().on_connection_close()
        if not self.gone.done():
            self.gone.set_result(None)

    @property
    def gone(self) -> asyncio.Future[None]:
        """Done when the client has gone away."""
        if not hasattr(self, "_gone"):
            self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        return self._gone

    def lab(self) -> str:
        """Say where JupyterLab is, if it is there."""
        manager = getattr(self.serverapp, "extension_manager", None)
        found = getattr(manager, "extensions", {}).get("jupyterlab")
        if found is None or not found.enabled:
            return ""
        return f"{self.request.protocol}://{self.request.host}{self.base_url}lab"

    def at(self, path: str) -> str:
        """Give the path of a link, below the server's base URL."""
        return f"{self.base_url}{path}"
