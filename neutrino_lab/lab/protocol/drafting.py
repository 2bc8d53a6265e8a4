"""Functions of cells from plain words: what is asked for, how far it is, what waits for a yes."""

from __future__ import annotations

from typing import Any, Literal

from neutrino_lab.lab.protocol.base import Message, SourceCell


class DraftRequest(Message):
    """Draft the function of a cell of the open document that declares something.

    Without `words`, those of `describe` hold. `served_id` names the served notebook: on the newest
    values of its stream an operator is tried, with a copy of the state of the flow with these
    `parameters`. An endpoint is tried on `requests`, each the values of an example. `preview`
    is the id of one whose values were looked at: no others are taken. `last` is the id of a draft
    that was looked at, `remark` what was said of it.
    """

    path: str
    cells: list[SourceCell]
    cell_id: str
    words: str = ""
    share: Literal["values", "schema-only"] = "values"
    served_id: str = ""
    parameters: dict[str, str] = {}
    requests: list[dict[str, Any]] = []
    preview: str = ""
    last: str = ""
    remark: str = ""


class DraftPreview(Message):
    """What would go where. `values` is the text that a model would see of the values, one a line;
    where a draft fails, and values are shared, that which it fails for goes along. `values_count`
    is on how many it would be tried. Without a `model`, no model is needed."""

    id: str
    words: str
    values: str
    values_count: int
    model: str
    host: str


class DraftStarted(Message):
    """A draft is on its way; its events are at its id, `candidate` or `failed` is the last one."""

    id: str


class DraftCheck(Message):
    """One thing that was looked at."""

    name: str
    status: Literal["passed", "failed", "skipped"]
    message: str


class DraftRow(Message):
    """One value of the trial, each part as people read it; `before` is what the operator that runs
    now gives for it."""

    kind: Literal["recent", "request", "made", "edge", "example"]
    value: str
    outputs: str
    before: str
    state: str
    error: str
    took_ms: float


class DraftSent(Message):
    """What a model was told in one round, word for word."""

    round: int
    messages: list[dict[str, Any]]


class DraftCandidate(Message):
    """A cell that waits for a yes. `before` is the cell as it was, `sandbox` how the trial was kept
    apart, empty for a built-in operator. `kind` is the word of its declaration, and `shape` that of
    an operator; whether it `is_sandboxed` once it is accepted is another matter than its trial."""

    id: str
    words: str
    kind: str
    shape: Literal["", "map", "filter", "accumulate"]
    is_sandboxed: bool
    name: str
    code: str
    cell: str
    before: str
    builtin: str
    notes: str
    is_sound: bool
    checks: list[DraftCheck]
    rows: list[DraftRow]
    values_count: int
    median_us: float
    sandbox: Literal["", "bubblewrap", "landlock", "limits"]
    rounds: int
    model: str
    host: str
    prompt_tokens: int
    completion_tokens: int
    sent: list[DraftSent]


class DraftAccepted(Message):
    """What the cell becomes: its source, and what to keep in its metadata under `neutrino_lab`."""

    source: str
    metadata: dict[str, Any]
