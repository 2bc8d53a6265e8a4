"""Drafts of one server: each from words to a candidate, as events that can be read again."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

from neutrino_lab.declare import stream as declared_stream
from neutrino_lab.declare.tree import Tree
from neutrino_lab.generate import cell, prompts
from neutrino_lab.generate.drafting import Forms
from neutrino_lab.generate.errors import TaskError
from neutrino_lab.generate.flow import Generation
from neutrino_lab.generate.model import Model
from neutrino_lab.generate.settings import ModelSettings
from neutrino_lab.generate.task import Candidate, Sample, Task
from neutrino_lab.generate.terms import Terms
from neutrino_lab.kernels.event_log import EventLog
from neutrino_lab.kernels.tasks import call_off
from neutrino_lab.lab import worker_rpc
from neutrino_lab.lab.errors import TooManyError, UnknownError
from neutrino_lab.lab.protocol.drafting import DraftCandidate, DraftPreview, DraftRequest
from neutrino_lab.lab.registry import Registry
from neutrino_lab.runtime.errors import NeutrinoError
from neutrino_lab.runtime.streams.contract import SourceError
from neutrino_lab.runtime.streams.sources import table
from neutrino_lab.runtime.streams.sources.location import PARAMETER

KEY = "neutrino_lab_drafts"
MOST_AT_ONCE = 4
MOST_KEPT = 20
SAMPLES = 20
SAMPLES_WITHIN_S = 3.0
# Sources that are read for a trial where the notebook is not served: nobody else misses a value.
_READABLE = ("sim", "warp", "warps", "ws", "wss", "sse+http", "sse+https")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A task, and the text of its cell before the draft."""

    task: Task
    before: str


class Draft(EventLog):
    """One task on its way: `drafting`, `checking`, `trying` and `drafted`, round by round, then
    `candidate`. It fails with what went wrong."""

    def __init__(self, owner: str, prepared: Prepared) -> None:
        super().__init__()
        self.owner = owner
        self.prepared = prepared
        self.candidate: Candidate | None = None

    async def run(self, generation: Generation, found: ModelSettings | None) -> None:
        """Go all the way; what fails is the end of the log."""

        def model() -> Model:
            assert found is not None
            return Model(found)

        try:
            self.candidate = await generation.run(model)
        except NeutrinoError as error:
            self.fail(error)
        except asyncio.CancelledError:
            self.fail(TaskError("It was stopped."))
            raise
        except Exception as error:
            self.fail(error)
            raise
        else:
            self.tell("candidate", self.describe().model_dump())
            self.end()

    def describe(self) -> DraftCandidate:
        """Describe the candidate. Raises UnknownError while there is none."""
        found = self.candidate
        if found is None:
            raise UnknownError("There is nothing to accept yet.")
        evidence = found.evidence
        plain = asdict(found)
        del plain["evidence"]
        for each in plain["checks"]:
            del each["outline"]
        return DraftCandidate(
            **plain,
            id=self.id,
            before=self.prepared.before,
            is_sound=found.is_sound,
            is_sandboxed=found.is_sandboxed,
            rows=[asdict(each) for each in evidence.rows],  # type: ignore[misc]
            values_count=evidence.values,
            median_us=evidence.median_us,
            sandbox=evidence.level,
        )


