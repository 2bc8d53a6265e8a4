"""What is asked of a worker beside its app: its journal, and what its schedules shall do."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import ValidationError

from neutrino_lab.lab.errors import NotLiveError, UnknownError, WorkerFailedError
from neutrino_lab.lab.protocol import Journal, ScheduleRequest
from neutrino_lab.lab.registry import Notebook
from neutrino_lab.serve.control import Message


async def journal(notebook: Notebook, key: str) -> Journal:
    """Get what happened lately at an endpoint, or at all of them where the key is empty."""
    answer = await _ask(notebook, "journal", key=key)
    try:
        return Journal.model_validate(answer["journal"])
    except (KeyError, ValidationError):
        # User code may have got hold of the line.
        raise WorkerFailedError(
            "The notebook's process sent a journal that cannot be read."
        ) from None


async def act(notebook: Notebook, request: ScheduleRequest) -> None:
    """Run, pause or resume a schedule. Raises UnknownError."""
    answer = await _ask(notebook, "schedule", key=request.key, action=request.action)
    if answer.get("is_known") is not True:
        raise UnknownError(f"No schedule {request.key!r} is being served.", key=request.key)


async def _ask(notebook: Notebook, command: str, **details: Any) -> Message:
    supervisor = notebook.supervisor
    state = supervisor.status.state
    if supervisor.process is None or supervisor.address is None:
        reason = supervisor.status.reason or f"The notebook is {state}."
        raise NotLiveError(reason, state=state)
    try:
        return await supervisor.process.ask(command, **details)
    except asyncio.TimeoutError:
        text = "The notebook's process is too busy to answer: some code of its keeps it occupied."
        raise NotLiveError(text, state=state) from None
    except ConnectionError:
        raise NotLiveError("The notebook's process has just ended.", state=state) from None
