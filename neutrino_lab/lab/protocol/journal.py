"""What happened lately in a served notebook: for its author, its callers are told none of it."""

from __future__ import annotations

from typing import Literal

from neutrino_lab.lab.protocol.base import Message


class Frame(Message):
    """One step of a traceback, outermost first; `cell` is 0 where it is in no cell."""

    cell: int
    cell_id: str
    file: str
    line: int
    function: str
    text: str


class Failure(Message):
    """An exception that an endpoint did not handle; `text` is the whole traceback."""

    type: str
    message: str
    frames: list[Frame]
    text: str


class CallRequest(Message):
    """What was sent: `target` is the path with its query, `caller` the address that it came from.

    Of a `body` the first 4,000 bytes are told, and only where `media` says that it is text.
    """

    caller: str
    method: str
    target: str
    media: str
    body: str


class Call(Message):
    """One HTTP request that was answered, at `started` (epoch seconds).

    `id` is what its caller sent as `X-Neutrino-Call`, which the app itself does not see; empty
    where there was none. `undeclared` are fields of the result that `resp` dropped, `output` is
    what it has printed.
    """

    id: str
    key: str
    status: int
    started: float
    duration_ms: float
    request: CallRequest | None
    undeclared: list[str]
    output: str
    failure: Failure | None


class FrameRef(Message):
    """A message as one connection got it: the `number`th, where `call` is what the client named
    the connection by."""

    call: str
    number: int


class MessageRecord(Message):
    """One WebSocket message.

    Of one that went out, `recipients` are the names of the first of its clients, `reached` is how
    many they are, and `frames` tells of the connections that were named.
    """

    key: str
    at: float
    direction: Literal["in", "out"]
    client: str
    room: str
    recipients: list[str]
    reached: int
    frames: list[FrameRef]
    size: int


class Print(Message):
    """One line that the function of a WebSocket has printed, for one of its clients; `call` is
    what that has named its connection by, or empty."""

    key: str
    at: float
    client: str
    call: str
    text: str


class Crash(Message):
    """An exception that ended a WebSocket; `call` is what its client named it by, or empty."""

    key: str
    at: float
    client: str
    call: str
    failure: Failure


class Run(Message):
    """One tick of a schedule, due at `due` (epoch seconds) or asked for by the user."""

    key: str
    due: float
    started: float
    duration_ms: float
    outcome: Literal["ok", "failed", "skipped", "missed"]
    output: str
    failure: Failure | None


class Journal(Message):
    """The newest entries of each kind, oldest first.

    `cursor` asks for what comes after them. Where that was asked for and not `is_whole`, a line
    that has grown is told again: it is the one that was printed `at` the same time.
    """

    cursor: str
    is_whole: bool

    calls: list[Call]
    messages: list[MessageRecord]
    prints: list[Print]
    crashes: list[Crash]
    runs: list[Run]