class Drafts:
    """Begins drafts, and keeps the last of those that have ended."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._forms = Forms()
        self._held: dict[str, Draft] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._previewed: OrderedDict[tuple[str, str], Task] = OrderedDict()

    async def prepare(self, request: DraftRequest, owner: str) -> Prepared:
        """Find what a request is about: its cell, values, state. Raises TaskError."""
        source = next((c.source for c in request.cells if c.id == request.cell_id), None)
        if source is None:
            raise TaskError("There is no such cell in the document.")
        try:
            declaration, name = cell.declared(source)
            tree = cell.tree_of(declaration)
        except cell.NoCellError as error:
            raise TaskError(str(error)) from error
        samples: Sequence[Sample]
        if request.preview:
            looked_at = self._previewed.get((owner, request.preview))
            if looked_at is None:
                raise UnknownError("There is no such preview any more.")
            samples, state = looked_at.samples, looked_at.state
        elif tree.word == "STREAM":
            samples, state = await self._recorded(request, tree, name, owner)
        else:
            samples, state = [Sample(each) for each in request.requests[-SAMPLES:]], None
        last = self.get(request.last, owner).candidate if request.last else None
        task = Task(
            words=request.words or tree.scalar("describe"),
            declaration=declaration,
            name=name,
            samples=tuple(samples),
            share=request.share,
            before=source if name or tree.scalar("op") else "",
            cells=tuple(each.source for each in request.cells if each.type == "code"),
            state=state,
            last=last.code if last is not None else "",
            remark=request.remark,
        )
        return Prepared(task, source)

    def generation(
        self, prepared: Prepared, terms: Terms, draft: Draft | None = None
    ) -> Generation:
        """Make what does the work. Raises TaskError where a task cannot be begun."""

        def tell(kind: str, data: Mapping[str, Any]) -> None:
            if draft is not None:
                draft.tell(kind, dict(data))

        return Generation(prepared.task, terms, self._forms, tell)

    def preview(self, prepared: Prepared, found: ModelSettings | None, owner: str) -> DraftPreview:
        """Say what would be sent, and keep the values for the draft that may follow."""
        task = prepared.task
        id_ = uuid4().hex
        self._previewed[owner, id_] = task
        if len(self._previewed) > MOST_KEPT:
            self._previewed.popitem(last=False)
        return DraftPreview(
            id=id_,
            words=task.words,
            values=prompts.shown(task),
            values_count=len(task.samples),
            model=found.model if found else "",
            host=found.host if found else "",
        )

    def begin(
        self, prepared: Prepared, terms: Terms, found: ModelSettings | None, owner: str
    ) -> Draft:
        """Let a draft run. Raises TaskError and TooManyError."""
        running = [e for e in self._held.values() if e.owner == owner and not e.is_over]
        if len(running) >= MOST_AT_ONCE:
            raise TooManyError(f"{MOST_AT_ONCE} drafts are on their way already; wait for one.")
        draft = Draft(owner, prepared)
        generation = self.generation(prepared, terms, draft)
        self._held[draft.id] = draft
        ended = [id_ for id_, each in self._held.items() if each.is_over]
        for id_ in ended[: max(len(self._held) - MOST_KEPT, 0)]:
            del self._held[id_]
        task = asyncio.create_task(draft.run(generation, found))
        self._tasks[draft.id] = task
        task.add_done_callback(lambda _task: self._tasks.pop(draft.id, None))
        return draft

    def get(self, id_: str, owner: str) -> Draft:
        """Find one. Raises UnknownError, also where it is somebody else's."""
        found = self._held.get(id_)
        if found is None or found.owner != owner:
            raise UnknownError("There is no such draft any more.")
        return found

    async def discard(self, id_: str, owner: str) -> None:
        """Stop a draft, wait for its end, and forget it."""
        draft = self.get(id_, owner)
        if (task := self._tasks.get(id_)) is not None:
            await call_off(task)
        if not draft.is_over:  # it had not begun, and somebody may be reading it
            draft.fail(TaskError("It was stopped."))
        self._held.pop(id_, None)

    async def close(self) -> None:
        """Stop all drafts, and wait for their ends."""
        await call_off(*self._tasks.values())

    async def _recorded(
        self, request: DraftRequest, tree: Tree, name: str, owner: str
    ) -> tuple[Sequence[Sample], dict[str, Any] | None]:
        """Get the newest values and the state: of the stream that is served, or values alone."""
        if request.served_id:
            notebook = self._registry.own(request.served_id, owner)
            key = f"STREAM {declared_stream.name_of(tree, name)}"
            with suppress(UnknownError):
                return await worker_rpc.recorded(notebook, key, request.parameters)
        return await _read(tree.scalar("source").split()), None


async def _read(sources: Sequence[str]) -> list[Sample]:
    """Read some values of the first source, if it is one that others do not miss them in."""
    if not sources or PARAMETER.search(sources[0]):
        return []
    samples: list[Sample] = []

    async def collect(uri: str) -> None:
        location = table.locate(uri)
        if location.scheme not in _READABLE or table.missing(location):
            return
        source = table.make(location, {}, "draft")
        try:
            async with aclosing(source.values(None)) as batches:  # type: ignore[type-var]
                async for batch in batches:
                    entries = [each for each in batch if type(each) is tuple]
                    samples.extend(Sample(_json(value), at) for value, at, _ in entries)
                    if len(samples) >= SAMPLES:
                        return
        finally:
            await source.close()

    with suppress(asyncio.TimeoutError, SourceError, ValueError, OSError):
        await asyncio.wait_for(collect(sources[0]), SAMPLES_WITHIN_S)
    return samples[:SAMPLES]


def _json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=repr))
