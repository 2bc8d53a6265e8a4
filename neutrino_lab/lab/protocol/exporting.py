"""Export to Docker: what would be written and why, the writing of it, and the check before it."""

from __future__ import annotations

from typing import Any, Literal

from neutrino_lab.lab.protocol.base import Diagnostic, Message


class ExportOptions(Message):
    """What the export pane asks for; what is empty is worked out. The options that the notebook
    keeps are among them: the server does not add them.

    `folder` is a contents path, and `check` runs the app and its saved examples in a process of its
    own before anything is written. The others are those of `export.options`, which says what they
    mean.
    """

    folder: str = ""
    title: str = ""
    python: str = ""
    port: int = 8000
    only_needed: bool = False
    replicas: bool = False
    engine: str = ""
    ray: list[str] = []
    excluded: list[str] = []
    files: list[str] = []
    max_file_mb: int = 100
    packages: list[str] = []
    check: bool = False


class ExportRequest(Message):
    """Plan, check or build the folder of a saved notebook. `id` names it in `Progress`, and is what
    cancels it. `trusted` says that the user trusts an untrusted one for a check, which runs it."""

    path: str
    id: str = ""
    kernel_name: str = ""
    trusted: bool = False
    options: ExportOptions = ExportOptions()


class PlannedCell(Message):
    """Whether a cell is in the export. `needed_by` are the keys of the endpoints that need it."""

    notebook: str
    cell: int
    cell_id: str
    title: str
    included: bool
    reason: Literal[
        "all", "declares", "needed", "unanalysable", "not-needed", "excluded", "skipped", "empty"
    ]
    needed_by: list[str]


class Requirement(Message):
    """One line of requirements.txt and where it came from; `cells` are those that import it."""

    line: str
    origin: Literal["import", "pip", "app"]
    cells: list[int]


class PlannedFile(Message):
    """One file of the folder beside the one that is there now; `diff` is in the unified format,
    empty for what is not text."""

    path: str
    size: int
    change: Literal["new", "changed", "same", "removed", "kept"]
    diff: str


class CheckedExample(Message):
    """A saved example, replayed: `status` is that of HTTP, or the code that closed a WebSocket, 101
    where it stayed open. `message` says what went wrong, or is remarkable."""

    key: str
    name: str
    ok: bool
    status: int
    duration_ms: float
    message: str


class Check(Message):
    """How the app did in a process of its own; `armed` are the keys of its schedules, of which none
    was run, `log` is what it wrote, `diagnostics` say why it did not come up."""

    ok: bool
    examples: list[CheckedExample]
    log: str
    diagnostics: list[Diagnostic] = []
    armed: list[str] = []


class ExportPlan(Message):
    """What an export would write. `options` are complete: what was empty has been worked out."""

    options: ExportOptions
    cells: list[PlannedCell]
    requirements: list[Requirement]
    files: list[PlannedFile]
    diagnostics: list[Diagnostic]
    cli: str


class Progress(Message):
    """How far an export is; `total` is 0 where nobody knows."""

    stage: Literal["planning", "resolving", "checking", "writing"]
    done: int
    total: int


class Export(Message):
    """The folder that was written (a contents path) and the commands that run it: `command` with
    Docker Compose. `edited` are copies of files that had been changed by hand."""

    folder: str
    command: str
    cli: str = ""
    files: int
    edited: list[str] = []
    diagnostics: list[Diagnostic]
    check: Check | None = None


class JudgeRequest(Message):
    """An answer, and the `expect` of the example that it is to; null where nothing is expected."""

    expect: dict[str, Any] | None = None
    status: int
    text: str


class Judgement(Message):
    """What is not as expected; empty where all is."""

    error: str
