"""What is asked of a worker beside its app: its journal, and what its schedules shall do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from neutrino_lab.generate.task import Sample
from neutrino_lab.lab.errors import MalformedError, NotLiveError, UnknownError, WorkerFailedError
from neutrino_lab.lab.protocol.base import Message
from neutrino_lab.lab.protocol.journal import Journal
from neutrino_lab.lab.protocol.served import ScheduleRequest
from neutrino_lab.lab.protocol.streams import Replayed, StreamReport, StreamRequest
from neutrino_lab.lab.registry import Notebook
from neutrino_lab.serve.control import ControlMessage

M = TypeVar("M", bound=Message)
_MOST_CHARACTERS = 2_000


async def journal(notebook: Notebook, key: str, since: str) -> Journal:
    """Get what happened lately at an endpoint, or at all of them where the key is empty: what is
    new since the cursor `since`, where that is known. Raises NotLiveError, WorkerFailedError."""
    answer = await _ask(notebook, "journal", key=key, since=since)
    try:
        return Journal.model_validate(answer["journal"])
    except (KeyError, ValidationError):
        # User code may have got hold of the line.
        raise WorkerFailedError(
            "The notebook's process sent a journal that cannot be read."
        ) from None


async def act(notebook: Notebook, request: ScheduleRequest) -> None:
    """Run, pause or resume a schedule. Raises UnknownError, NotLiveError."""
    answer = await _ask(notebook, "schedule", key=request.key, action=request.action)
    if answer.get("is_known") is not True:
        raise UnknownError(f"No schedule {request.key!r} is being served.", key=request.key)


async def report(notebook: Notebook, key: str, parameters: Mapping[str, str]) -> StreamReport:
    """Describe a stream, and one of its flows. Raises UnknownError, MalformedError, NotLiveError,
    WorkerFailedError."""
    found = await _asked(notebook, key, "report", parameters=dict(parameters))
    return _sense(StreamReport, found)


async def act_on_stream(notebook: Notebook, request: StreamRequest) -> Replayed:
    """Do what is wanted of a stream; rows come of a replay alone. Raises as `report` does."""
    if request.action in ("pause", "resume", "reset"):
        answer = await _ask(notebook, "schedule", key=request.key, action=request.action)
        if answer.get("is_known") is not True:
            raise UnknownError(f"No stream {request.key!r} is being served.", key=request.key)
        return Replayed()
    details = request.model_dump(include={"parameters", "params", "version", "count"})
    found = await _asked(notebook, request.key, request.action, **details)
    return _sense(Replayed, found)


async def recorded(
    notebook: Notebook, key: str, parameters: Mapping[str, str]
) -> tuple[list[Sample], dict[str, Any] | None]:
    """Get the newest values of a stream, and a copy of its state. Raises as `report` does."""
    found = await _asked(notebook, key, "recorded", parameters=dict(parameters))
    try:
        values, state = json.loads(found["values"]), json.loads(found["state"])
        return [Sample(value, float(at)) for value, at in values], state
    except (KeyError, TypeError, ValueError, RecursionError):
        raise WorkerFailedError("The notebook's process gave no sense as its answer.") from None


async def _asked(notebook: Notebook, key: str, question: str, **details: Any) -> Any:
    answer = await _ask(notebook, "ask", key=key, question=question, details=details)
    if refused := answer.get("refused"):
        raise MalformedError(str(refused)[:_MOST_CHARACTERS])
    if answer.get("is_known") is not True:
        raise UnknownError(f"No stream {key!r} is being served.", key=key)
    return answer.get("found")


def _sense(kind: type[M], found: Any) -> M:
    try:
        return kind.model_validate(found)
    except ValidationError:
        raise WorkerFailedError("The notebook's process gave no sense as its answer.") from None


async def _ask(notebook: Notebook, command: str, **details: Any) -> ControlMessage:
    supervisor = notebook.supervisor
    state = notebook.status.state
    if supervisor.process is None or supervisor.address is None:
        raise notebook.not_live()
    try:
        return await supervisor.process.ask(command, **details)
    except asyncio.TimeoutError:
        text = "The notebook's process is too busy to answer: some code of its keeps it occupied."
        raise NotLiveError(text, state=state) from None
    except ConnectionError:
        raise NotLiveError("The notebook's process has just ended.", state=state) from None
