"""Starts an export in a process of its own, before it is written, and replays saved examples."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from neutrino_lab.declare.diagnostics import Diagnostic, has_errors
from neutrino_lab.export import examples, fresh
from neutrino_lab.export.diagnose import Diagnoser
from neutrino_lab.export.draft import Draft, Stages
from neutrino_lab.export.errors import ExportSystemError
from neutrino_lab.export.examples import Example
from neutrino_lab.export.lock import HASHED
from neutrino_lab.export.processes import end
from neutrino_lab.export.replay import Address, replay
from neutrino_lab.export.requirements import RUNTIME
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.notebook.wording import say

START_S = 300.0
LOG_CHARACTERS = 40_000

_POLL_S = 0.05
_LOG_S = 1.0
_HEALTH = Example("", "", "GET", "/healthz")
_FAILURE = "neutrino-check-failed:"
# Our own package must not be what makes it run, and a cell that raises is told as data. It ends
# when its stdin does: who started it may be killed, and cells may hang. They find an empty stdin.
# What runs by itself is armed and rests: what it does, it may do to the world.
_START = f"""
import json, os, sys, threading
lifeline = os.dup(0)
with open(os.devnull) as nothing:
    os.dup2(nothing.fileno(), 0)
threading.Thread(target=lambda: (os.read(lifeline, 1), os._exit(1)), daemon=True).start()
sys.modules["neutrino_lab"] = None
sys.path[0] = "."
import asyncio, uvicorn
async def serve():
    try:
        # In a running loop, as uvicorn imports it; cells that await run before the server starts.
        import main
        await main.service.start()
    except Exception as error:
        names = ("module", "cell", "line", "reason")
        known = {{name: str(getattr(error, name, "")) for name in names}}
        cause = getattr(error, "error", error)
        known |= {{"type": type(cause).__name__, "message": str(cause)}}
        print("{_FAILURE}" + json.dumps(known), flush=True)
        raise
    main.service.engine.rest()
    await uvicorn.Server(uvicorn.Config(main.app, **json.loads(sys.argv[1]))).serve()
asyncio.run(serve())
"""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one example; `status` is the code that closed a WebSocket, or of HTTP; it is 0
    where there was no answer."""

    key: str
    name: str
    ok: bool
    status: int
    duration_ms: float
    message: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the app did. `armed` are the keys of its schedules, of which none was run; `log` is the
    end of what it wrote, `findings` why it did not come up, or what it was not tried with."""

    examples: tuple[Replayed, ...]
    log: str
    findings: tuple[Diagnostic, ...] = ()
    armed: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it came up without an error and every saved example was answered as before."""
        return not has_errors(self.findings) and all(each.ok for each in self.examples)


def check(
    draft: Draft,
    stages: Stages,
    environment: Mapping[str, str] | None = None,
    *,
    start_s: float = START_S,
) -> Outcome:
    """Run the planned files, and nothing else, in a fresh environment of what the lock says.

    Where none can be made, in that of the kernel, which is told; where that lacks what `runtime/`
    needs, in this one. Raises ExportCancelledError, and ExportSystemError where nothing can be
    started. `environment` are the variables of the app; uv has those of this process.
    """
    try:
        return _check(draft, stages, os.environ if environment is None else environment, start_s)
    except OSError as error:
        raise ExportSystemError(error) from error


