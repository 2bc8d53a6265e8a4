"""The sessions in which code runs, as the server pushes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from neutrino_lab.lab.protocol.base import Message


class SessionAnswer(Message):
    """A session. `active_limits` says which limits hold, and by what."""

    session_id: str
    name: str
    kernel_name: str
    kernel_id: str | None
    state: Literal["starting", "idle", "busy", "restarting", "ended"]
    owner: str
    created: Annotated[float, Field(description="Seconds since 1970, as is `last_used`.")]
    last_used: float
    ttl_s: float
    isolation: str
    limits: dict[str, int]
    active_limits: dict[str, str]
    memory_mb: float | None


class SessionsEvent(Message):
    """All sessions of the user who listens; `revision` grows while one connection lasts."""

    revision: int
    sessions: list[SessionAnswer]
