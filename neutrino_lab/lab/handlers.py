"""The calls of the protocol: decode, call one function, encode."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from pydantic import BaseModel, TypeAdapter
from tornado.web import HTTPError

from neutrino_lab import scaffold
from neutrino_lab.export import expectations
from neutrino_lab.export.expectations import Expectation
from neutrino_lab.lab import assist, live_kernel, worker_rpc
from neutrino_lab.lab.handler import Handler, executes, reads, writes
from neutrino_lab.lab.protocol.analysis import AnalysisRequest
from neutrino_lab.lab.protocol.base import Message
from neutrino_lab.lab.protocol.exporting import ExportRequest, Judgement, JudgeRequest
from neutrino_lab.lab.protocol.kernel import KernelRequest
from neutrino_lab.lab.protocol.served import OwnPort, ScheduleRequest, ServeRequest
from neutrino_lab.lab.protocol.streams import StreamRequest
from neutrino_lab.lab.protocol.writing import DeclareRequest, PositionRequest
from neutrino_lab.runtime.settings import MB

Body = TypeVar("Body", bound=Message)
P = ParamSpec("P")
T = TypeVar("T")


# What is asked for is a few lines; a document holds its cells, without what they have printed; a
# call to the kernel holds what would be sent to a served notebook as well.
_SMALL_BYTES = MB
_PARAMETERS = TypeAdapter(dict[str, str])
_DOCUMENT_BYTES = 16 * MB
_CALL_BYTES = 256 * MB


class ApiHandler(Handler):
    """A message in JSON in, one out; a body longer than `most_bytes` is refused with 413."""

    most_bytes = _SMALL_BYTES

    def body(self, kind: type[Body]) -> Body:
        """Read the body. Raises ValidationError, which is answered with 400."""
        if len(self.request.body) > self.most_bytes:
            raise HTTPError(413)
        return kind.model_validate_json(self.request.body)

    def answer(self, model: BaseModel, status: int = 200) -> None:
        """Finish with the JSON of a message, which no cache keeps."""
        self.finish_json(model.model_dump_json(), status)


class DocumentHandler(ApiHandler):
    """A call with an open document in its body, which is analysed in a thread."""

    most_bytes = _DOCUMENT_BYTES

    async def analysis(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work in a thread for analyses, for as long as somebody waits for it."""
        return await self.while_connected(self.services.analyses.run(function, *args, **kwargs))


class AnalysesHandler(DocumentHandler):
    """POST answers with what a document declares, and what is wrong with it."""

    @reads
    async def post(self) -> None:
        request = self.body(AnalysisRequest)
        found = await self.analysis(self.services.analyzer.analyse, request)
        self.answer(found)
        if found.endpoints:
            self.services.registry.expect(request.path)


class CompletionsHandler(DocumentHandler):
    """POST answers with what can be written at a position."""

    @reads
    async def post(self) -> None:
        request = self.body(PositionRequest)
        self.answer(await self.analysis(assist.complete, self.services.analyzer, request))


class HoversHandler(DocumentHandler):
    """POST answers with what the word at a position means."""

    @reads
    async def post(self) -> None:
        request = self.body(PositionRequest)
        self.answer(await self.analysis(assist.explain, self.services.analyzer, request))


class DeclarationsHandler(DocumentHandler):
    """POST answers with the edit that declares a function."""

    @reads
    async def post(self) -> None:
        request = self.body(DeclareRequest)
        self.answer(await self.analysis(assist.declare, self.services.analyzer, request))


class SnippetsHandler(ApiHandler):
    """GET lists a cell that works for each kind of declaration."""

    @reads
    async def get(self) -> None:
        self.answer(assist.snippets())


class QuickstartHandler(ApiHandler):
    """GET answers with a new notebook to begin with, named by `name`."""

    @reads
    async def get(self) -> None:
        name = self.get_query_argument("name", "hello.ipynb")
        self.finish_json(await asyncio.to_thread(scaffold.notebook, name))


class ServedHandler(ApiHandler):
    """GET lists the served notebooks, POST serves one: 201, or 200 where it was served already."""

    @reads
    async def get(self) -> None:
        listed = self.services.registry.all()
        self.finish_json(json.dumps([each.model_dump(mode="json") for each in listed]))

    @executes
    async def post(self) -> None:
        served, is_new = await self.services.registry.serve(self.body(ServeRequest), self.user)
        self.answer(served, 201 if is_new else 200)


