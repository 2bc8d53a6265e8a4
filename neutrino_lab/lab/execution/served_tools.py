"""The endpoints of served notebooks as tools: described as the preview's form, called by HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

import aiohttp

from neutrino_lab.declare import tools
from neutrino_lab.kernels import toolset
from neutrino_lab.lab.errors import TooSlowError, WorkerFailedError
from neutrino_lab.lab.execution.documented import Documents, completed
from neutrino_lab.lab.registry import Notebook
from neutrino_lab.runtime.tools import endpoints, replies
from neutrino_lab.runtime.tools.definition import ToolResult
from neutrino_lab.runtime.tools.endpoints import EndpointTool, Request
from neutrino_lab.runtime.tools.replies import MOST_BYTES, MOST_STREAM_S, Reply


@dataclass(frozen=True, slots=True)
class ServedTools:
    """The tools of notebooks that somebody may call. `limit_s` is how long an answer may take to
    begin, 0 for any time."""

    documents: Documents = field(default_factory=Documents)
    notebooks: Sequence[Notebook] = ()
    limit_s: float = 0.0

    async def listed(self) -> list[EndpointTool]:
        """Describe them. A name that two of them have, or a tool of kernels, begins with that of
        its notebook."""
        return [each for each, _ in await self._found()]

    async def call(self, name: str, arguments: Mapping[str, Any]) -> ToolResult | None:
        """Call one of them, None where there is none of this name. Raises ToolError, NotLiveError,
        TooSlowError, WorkerFailedError."""
        if name in toolset.NAMES:
            return None
        named = {each.tool.name: (each, notebook) for each, notebook in await self._found()}
        if name not in named:
            return None
        found, notebook = named[name]
        request = endpoints.request(found, arguments)
        limits_s = (self.limit_s, notebook.options.request_limit_s)
        limit_s = min(filter(None, limits_s), default=None)
        return replies.answer(found.tool, await _ask(notebook, request, limit_s))

    async def _found(self) -> list[tuple[EndpointTool, Notebook]]:
        pairs = []
        for notebook in self.notebooks:
            revision = notebook.status.serving
            if revision is not None:
                document = await self.documents.of(notebook)
                for each in tools.of(revision.app, revision.facts):
                    pairs.append((completed(each, document), notebook))
        counted = Counter([*toolset.NAMES, *(each.tool.name for each, _ in pairs)])
        named = [
            _prefixed(each, notebook) if counted[each.tool.name] > 1 else each
            for each, notebook in pairs
        ]
        listed = endpoints.apart(named, toolset.NAMES)
        return list(zip(listed, [notebook for _, notebook in pairs], strict=True))


def _prefixed(found: EndpointTool, notebook: Notebook) -> EndpointTool:
    name = endpoints.fit(f"{PurePosixPath(notebook.path).stem}_{found.tool.name}")
    return replace(found, tool=replace(found.tool, name=name))


async def _ask(notebook: Notebook, request: Request, limit_s: float | None) -> Reply:
    upstream = await notebook.reach()
    path, _, query = request.target.partition("?")
    asking = upstream.session.request(
        request.method,
        upstream.url(path, query),
        headers=[*request.headers, *upstream.headers.items()],
        data=request.body or None,
        allow_redirects=False,
    )
    try:
        async with await asyncio.wait_for(asking, limit_s) as answer:
            body, is_cut = await _read(answer)
            return Reply(
                answer.status,
                answer.headers.get("Content-Type", ""),
                body,
                answer.headers.get("Location", ""),
                is_cut=is_cut,
            )
    except asyncio.TimeoutError:
        raise TooSlowError("The notebook took too long to answer.") from None
    except (aiohttp.ClientError, OSError):
        text = "The notebook's process broke off before it had answered."
        raise WorkerFailedError(text) from None


async def _read(answer: aiohttp.ClientResponse) -> tuple[bytes, bool]:
    """Read a body as far as it is wanted; tells whether there was more."""
    parts: list[bytes] = []

    async def read() -> None:
        async for chunk in answer.content.iter_any():
            parts.append(chunk)
            if sum(map(len, parts)) > MOST_BYTES:
                return

    try:
        await asyncio.wait_for(read(), MOST_STREAM_S)
        is_cut = sum(map(len, parts)) > MOST_BYTES
    except asyncio.TimeoutError:
        is_cut = True
    return b"".join(parts)[:MOST_BYTES], is_cut
