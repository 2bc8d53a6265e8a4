"""The calls of the API: decode, call the service, encode."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from typing import Any
from urllib.parse import unquote

from neutrino_lab.kernels import document, files, toolset
from neutrino_lab.kernels.errors import MalformedError, NoFileError
from neutrino_lab.kernels.executions import Execution
from neutrino_lab.kernels.outputs import tables
from neutrino_lab.kernels.service import Request, Service
from neutrino_lab.lab.execution import openapi, stream
from neutrino_lab.lab.execution.bodies import ExecuteBody, SessionBody
from neutrino_lab.lab.execution.handler import ExecutionHandler
from neutrino_lab.lab.handler import executes, reads
from neutrino_lab.runtime.tools.definition import FORMATS, definitions

# Shown from this server's origin: none of it may run as its pages.
_SANDBOX = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class ExecuteHandler(ExecutionHandler):
    """POST runs code: 200 with its result, 202 with its id where it does not wait, or a stream of
    events."""

    @executes
    async def post(self) -> None:
        service = await self.service()
        id_, _ = stream.last_event(self)
        if id_:
            await self._stream(service, service.executions.get(id_, self.user))
            return
        body = self.body(ExecuteBody)
        execution = await service.execute(
            self.user,
            Request(
                code=body.code,
                session_id=body.session_id,
                timeout_s=body.timeout_s or 0.0,
                kernel_name=body.kernel_name or "",
                files=body.model_dump()["files"],
                cache_s=body.cache_s,
            ),
        )
        self.set_header("Location", self.at(f"api/jupyter/executions/{execution.id}"))
        if not body.wait:
            self.answer(execution.as_dict(), 202)
        elif stream.is_wanted(self):
            await self._stream(service, execution, stay=body.stay)
        else:
            await self._wait(service, execution, stay=body.stay)

    async def _wait(self, service: Service, execution: Execution, *, stay: bool) -> None:
        finished = asyncio.ensure_future(execution.finished())
        waited: set[asyncio.Future[Any]] = {finished, self.gone}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if finished.done():
            self.answer(finished.result().as_dict())
            return
        finished.cancel()
        if not stay:
            # Its id was never told: nobody can come back.
            service.leave(execution, grace_s=0.0)

    async def _stream(self, service: Service, execution: Execution, *, stay: bool = False) -> None:
        try:
            await stream.send(self, execution)
        finally:
            if not stay and self.gone.done():
                service.leave(execution)


class ExecutionsHandler(ExecutionHandler):
    """GET answers with an execution or streams its events, DELETE stops it and answers with its
    result."""

    @reads
    async def get(self, id_: str) -> None:
        service = await self.service()
        execution = service.executions.get(id_, self.user)
        if stream.is_wanted(self):
            await stream.send(self, execution)
            return
        if execution.failure is not None:
            raise execution.failure
        self.answer(execution.as_dict())

    @executes
    async def delete(self, id_: str) -> None:
        service = await self.service()
        execution = service.executions.get(id_, self.user)
        execution.stop.set()
        await execution.finished()
        self.answer(execution.as_dict())


class OutputHandler(ExecutionHandler):
    """GET answers with one output of an execution, in the media type `type`: what links in `text`
    name."""

    @reads
    async def get(self, id_: str, index: str) -> None:
        service = await self.service()
        execution = service.executions.get(id_, self.user)
        media = self.get_query_argument("type", "text/plain")
        outputs = execution.outputs
        number = int(index) if index.isdigit() and len(index) < 7 else len(outputs)
        output = outputs[number] if number < len(outputs) else {}
        table = tables(output) or {}
        data = {**output.get("data", {}), **({"text/csv": table["csv"]} if "csv" in table else {})}
        if media not in data:
            raise NoFileError(f"Output {index} of this execution has no {media}.", index=index)
        self.set_header("Content-Type", media)
        self.set_header("Content-Security-Policy", _SANDBOX)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "private, no-store")
        self.finish(_content(data[media], media))


class SessionsHandler(ExecutionHandler):
    """GET lists the user's sessions, POST opens one: 201."""

    @reads
    async def get(self) -> None:
        service = await self.service()
        self.answer([each.as_dict() for each in service.listed(self.user)])

    @executes
    async def post(self) -> None:
        body = self.body(SessionBody)
        service = await self.service()
        session = await service.open_session(
            self.user,
            kernel_name=body.kernel_name or "",
            limits=body.limits,
            ttl_s=body.ttl_s or 0.0,
            imports=tuple(body.imports),
            name=body.name,
        )
        self.set_header("Location", self.at(f"api/jupyter/kernel/{session.id}"))
        self.answer(session.as_dict(), 201)


