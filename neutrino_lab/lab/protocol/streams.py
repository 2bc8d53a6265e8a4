"""What the author of a stream sees of it, and wants of it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from neutrino_lab.lab.protocol.base import Message


class StreamParam(Message):
    """A param as it is now; `type` is empty where none is declared."""

    name: str
    type: str
    value: Any


class StreamVersion(Message):
    """A version of the operator; `refused` says why it was not taken, `since` is when it came."""

    number: int
    since: float
    refused: str
    is_current: bool


class StreamFault(Message):
    """A value that was lost, or what else went wrong. `cell` and `line` are 0 where no cell's line
    is known; `version` is the operator's."""

    at: float
    kind: str
    message: str
    version: int
    value: str
    traceback: str
    cell: int
    line: int


class StreamReport(Message):
    """A stream at one moment (`at`, epoch seconds), and one of its flows.

    `flows` are the parameters of all flows, `parameters` those of this one. `values_in` and
    `values_out` are time, number and count of values of the last seconds, of those that have a
    number: all of them or, where there are many, every so many-th. How many there have been is
    `received` and `emitted`. `lag_s` is how long the oldest value waits for
    the operator. `run` says how a sandboxed operator is kept apart, empty for an inline one.
    """

    flows: list[dict[str, str]]
    parameters: dict[str, str]
    status: Literal["idle", "starting", "live", "paused", "failed", "ended", "closed"]
    reason: str
    op: str
    run: str
    at: float
    seq: int
    received: int
    emitted: int
    failed: int
    dropped: int
    waiting: int
    lag_s: float
    subscribers: int
    newest: str
    values_in: list[list[float]]
    values_out: list[list[float]]
    params: list[StreamParam]
    versions: list[StreamVersion]
    errors: list[StreamFault]


class StreamRequest(Message):
    """What is wanted of a stream: to rest or go on, to forget its state, other params, to go back
    to a version, or the newest `count` values once more through a copy of its operator."""

    key: str
    action: Literal["pause", "resume", "reset", "params", "roll_back", "replay"]
    parameters: dict[str, str] = {}
    params: dict[str, Any] = {}
    version: int = 0
    count: int = Field(default=20, ge=1, le=256)


class ReplayedValue(Message):
    """A value that came in, what it has become, and the error it met if any."""

    at: float
    value: str
    outputs: list[str]
    error: str


class Replayed(Message):
    """The rows of a replay, the oldest first; none after what was no replay."""

    rows: list[ReplayedValue] = []
