"""What is being served."""

from __future__ import annotations

from typing import Literal

from pydantic import SerializeAsAny

from neutrino_lab.lab.protocol.analysis import Endpoint
from neutrino_lab.lab.protocol.base import Diagnostic, Message
from neutrino_lab.lab.protocol.exporting import Progress
from neutrino_lab.serve.status import State


class ServeOptions(Message):
    """The user's settings, as they are when Serve is pressed; a limit of 0 is no limit.

    `own_port` also serves on a loopback port of its own, which asks for a generated key.
    """

    reload_on_save: bool = True
    start_limit_s: float = 300
    request_limit_s: float = 0
    timezone: str = ""
    own_port: bool = False


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

    `url` is the path below which it answers, on the Jupyter server; `own_url` is the address of its
    own port, empty where it has none or does not answer. `reason` says why it is not
    live, `command` is what mends it (such as the pip line for a missing FastAPI). `diagnostics` are
    those of the newest save, which is not what is being served while the state says `problem` or
    `outdated`; `behind` are the ids of the cells that are not the same in both. Without
    `follows_saves` a save is taken up by serving the notebook once more. `revision` grows with
    every description: of two of one notebook the greater tells the newer state.
    """

    id: str
    path: str
    state: State
    url: str
    own_url: str = ""
    reason: str
    command: str
    running: RunningCell | None
    endpoints: list[SerializeAsAny[Endpoint]]
    diagnostics: list[Diagnostic]
    behind: list[str]
    follows_saves: bool
    revision: int = 0
    version: int
    restarts: int
    started: float


class OwnPort(Message):
    """How to call a notebook past Jupyter: `key` goes into the header `X-API-Key`."""

    url: str
    key: str


class ScheduleRequest(Message):
    """Run a schedule now, beside its clock, or let its clock rest until it is resumed."""

    key: str
    action: Literal["run", "pause", "resume"]


class EndpointStats(Message):
    """What an endpoint has done since it is served.

    `latencies_ms` are how long the last 20 calls or runs took (negative where one failed) and
    `p50_ms` to `p99_ms` those of the last 200, 0 before the first. A WebSocket has none: nobody
    waits for what is pushed, and a stream sends at the pace of its own generator. `clients` and
    `rooms` are those connected now, `last_run` is the outcome of a schedule's newest run and
    `is_paused` says that it does not fire. `last_status` is that of the newest call and
    `last_output` the end of what the newest call or
    run has printed. `newest` is the newest value of a stream, of so many a second (`rate`).
    """

    key: str
    calls: int
    errors: int
    latencies_ms: list[float]
    p50_ms: float = 0
    p95_ms: float = 0
    p99_ms: float = 0
    clients: int
    rooms: int
    last_run: Literal["", "ok", "failed", "skipped", "missed"]
    next: str
    last_status: int = 0
    last_output: str = ""
    is_paused: bool = False
    newest: str = ""
    rate: float = 0


class ServedEvent(Message):
    """Something changed: a notebook's state, the stats of its endpoints, or how far an export is.

    `id` is that of the served notebook, or of the export.
    """

    served: Served | None = None
    id: str = ""
    stats: list[EndpointStats] = []
    progress: Progress | None = None