class ServedOneHandler(ApiHandler):
    """GET answers with a served notebook, DELETE stops it: 204."""

    @reads
    async def get(self, id_: str) -> None:
        self.answer(self.notebook(id_).described())

    @executes
    async def delete(self, id_: str) -> None:
        await self.services.registry.stop(id_, self.user)
        self.finish_empty()


class RestartHandler(ApiHandler):
    """POST gives a served notebook a new process: 204."""

    @executes
    async def post(self, id_: str) -> None:
        self.services.registry.own(id_, self.user).supervisor.restart()
        self.finish_empty()


class OwnPortHandler(ApiHandler):
    """GET answers with the URL of a notebook's own port and its key, to its owner alone."""

    @executes
    async def get(self, id_: str) -> None:
        url, key = self.services.registry.own_port(id_, self.user)
        self.answer(OwnPort(url=url, key=key))


class KernelCodeHandler(ApiHandler):
    """POST answers with the code that calls an endpoint in the user's own kernel."""

    most_bytes = _CALL_BYTES

    @executes
    async def post(self) -> None:
        request = self.body(KernelRequest)
        runtime_dir = await self.services.registry.runtime_dir()
        self.answer(
            await asyncio.to_thread(
                live_kernel.code, self.services.analyzer, request, runtime_dir.loader
            )
        )


class PlansHandler(ApiHandler):
    """POST answers with the plan of an export; nothing is written."""

    @reads
    async def post(self) -> None:
        work = self.services.exports.plan(self.body(ExportRequest), self.user)
        self.answer(await self.while_connected(work))


class JournalHandler(ApiHandler):
    """GET answers with what happened at the endpoint `key`, since the cursor `since`."""

    @reads
    async def get(self, id_: str) -> None:
        key = self.get_query_argument("key", "", strip=False)
        since = self.get_query_argument("since", "")
        self.answer(await worker_rpc.journal(self.notebook(id_), key, since))


class SchedulesHandler(ApiHandler):
    """POST runs, pauses or resumes a schedule: 204."""

    @executes
    async def post(self, id_: str) -> None:
        notebook = self.services.registry.own(id_, self.user)
        await worker_rpc.act(notebook, self.body(ScheduleRequest))
        self.finish_empty()


class StreamsHandler(ApiHandler):
    """GET describes the stream `key` and one of its flows, POST acts on it."""

    @reads
    async def get(self, id_: str) -> None:
        key = self.get_query_argument("key", strip=False)
        flow = _PARAMETERS.validate_json(self.get_query_argument("parameters", "{}"))
        self.answer(await worker_rpc.report(self.notebook(id_), key, flow))

    @executes
    async def post(self, id_: str) -> None:
        notebook = self.services.registry.own(id_, self.user)
        self.answer(await worker_rpc.act_on_stream(notebook, self.body(StreamRequest)))


class ChecksHandler(ApiHandler):
    """POST runs what would be exported in a process of its own, and answers with how it did."""

    @executes
    async def post(self) -> None:
        work = self.services.exports.check(self.body(ExportRequest), self.user)
        self.answer(await self.while_connected(work))


class JudgementsHandler(DocumentHandler):
    """POST says whether an answer is what a saved example expects."""

    @reads
    async def post(self) -> None:
        request = self.body(JudgeRequest)
        expected = expectations.read(request.expect) or Expectation()
        error = expected.error(request.status, request.text)
        self.answer(Judgement(error=error))


class ExportsHandler(ApiHandler):
    """POST writes an export, checked first where the options say so."""

    @writes
    async def post(self) -> None:
        request = self.body(ExportRequest)
        await (self._run_and_build if request.options.check else self._build)(request)

    @executes
    async def _run_and_build(self, request: ExportRequest) -> None:
        await self._build(request)

    async def _build(self, request: ExportRequest) -> None:
        work = self.services.exports.build(request, self.user)
        self.answer(await self.while_connected(work))


class ExportHandler(ApiHandler):
    """DELETE calls off an export that is under way: 204."""

    @writes
    async def delete(self, id_: str) -> None:
        self.services.exports.cancel(id_, self.user)
        self.finish_empty()
