"""The page that shows code and its outputs as they come: of a session, or as an MCP app.

One page with two feeds. It is whole in itself, and loads nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from neutrino_lab.lab.execution.handler import ExecutionHandler
from neutrino_lab.lab.handler import reads

_FOLDER = Path(__file__).with_name("templates")


def page(*, lab: str = "", session: Mapping[str, Any] | None = None) -> str:
    """Write the page. `lab` is JupyterLab's address, where it is there, `session` what it follows;
    without one it listens to the host that it is shown by."""
    # Within a script element only its end counts.
    given = json.dumps({"lab": lab, "session": session}).replace("<", "\\u003c")
    return (
        _read("notebook.html")
        .replace("/*STYLE*/", _read("notebook.css"))
        .replace("/*SCRIPT*/", _script())
        .replace("/*GIVEN*/", given)
    )


def policy() -> str:
    """What the page may do: run its own script, and talk to its own origin.

    The frames of outputs inherit it.
    """
    digest = base64.b64encode(hashlib.sha256(_script().encode()).digest()).decode()
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'sha256-{digest}'",
            "style-src 'unsafe-inline'",
            "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
        )
    )


class ArtifactHandler(ExecutionHandler):
    """GET answers with the page that follows one session."""

    @reads
    async def get(self, id_: str) -> None:
        service = await self.service()
        session = service.sessions.get(id_, self.user)
        self.xsrf_token  # noqa: B018 - sets the cookie that the page's own calls need
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", policy())
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")
        url = self.at(f"api/jupyter/kernel/{session.id}")
        self.finish(page(lab=self.lab(), session={"url": url}))


@cache
def _script() -> str:
    code = "\n".join(_read(each) for each in ("notebook_cells.js", "notebook_feeds.js"))
    return f"(() => {{\n'use strict';\n{code}}})();\n"


@cache
def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
