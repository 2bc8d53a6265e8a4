"""What a document declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import SerializeAsAny

from neutrino_lab.lab.protocol.base import Diagnostic, Message, SourceCell, Span


class Token(Message):
    """A coloured piece of a declaration."""

    kind: Literal["kind", "verb", "path", "parameter", "key", "name", "type", "value"]
    span: Span


class Input(Message):
    """One value that an endpoint takes from its caller.

    `place` is where it travels: `form` is a field of a form, as `file` is, and `message` one of a
    WebSocket's messages. A `body` without a name is the whole of it. `type` is the annotation as it
    was written, empty for any. `default` is what a required one lacks, as JSON. `json_schema` is as
    much as the source alone tells: a type that the notebook defines is `{}` here, and stands in the
    app's own openapi.json.
    """

    name: str
    place: Literal["path", "query", "header", "body", "form", "file", "message"]
    type: str
    required: bool
    default: Any = None
    json_schema: dict[str, Any] = {}


class Endpoint(Message):
    """One declared endpoint; its `kind` says what else is told of it.

    `key` names it in stats: `GET /api/x`, `WS /ws/x`, `SCHEDULE module:name` or `STREAM name`.
    `badge` is the word to show: the verb, `WS`, `CRON`, `EVERY` or `STREAM`. `path` is empty for
    one that has none. `inputs` are what a caller gives, in the order of the declaration.
    """

    kind: str
    key: str
    badge: str
    path: str = ""
    function: str
    cell: int
    cell_id: str
    inputs: list[Input] = []


class HttpEndpoint(Endpoint):
    """A function that answers requests; `media` is the declared media type of an answer."""

    kind: Literal["http"]
    media: str


class WebSocketEndpoint(Endpoint):
    """A function that answers messages, or a generator; `to` is who gets a plain result."""

    kind: Literal["websocket"]
    mode: Literal["event", "stream"]
    to: Literal["all", "room", "sender"]


class ScheduleEndpoint(Endpoint):
    """Something that runs by the clock.

    `timing` is the schedule's own line, `words` the same in English and `next` its coming runs as
    ISO times with offset; `notes` tells of clock changes among them.
    """

    kind: Literal["schedule"]
    timing: str
    timezone: str
    words: str
    next: list[str]
    notes: list[str] = []


class StreamEndpoint(Endpoint):
    """Values of a source on their way to subscribers.

    `source` are its URIs, `operator` is the function or the built-in operator they go through, and
    `emit` how they can be had: `ws`, `sse`, `latest`, and `bus:` with the path of a WebSocket.
    """

    kind: Literal["stream"]
    source: str
    operator: str
    emit: list[str]


# Of a kind that is not here is told what every endpoint has.
ENDPOINTS: tuple[type[Endpoint], ...] = (
    HttpEndpoint,
    WebSocketEndpoint,
    ScheduleEndpoint,
    StreamEndpoint,
)
BY_KIND: Mapping[str, type[Endpoint]] = {
    get_args(each.model_fields["kind"].annotation)[0]: each for each in ENDPOINTS
}


class DeclaredCell(Message):
    """A cell that declares something, with the tokens of its declarations."""

    cell_id: str
    cell: int
    tokens: list[Token]


class PlainFunction(Message):
    """A function that could be declared, and is not."""

    name: str
    cell: int
    cell_id: str
    line: int


class AnalysisRequest(Message):
    """Analyse the open document as it is now, saved or not. `path` is the contents path.

    `timezone` is the one that schedules without a `timezone:` key are told in; empty is UTC.
    """

    path: str
    cells: list[SourceCell]
    timezone: str = ""


class Analysis(Message):
    """What the document declares, and which functions it could."""

    endpoints: list[SerializeAsAny[Endpoint]]
    diagnostics: list[Diagnostic]
    cells: list[DeclaredCell]
    functions: list[PlainFunction] = []
