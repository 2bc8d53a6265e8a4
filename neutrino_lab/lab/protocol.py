"""What the front end and the server say to each other: `src/protocol/` is generated from here.

| call | answer |
| --- | --- |
| POST neutrino/api/analyses        AnalysisRequest | Analysis |
| GET neutrino/api/served                           | list[Served] |
| POST neutrino/api/served          ServeRequest    | Served (201; 200 where it is served) |
| GET neutrino/api/served/ID                        | Served |
| DELETE neutrino/api/served/ID                     | 204 |
| POST neutrino/api/exports         ExportRequest   | Export |
| any neutrino/live/ID/...                          | what the user's app answers |
| GET neutrino/docs/ID                              | the API page of a served app |

Errors are `Problem` with an HTTP status of 4xx or 5xx. What changes by itself arrives through
Jupyter's event stream as `ServedEvent` under SCHEMA_ID.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from neutrino_lab.serve.status import State

SCHEMA_ID = "https://neutrino-lab.dev/events/served/v1"


class Message(BaseModel):
    """The base of all: unknown keys are an error on both sides."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Span(Message):
    """A stretch of a cell's source: lines from 1, columns from 0 in characters, end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Token(Message):
    """A coloured piece of a declaration."""

    kind: Literal["kind", "verb", "path", "parameter", "key", "name", "type", "value"]
    span: Span


class Fix(Message):
    """An edit that mends a finding."""

    title: str
    span: Span
    text: str


class Finding(Message):
    """One diagnostic of the notebook; `cell` 0 is the notebook as a whole."""

    code: str
    severity: Literal["error", "warning", "note"]
    message: str
    hint: str
    cell: int
    cell_id: str
    span: Span | None
    fixes: list[Fix]


class Endpoint(Message):
    """One declared endpoint.

    `key` names it in figures: `GET /api/x`, `WS /ws/x` or `SCHEDULE module:name`. `badge` is the
    word to show: the verb, `WS`, `CRON` or `EVERY`. `timing` is the schedule's own line and `next`
    its coming runs as ISO times with offset.
    """

    key: str
    kind: Literal["http", "websocket", "schedule"]
    badge: str
    path: str
    function: str
    cell: int
    cell_id: str
    timing: str
    timezone: str
    next: list[str]


class DeclaredCell(Message):
    """A cell that declares something, with the tokens of its declarations."""

    cell_id: str
    cell: int
    tokens: list[Token]


class SourceCell(Message):
    """A cell of the live document."""

    id: str
    type: Literal["code", "markdown", "raw"]
    source: str
    tags: list[str] = []


class AnalysisRequest(Message):
    """Analyse the open document as it is now, saved or not. `path` is the contents path.

    `timezone` is the one that schedules without a `timezone:` key are told in; empty is UTC.
    """

    path: str
    cells: list[SourceCell]
    timezone: str = ""


class Analysis(Message):
    """What the document declares."""

    endpoints: list[Endpoint]
    findings: list[Finding]
    cells: list[DeclaredCell]


class ServeOptions(Message):
    """The user's settings, as they are when Serve is pressed; a limit of 0 is no limit."""

    reload_on_save: bool = True
    start_limit_s: float = 300
    request_limit_s: float = 0
    timezone: str = ""


class ServeRequest(Message):
    """Serve a saved notebook. `trusted` says that the user trusts an untrusted one for this."""

    path: str
    kernel_name: str = ""
    trusted: bool = False
    options: ServeOptions = ServeOptions()


class RunningCell(Message):
    """The cell that runs while a notebook comes up, and since when (epoch seconds)."""

    cell: int
    since: float


class Served(Message):
    """One served notebook.

    `url` is the path below which it answers, on the Jupyter server. `reason` says why it is not
    live, `command` is what mends it (such as the pip line for a missing FastAPI). `findings` are
    those of the newest save, which is not what is being served while the state says `problem`.
    """

    id: str
    path: str
    state: State
    url: str
    reason: str
    command: str
    running: RunningCell | None
    endpoints: list[Endpoint]
    findings: list[Finding]
    version: int
    restarts: int
    started: float


class Figures(Message):
    """What an endpoint has done since it is served.

    `latencies_ms` are the last 20 calls (negative where a call failed), `clients` and `rooms` those
    connected now, `last_run` the outcome of a schedule's newest run.
    """

    key: str
    calls: int
    errors: int
    latencies_ms: list[float]
    clients: int
    rooms: int
    last_run: Literal["", "ok", "failed", "skipped", "missed"]
    next: str


class ServedEvent(Message):
    """Something changed: a notebook's state, or the figures of its endpoints."""

    served: Served | None = None
    id: str = ""
    figures: list[Figures] = []


class ExportRequest(Message):
    """Build the folder beside the notebook."""

    path: str


class Export(Message):
    """The folder that was written (a contents path) and the command that runs it."""

    folder: str
    command: str
    files: int
    findings: list[Finding]


class Problem(Message):
    """Why a call failed: `code` is stable, `message` says what happened and what to do."""

    code: str
    message: str
    context: dict[str, Any] = {}