class SessionHandler(ExecutionHandler):
    """GET answers with a session, DELETE ends it: 204."""

    @reads
    async def get(self, id_: str) -> None:
        service = await self.service()
        self.answer(service.sessions.get(id_, self.user).as_dict())

    @executes
    async def delete(self, id_: str) -> None:
        service = await self.service()
        await service.end_session(id_, self.user)
        self.finish_empty()


class InterruptHandler(ExecutionHandler):
    """POST interrupts what runs in a session."""

    @executes
    async def post(self, id_: str) -> None:
        service = await self.service()
        service.interrupt_session(id_, self.user)
        self.answer(service.sessions.get(id_, self.user).as_dict())


class RestartHandler(ExecutionHandler):
    """POST gives a session a fresh process, without its variables."""

    @executes
    async def post(self, id_: str) -> None:
        service = await self.service()
        session = await service.restart_session(id_, self.user)
        self.answer(session.as_dict())


class FilesHandler(ExecutionHandler):
    """GET lists a session's files or answers with one, PUT writes one: 201, DELETE removes it:
    204."""

    @reads
    async def get(self, id_: str, path: str) -> None:
        service = await self.service()
        folder = await service.folder(id_, self.user)
        name = _path(path)
        if not name:
            self.answer(files.changed({}, await asyncio.to_thread(files.snapshot, folder)))
            return
        content = await asyncio.to_thread(files.read, folder, name)
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", "attachment")
        self.set_header("Content-Security-Policy", _SANDBOX)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")
        self.finish(content)

    @executes
    async def put(self, id_: str, path: str) -> None:
        service = await self.service()
        folder = await service.folder(id_, self.user)
        content = self.request.body
        await asyncio.to_thread(files.write, folder, _path(path), content)
        self.answer({"path": _path(path), "size": len(content)}, 201)

    @executes
    async def delete(self, id_: str, path: str) -> None:
        service = await self.service()
        folder = await service.folder(id_, self.user)
        await asyncio.to_thread(files.delete, folder, _path(path))
        self.finish_empty()


class NotebookHandler(ExecutionHandler):
    """GET answers with what was run in a session as a notebook."""

    @reads
    async def get(self, id_: str) -> None:
        service = await self.service()
        session = service.sessions.get(id_, self.user)
        self.set_header("Content-Type", "application/x-ipynb+json")
        self.set_header("Content-Disposition", 'attachment; filename="session.ipynb"')
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(document.notebook(session), indent=1, default=str))


class ToolsHandler(ExecutionHandler):
    """GET lists the tools for a model, in the dialect `format`: `openai` where it is left out."""

    @reads
    async def get(self) -> None:
        asked = self.get_query_argument("format", "openai")
        if asked not in FORMATS:
            raise MalformedError(f"There is no format {asked}; there are {', '.join(FORMATS)}.")
        service = await self.service()
        self.answer(definitions(asked, toolset.tools(service.settings)))


class OpenApiHandler(ExecutionHandler):
    """GET answers with the OpenAPI document of these calls."""

    @reads
    async def get(self) -> None:
        self.answer(openapi.document(self.base_url))


def _path(text: str) -> str:
    """The path of a file as it was meant: a dot that was escaped is a dot."""
    return unquote(text, errors="strict")


def _content(value: Any, media: str) -> bytes:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = "".join(value)
    if not isinstance(value, str):
        return json.dumps(value, default=str).encode()
    if media.startswith("image/") and not media.endswith("svg+xml"):
        try:
            return base64.b64decode(value)
        except (ValueError, binascii.Error):
            raise MalformedError(f"The kernel's {media} is no base64.") from None
    return value.encode("utf-8", "replace")