def _check(draft: Draft, stages: Stages, environment: Mapping[str, str], start_s: float) -> Outcome:
    readable = [each for each in draft.selection.notebooks if isinstance(each, Notebook)]
    saved = examples.of_notebooks(draft.app, readable)
    diagnoser = Diagnoser(draft.selection)
    total = len(saved) + 1
    stages.enter("checking", 0, total)
    with tempfile.TemporaryDirectory(prefix="neutrino-check-") as temporary:
        folder = Path(temporary) / "app"
        for file in draft.plan.files:
            (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
            file.put(folder / file.path)
        made = fresh.make(
            next((each.content for each in draft.plan.files if str(each.path) == HASHED), b""),
            draft.environment.executable,
            Path(temporary),
            os.environ,
            stages.cancellation,
        )
        findings = () if made.python else (_not_fresh(draft, made.reason),)
        address = Address(Path(temporary))
        kernel = draft.environment
        own = kernel.executable if kernel.has(RUNTIME) else sys.executable
        command = [made.python or own, "-c", _START, json.dumps(address.options)]
        with stages.cancellation.child(
            command, folder=folder, environment=_environment(environment)
        ) as process:
            log = _Log(process)
            try:
                problem = _wait(process, address, stages, start_s)
                replayed = []
                for done, example in enumerate([] if problem else saved, 1):
                    stages.enter("checking", done, total)
                    replayed.append(_replay(example, address, log, diagnoser))
            finally:
                end(process)
                log.close()
    if problem:
        found = _finding(draft, diagnoser, log.text, problem)
        return Outcome((), _without_mark(log.text), (*findings, found))
    armed = tuple(each.key for each in draft.app.endpoints if each.runs_by_itself)
    return Outcome(tuple(replayed), log.text, findings, armed)


class _Log:
    """The end of what a process writes, gathered as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.text = ""
        self._process = process
        self._written = 0
        self._thread = threading.Thread(target=self._gather, daemon=True)
        self._thread.start()

    def mark(self) -> int:
        """Where it stands now, for `since`."""
        return self._written

    def since(self, mark: int) -> str:
        """What was written after the mark, as far as it is still known."""
        return self.text[max(0, len(self.text) - (self._written - mark)) :]

    def close(self) -> None:
        """Take in the rest, once the process has ended."""
        self._thread.join(_LOG_S)  # a daemon that a cell has started may hold the pipe open

    def _gather(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._written += len(line)
                self.text = (self.text + line)[-LOG_CHARACTERS:]


def _wait(
    process: subprocess.Popen[str], address: Address, stages: Stages, start_s: float
) -> str | None:
    """Wait until the app is healthy; what is wrong where it does not become so."""
    deadline = time.monotonic() + start_s
    while time.monotonic() < deadline:
        stages.cancellation.check()
        if process.poll() is not None:
            return f"the process ended with code {process.returncode} before it served"
        try:
            healthy = address.ask(_HEALTH, timeout_s=5)
        except (OSError, HTTPException):
            time.sleep(_POLL_S)
            continue
        return None if healthy.status == 200 else f"/healthz answered {healthy.status}"
    return f"it did not serve within {start_s:g} seconds"


def _replay(example: Example, address: Address, log: _Log, diagnoser: Diagnoser) -> Replayed:
    mark = log.mark()
    started = time.monotonic()
    answer = replay(example, address)
    took_ms = round(1000 * (time.monotonic() - started), 1)
    text = answer.text
    if answer.status >= 500:
        text = _logged(log, mark, diagnoser) or text
    return Replayed(example.key, example.name, answer.ok, answer.status, took_ms, text)


def _logged(log: _Log, mark: int, diagnoser: Diagnoser) -> str:
    """What the log says of a failure; it comes on a way of its own, perhaps after the answer."""
    deadline = time.monotonic() + _LOG_S
    while not (said := diagnoser.of_log(log.since(mark))) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return said


def _finding(draft: Draft, diagnoser: Diagnoser, log: str, problem: str) -> Diagnostic:
    found = re.findall(f"^{_FAILURE}(.*)$", log, re.MULTILINE)
    if found:
        return diagnoser.of_start(json.loads(found[-1]))
    return Diagnostic(
        "NL762",
        "error",
        say("the app did not come up in a process of its own: {problem}", problem=problem),
        say("its log says more; the cells may wait for something that is only here"),
        draft.project.sources[0].relative.as_posix(),
    )


def _not_fresh(draft: Draft, reason: str) -> Diagnostic:
    return Diagnostic(
        "NL763",
        "warning",
        say(
            "it is tried in the kernel's environment, which may hold more than the export: "
            "{reason}",
            reason=reason,
        ),
        say("check again with a network, so that it is tried with requirements.lock alone"),
        draft.project.sources[0].relative.as_posix(),
    )


def _without_mark(log: str) -> str:
    return re.sub(f"^{_FAILURE}.*\n?", "", log, flags=re.MULTILINE)


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """As a service has it: none of our switches, which may ask for keys, and no path of here."""
    kept = {k: v for k, v in own.items() if k != "PYTHONPATH" and not k.startswith("NEUTRINO_")}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
