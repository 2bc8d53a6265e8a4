"""What is told to who listens: a user's sessions, and all that is run in one of them.

Each feed begins with the whole state and is right from there on, however slowly it is read: it is
made from the state, and nothing is queued.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from neutrino_lab.kernels.errors import KernelsError
from neutrino_lab.kernels.executions import Execution
from neutrino_lab.kernels.service import Service
from neutrino_lab.kernels.sessions import Session

# Changes that follow each other faster are told together.
_PAUSE_S = 0.1
_MEASURED_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One event of a session. `execution_id` is None where it is about the session."""

    kind: str
    execution_id: str | None
    data: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Give it in JSON types, as it is sent."""
        return {"type": self.kind, "execution_id": self.execution_id, "data": self.data}


async def sessions(
    service: Service, owner: str, *, measured_every_s: float = _MEASURED_EVERY_S
) -> AsyncGenerator[dict[str, Any], None]:
    """Give a user's sessions, and again whenever one has changed; memory is measured now and then.

    `revision` grows from one to the next of the same feed.
    """
    loop = asyncio.get_running_loop()
    changed = service.sessions.changed
    sent: list[dict[str, Any]] | None = None
    revision, measured = 0, -measured_every_s
    while True:
        seen = changed.revision
        is_due = loop.time() - measured >= measured_every_s
        for each in service.listed(owner):
            if is_due or each.memory_mb is None:
                await asyncio.to_thread(each.measure)
        measured = loop.time() if is_due else measured
        listed = [each.snapshot() for each in service.listed(owner)]
        if listed != sent:
            sent, revision = listed, revision + 1
            yield {"revision": revision, "sessions": listed}
        left_s = max(measured + measured_every_s - loop.time(), 0.0)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(changed.after(seen), left_s if listed else None)
        await asyncio.sleep(_PAUSE_S)


async def session(session: Session) -> AsyncGenerator[SessionEvent, None]:
    """Give all that a session holds, then all that is run in it, until it has ended.

    First `session` with all its cells, and again without them when its state changes; `cell` for
    each that begins, or has run unseen; the events of the one that runs; at last `ended`.
    """
    session.measure()
    state = session.state
    count = session.cells_dropped + len(session.cells)
    cells = [each.as_dict() for each in session.cells]
    content = {**session.snapshot(), "cells": cells, "cells_dropped": session.cells_dropped}
    yield SessionEvent("session", None, content)
    # Those whose events were told, which their cells have not to tell once more.
    followed: set[str] = set()
    following: Execution | None = None
    place = 0
    while True:
        seen = session.shown.revision
        if following is None:
            unseen = session.cells[max(count - session.cells_dropped, 0) :]
            count = session.cells_dropped + len(session.cells)
            for cell in unseen:
                if cell.id not in followed:
                    yield SessionEvent("cell", cell.id, cell.as_dict())
            followed -= {each.id for each in unseen}
            if unseen:
                continue
            following, place = session.running, 0
            if following is not None:
                followed.add(following.id)
                yield SessionEvent("cell", following.id, {"code": following.code})
        if following is not None:
            while place < len(following.events):
                event = following.events[place]
                place += 1
                yield SessionEvent(event.kind, following.id, event.data)
            if following.is_over:
                if following.failure is not None:
                    yield SessionEvent("failed", following.id, _problem(following.failure))
                following = None
                continue
        if session.state != state:
            state = session.state
            yield SessionEvent("session", None, session.snapshot())
        if session.has_ended and following is None:
            yield SessionEvent("ended", None, {})
            return
        await session.shown.after(seen)


def _problem(error: Exception) -> dict[str, Any]:
    if isinstance(error, KernelsError):
        return {"code": error.code, "message": str(error)}
    return {"code": "internal", "message": "The execution failed."}
